import { writeSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { ensureDebianPackages } from '../scripts/debian.ts'
import { type Figure, isMet, ratio, type Row, table } from './figure.ts'
import { accept } from './row/accept.ts'
import { api } from './row/api.ts'
import { dkim } from './row/dkim.ts'
import { filter } from './row/filter.ts'
import { idle } from './row/idle.ts'
import { imap } from './row/imap.ts'
import { queue } from './row/queue.ts'
import { relay } from './row/relay.ts'
import { spam } from './row/spam.ts'
import { stages } from './row/stages.ts'
import { start } from './row/start.ts'
import { stats } from './row/stats.ts'
import { webhook } from './row/webhook.ts'

/** `npm run bench -- [name...] [--json] [--rounds N]`: the numbers we promise, against their peers in the same run. */
const ROWS: Readonly<Record<string, Row>> = { accept, api, stages, start, idle, imap, relay, queue, dkim, filter, spam, stats, webhook }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '5' } },
})
const rounds = Number(values.rounds)
const unknown = positionals.find((name) => !Object.hasOwn(ROWS, name))
if (unknown !== undefined || !Number.isInteger(rounds) || rounds < 1) {
  process.stderr.write(`bench: want ${Object.keys(ROWS).join(', ')} and --rounds N, got ${unknown ?? `--rounds ${values.rounds}`}\n`)
  process.exit(2)
}
ensureDebianPackages('benchmarks')
const say = (text: string): void => void writeSync(2, `${text}\n`)
const figures: Figure[] = []
for (const name of positionals.length === 0 ? Object.keys(ROWS) : positionals) figures.push(...((await ROWS[name]?.({ rounds, say })) ?? []))
const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}`
const date = new Date().toISOString().slice(0, 10)
const json = { machine, date, rounds, figures: figures.map((figure) => ({ ...figure, ratio: ratio(figure), met: isMet(figure) })) }
process.stdout.write(values.json ? `${JSON.stringify(json, null, 2)}\n` : `${date}, ${machine}, median of ${rounds} rounds\n\n${table(figures)}\n`)

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import type { Zone } from '../../test/support/dns/zone.ts'
import { median } from '../figure.ts'
import { CLIENT, type FilterMail, type FilterMails, RECIPIENT } from '../tool/filter-mail.ts'
import { freePort } from '../tool/port.ts'
import { cpuMs } from '../tool/process.ts'
import { withSbin } from '../tool/smtp-source.ts'
import { benchFolder, until } from '../tool/wait.ts'

const MESSAGES = 30

/** Its first start compiles its patterns. */
const READY_WITHIN_MS = 180_000

/** What rspamd needs for each kind of message. */
export interface RspamdTimes {
  readonly version: string
  readonly byKind: ReadonlyMap<string, { readonly ownUs: number; readonly cpuUs: number }>
}

/** Debian's rspamd with Debian's rules over the messages: one process, without Redis and without lists on the network; what it asks of DNS is told to it beforehand, as if it were cached. Null when it is not installed. */
export async function rspamdTimes({ mails, zones }: FilterMails, say: (text: string) => void): Promise<RspamdTimes | null> {
  const version = /\d+(?:\.\d+)+/.exec(spawnSync('rspamd', ['--version'], { encoding: 'utf8', env: withSbin() }).stdout ?? '')?.[0]
  if (version === undefined) return null
  const folder = mkdtempSync(join(benchFolder(), 'merpati-rspamd-'))
  const port = await freePort()
  writeFileSync(join(folder, 'conf'), config(folder, port, zones))
  const child = spawn('rspamd', ['-f', '-c', join(folder, 'conf'), '--insecure'], { stdio: ['ignore', 'ignore', 'inherit'], env: withSbin() })
  try {
    say(`rspamd ${version} compiles its patterns`)
    const [first] = mails
    if (first === undefined) return null
    await until('rspamd to answer', () => isReady(child, port, first), READY_WITHIN_MS, 200)
    const byKind = new Map<string, { readonly ownUs: number; readonly cpuUs: number }>()
    for (const mail of mails) byKind.set(mail.kind, await timesOf(mail, port, child.pid ?? 0))
    return { version, byKind }
  } finally {
    const gone = once(child, 'exit')
    if (child.exitCode === null && child.kill('SIGTERM')) await gone
    rmSync(folder, { recursive: true, force: true })
  }
}

function config(folder: string, port: number, zones: readonly Zone[]): string {
  return `
.include "$CONFDIR/common.conf"
options { .include "$CONFDIR/options.inc"
  pidfile = "${folder}/pid"; dynamic_conf = "${folder}/dynamic"; cache_file = "${folder}/symbols.cache"; history_file = "${folder}/history"; hs_cache_dir = "${folder}"; stats_file = "${folder}/stats"; filters = "chartable,dkim,regexp"; control_socket = "${folder}/control";
  tempdir = "${folder}"; dns { nameserver = ["127.0.0.1:9:10"]; timeout = 1s; fake_records = [${records(zones)}]; } }
rbl { enabled = false; }
asn { enabled = false; }
fuzzy_check { enabled = false; }
logging { type = "file"; filename = "${folder}/log"; level = "error"; }
worker "normal" { bind_socket = "127.0.0.1:${port}"; count = 1; }
`
}

/** What stands in the zones; nobody listens at the name server for the rest. */
function records(zones: readonly Zone[]): string {
  const all = zones.flatMap(({ origin, names }) => [...names].flatMap(([name, entry]) => Object.entries(entry).map(([type, texts]) => {
    const replies = texts.map((text) => JSON.stringify(type === 'MX' && !text.endsWith('.') ? `${text}.${origin}` : text))
    return `{ name = "${name}"; type = "${type.toLowerCase()}"; replies = [${replies.join(', ')}]; }`
  })))
  return all.join(', ')
}

async function isReady(child: ChildProcess, port: number, mail: FilterMail): Promise<boolean> {
  if (child.exitCode !== null) throw new Error(`rspamd ended with ${child.exitCode}`)
  try {
    return (await scan(mail, port)) > 0
  } catch {
    return false // It does not listen yet.
  }
}

async function timesOf(mail: FilterMail, port: number, pid: number): Promise<{ readonly ownUs: number; readonly cpuUs: number }> {
  for (let message = 0; message < 5; message++) await scan(mail, port)
  const own: number[] = []
  const before = cpuMs(pid)
  for (let message = 0; message < MESSAGES; message++) own.push(await scan(mail, port))
  return { ownUs: median(own), cpuUs: ((cpuMs(pid) - before) * 1000) / MESSAGES }
}

/** Scans once; microseconds by its own clock. */
async function scan({ bytes }: FilterMail, port: number): Promise<number> {
  const headers = { ip: CLIENT.address, helo: CLIENT.helo, hostname: CLIENT.helo, from: CLIENT.from, rcpt: RECIPIENT }
  const asked = request({ host: '127.0.0.1', port, path: '/checkv2', method: 'POST', headers }).end(bytes)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const { time_real: seconds } = (await json(answer)) as { readonly time_real?: number }
  if (answer.statusCode !== 200 || seconds === undefined) throw new Error(`rspamd answered ${answer.statusCode}`)
  return seconds * 1_000_000
}

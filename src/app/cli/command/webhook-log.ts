import { type Command, InvalidArgumentError } from 'commander'
import { isoTime } from '../../../base/iso-time.ts'
import type { Attempt, Endpoint } from '../../../core/webhook/endpoint.ts'
import { queueCall } from '../../../core/webhook/sql-call.ts'
import { callById, callsBefore, replayCall, replaySince, type ShownCall } from '../../../core/webhook/sql-log.ts'
import { trialCall } from '../../../core/webhook/trial.ts'
import type { Database } from '../../../infra/db/database.ts'
import { complain, EXIT, sayOne, sayRow, sayRows } from '../say.ts'
import { onOwned, type OwnedOptions } from '../owned.ts'
import { withEndpoint } from '../webhooks.ts'

interface LogOptions extends OwnedOptions {
  readonly limit: number
  readonly since?: number
  readonly all?: true
}

const USUAL_LIMIT = 50
const MAX_LIMIT = 500

/** `merpati webhook test`, `log` and `replay`: what was sent, and sending it again. A running server makes the calls. */
export function addWebhookLog(group: Command): void {
  onOwned(group.command('test <id>'))
    .description('send a test, whatever the webhook is told of')
    .action((id: string, options: OwnedOptions) =>
      withEndpoint(id, options, async (endpoint, db) => {
        const call = trialCall(endpoint, Date.now())
        if (!(await db.write(queueCall, { call, nowMs: Date.now() }))) return complain(`webhook ${id} is switched off: "merpati webhook set ${id} --enable" switches it on`, EXIT.failed)
        sayOne({ id: call.id }, `test ${call.id} is on its way; "merpati webhook log ${id} ${call.id}" tells how it went`, options)
      }),
    )
  onOwned(group.command('log <id> [delivery]'))
    .description('list what was sent in the last 30 days and what waits, newest first; or show one delivery with its body and its tries')
    .option('--limit <n>', 'how many', limitOf, USUAL_LIMIT)
    .action((id: string, delivery: string | undefined, options: LogOptions) =>
      withEndpoint(id, options, async ({ organization, id: endpoint }, db) => {
        if (delivery === undefined) return sayRows((await callsBefore(db, { organization, endpoint, state: '', type: '' }, '', options.limit)).map(shown), options, 'nothing was sent')
        const found = await callById(db, { organization, endpoint, id: delivery })
        if (found === null) return unknown(delivery)
        if (options.json === true) return sayRow({ ...shown(found), body: found.body, tries: found.tries.map(shownTry) }, options)
        sayRow({ ...shown(found), body: found.body }, options)
        sayRows(found.tries.map(shownTry), options, 'not tried yet')
      }),
    )
  onOwned(group.command('replay <id> [delivery]'))
    .description('send a delivery again, with the same id; or, with --since, those that failed since then')
    .option('--since <time>', 'such as 2026-01-31T12:00:00Z', timeOf)
    .option('--all', 'with --since: those that arrived, too')
    .action((id: string, delivery: string | undefined, options: LogOptions) => withEndpoint(id, options, (endpoint, db) => replay(endpoint, db, delivery, options)))
}

async function replay({ organization, id: endpoint }: Endpoint, db: Database, delivery: string | undefined, { since: sinceMs, all, ...options }: LogOptions): Promise<void> {
  if ((delivery === undefined) === (sinceMs === undefined)) return complain('say which: the id of a delivery, or --since')
  const nowMs = Date.now()
  if (sinceMs !== undefined) {
    const deliveries = await replaySince(db, { organization, endpoint, sinceMs, which: all === true ? 'all' : 'failed', nowMs })
    return sayOne({ deliveries }, `${deliveries} deliveries are on their way again`, options)
  }
  const id = delivery ?? ''
  const isQueued = await db.write(replayCall, { organization, endpoint, id, nowMs })
  if (!isQueued && (await callById(db, { organization, endpoint, id })) === null) return unknown(id)
  sayOne({ id }, `${id} is on its way again`, options)
}

function unknown(id: string): void {
  complain(`there is no delivery ${id}: they are forgotten after 30 days`, EXIT.failed)
}

function shown({ id, type, state, attempts, createdMs, dueMs, last }: ShownCall): Readonly<Record<string, unknown>> {
  return {
    ...{ id, type, state, attempts, created: isoTime(createdMs), next: state === 'waiting' ? isoTime(dueMs) : null },
    ...{ status: last?.status ?? null, ms: last?.durationMs ?? null, error: last?.error ?? null },
  }
}

function shownTry({ atMs, durationMs, status, error, response }: Attempt): Readonly<Record<string, unknown>> {
  return { at: isoTime(atMs), ms: durationMs, status, error, response }
}

function limitOf(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= MAX_LIMIT) return Number(text)
  throw new InvalidArgumentError(`want a whole number from 1 to ${MAX_LIMIT}.`)
}

function timeOf(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) throw new InvalidArgumentError('want a time such as 2026-01-31T12:00:00Z.')
  return ms
}

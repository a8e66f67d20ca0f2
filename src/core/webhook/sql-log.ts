import type { MessageId, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import type { Attempt, CallState } from './endpoint.ts'

/** Rows changed in one write. */
const CHUNK = 500

/** Behind every id of ours. */
const LAST = '~'

/** A call as it is shown, with its last try. */
export interface ShownCall {
  readonly id: string
  readonly type: string
  readonly sequence: number
  readonly state: CallState
  readonly attempts: number
  readonly createdMs: number
  /** When it is tried next, while it waits. */
  readonly dueMs: number
  /** Null when it was not tried yet. */
  readonly last: Attempt | null
}

interface Row {
  readonly id: string
  readonly type: string
  readonly sequence: number
  readonly state: CallState
  readonly attempts: number
  readonly created_ms: number
  readonly due_ms: number
  readonly at_ms: number | null
  readonly duration_ms: number | null
  readonly status: number | null
  readonly error: string | null
  readonly response: string | null
}

interface ListParams {
  readonly [name: string]: string | number
  readonly organization: string
  readonly endpoint: string
  readonly before: string
  readonly state: string
  readonly type: string
  readonly limit: number
}

const SHOWN = 'c.id, c.type, c.sequence, c.state, c.attempts, c.created_ms, c.due_ms, a.at_ms, a.duration_ms, a.status, a.error, a.response'
const WITH_LAST = `FROM webhook_call c
  LEFT JOIN webhook_attempt a ON a.organization = c.organization AND a.endpoint = c.endpoint AND a.call = c.id AND a.number = c.attempts`

const LIST = statement<ListParams, Row>({ sqlite: listSql('$limit'), postgres: listSql('$limit::bigint') })

function listSql(limit: string): string {
  return `SELECT ${SHOWN} ${WITH_LAST}
  WHERE c.organization = $organization AND c.endpoint = $endpoint AND c.id < $before AND ($state = '' OR c.state = $state) AND ($type = '' OR c.type = $type)
  ORDER BY c.id DESC LIMIT ${limit}`
}

const BY_ID = statement<{ organization: string; endpoint: string; id: string }, Row & { readonly body: string; readonly message: MessageId | null }>(
  `SELECT ${SHOWN}, c.body, c.message ${WITH_LAST} WHERE c.organization = $organization AND c.endpoint = $endpoint AND c.id = $id`,
)
const ATTEMPTS = statement<{ organization: string; endpoint: string; id: string }, AttemptRow>(
  `SELECT at_ms, duration_ms, status, error, response FROM webhook_attempt
  WHERE organization = $organization AND endpoint = $endpoint AND call = $id ORDER BY number DESC LIMIT 100`,
)
const REPLAY = statement<{ organization: string; endpoint: string; id: string; nowMs: number }>(
  `UPDATE webhook_call SET state = 'waiting', due_ms = $nowMs, tries = 0
  WHERE organization = $organization AND endpoint = $endpoint AND id = $id AND state <> 'calling'`,
)
const REPLAY_SINCE = statement<{ organization: string; endpoint: string; sinceMs: number; after: string; all: number }, { id: string }>(
  `SELECT id FROM webhook_call
  WHERE organization = $organization AND endpoint = $endpoint AND id > $after AND created_ms >= $sinceMs
    AND (state = 'failed' OR (state = 'delivered' AND $all = 1))
  ORDER BY id LIMIT ${CHUNK}`,
)

type AttemptRow = { readonly [Name in 'at_ms' | 'duration_ms']: number } & { readonly status: number | null; readonly error: string | null; readonly response: string }

/** Which calls are listed; '' is no limit. */
export interface CallFilter {
  readonly organization: OrganizationId
  readonly endpoint: string
  readonly state: CallState | ''
  readonly type: string
}

/** At most `limit` calls of an endpoint before an id, newest first; '' begins. */
export async function callsBefore(db: Database, filter: CallFilter, before: string, limit: number): Promise<readonly ShownCall[]> {
  const rows = await db.all(LIST, { ...filter, before: before === '' ? LAST : before, limit })
  return rows.map(toCall)
}

/** A call with its body and its newest 100 tries, newest first. */
export interface WholeCall extends ShownCall {
  readonly body: string
  readonly message: MessageId | null
  readonly tries: readonly Attempt[]
}

/** One call; null when the endpoint has none of that id. */
export async function callById(db: Database, args: { readonly organization: OrganizationId; readonly endpoint: string; readonly id: string }): Promise<WholeCall | null> {
  const row = await db.one(BY_ID, args)
  if (row === null) return null
  return { ...toCall(row), body: row.body, message: row.message, tries: (await db.all(ATTEMPTS, args)).map(toAttempt) }
}

/** Sends a call again, with the same id, its retries from the beginning. False when there is none, or when it is being made at this moment. */
export const replayCall = write('webhook.replay', function* (tx, args: { readonly organization: OrganizationId; readonly endpoint: string; readonly id: string; readonly nowMs: number }): Work<boolean> {
  return (yield* tx.run(REPLAY, args)) === 1
})

interface ReplayArgs {
  readonly organization: OrganizationId
  readonly endpoint: string
  readonly sinceMs: number
  readonly which: 'failed' | 'all'
  readonly nowMs: number
}

const replayChunk = write('webhook.replay_since', function* (tx, { which, after, ...args }: ReplayArgs & { readonly after: string }): Work<{ readonly count: number; readonly next: string | null }> {
  const rows = yield* tx.all(REPLAY_SINCE, { organization: args.organization, endpoint: args.endpoint, sinceMs: args.sinceMs, after, all: Number(which === 'all') })
  for (const { id } of rows) yield* tx.run(REPLAY, { organization: args.organization, endpoint: args.endpoint, id, nowMs: args.nowMs })
  return { count: rows.length, next: rows.length < CHUNK ? null : (rows.at(-1)?.id ?? null) }
})

/** Sends the calls of an endpoint again that were queued since then: those that failed, or those that arrived, too. Returns how many. */
export async function replaySince(db: Database, args: ReplayArgs): Promise<number> {
  let count = 0
  for (let after: string | null = ''; after !== null; ) {
    const done: { readonly count: number; readonly next: string | null } = await db.write(replayChunk, { ...args, after })
    count += done.count
    after = done.next
  }
  return count
}

function toCall(row: Row): ShownCall {
  const { id, type, sequence, state, attempts, created_ms: createdMs, due_ms: dueMs } = row
  const last = row.at_ms === null ? null : toAttempt({ at_ms: row.at_ms, duration_ms: row.duration_ms ?? 0, status: row.status, error: row.error, response: row.response ?? '' })
  return { id, type, sequence, state, attempts, createdMs, dueMs, last }
}

function toAttempt(row: AttemptRow): Attempt {
  return { atMs: row.at_ms, durationMs: row.duration_ms, status: row.status, error: row.error, response: row.response }
}

import type { OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import type { Position } from '../event/event.ts'
import { advance } from '../event/sql.ts'
import { type Chat, chatPayload } from './chat.ts'
import type { Attempt, LeasedCall, Outcome } from './endpoint.ts'
import { DISABLE_AFTER_MS, MAX_PAUSE_MS, PAUSE_SHARE } from './limits.ts'
import { payloadOf } from './payload.ts'
import { disable } from './sql-endpoint.ts'

/** The name under which the reader for webhooks stands in the log. */
export const WEBHOOK_READER = 'webhook'

/** Endpoints looked at in one read. */
const GROUPS = 500

/** Rows changed in one write. */
const CHUNK = 500

const COUNT_UP = statement<{ organization: string; endpoint: string }, { sequence: number; chat: string | null }>(
  "UPDATE webhook SET sequence = sequence + 1 WHERE organization = $organization AND id = $endpoint AND state = 'enabled' RETURNING sequence, chat",
)
const INSERT = statement<{ organization: string; endpoint: string; id: string; sequence: number; type: string; body: string; nowMs: number }>(
  `INSERT INTO webhook_call (organization, endpoint, id, sequence, type, body, state, tries, attempts, due_ms, created_ms, lease)
  VALUES ($organization, $endpoint, $id, $sequence, $type, $body, 'waiting', 0, 0, $nowMs, $nowMs, NULL)`,
)

/** The next endpoint in the index, with the time of its first call: one look-up, however many calls wait. */
const NEXT_GROUP = statement<{ organization: string; endpoint: string }, { organization: OrganizationId; endpoint: string; due_ms: number }>(
  `SELECT organization, endpoint, due_ms FROM webhook_call
  WHERE state = 'waiting' AND (organization, endpoint) > ($organization, $endpoint)
  ORDER BY organization, endpoint, due_ms LIMIT 1`,
)
const READY = statement<{ organization: string; endpoint: string; nowMs: number }, { failing_since_ms: number | null }>(
  `SELECT failing_since_ms FROM webhook
  WHERE organization = $organization AND id = $endpoint AND state = 'enabled' AND (paused_until_ms IS NULL OR paused_until_ms <= $nowMs)`,
)

const LEASE = statement<{ organization: string; endpoint: string; holder: string; nowMs: number; limit: number }, LeasedRow>({ sqlite: leaseSql('$limit'), postgres: leaseSql('$limit::bigint') })

function leaseSql(limit: string): string {
  // The state is asked twice: on PostgreSQL another node may have taken a row since it was chosen.
  return `UPDATE webhook_call SET state = 'calling', lease = $holder
  WHERE organization = $organization AND endpoint = $endpoint AND state = 'waiting' AND id IN (
    SELECT id FROM webhook_call WHERE state = 'waiting' AND organization = $organization AND endpoint = $endpoint AND due_ms <= $nowMs
    ORDER BY due_ms, sequence LIMIT ${limit})
  RETURNING id, organization, endpoint, type, body, message, tries, due_ms, sequence`
}

const SETTLE = statement<{ organization: string; endpoint: string; id: string; holder: string; state: string; dueMs: number }, { attempts: number }>(
  `UPDATE webhook_call SET state = $state, due_ms = $dueMs, tries = tries + 1, attempts = attempts + 1, lease = NULL
  WHERE organization = $organization AND endpoint = $endpoint AND id = $id AND state = 'calling' AND lease = $holder RETURNING attempts`,
)
const ATTEMPT = statement<{ organization: string; endpoint: string; id: string; number: number; atMs: number; durationMs: number; status: number | null; error: string | null; response: string }>(
  `INSERT INTO webhook_attempt (organization, endpoint, call, number, at_ms, duration_ms, status, error, response)
  VALUES ($organization, $endpoint, $id, $number, $atMs, $durationMs, $status, $error, $response)`,
)
const WELL = statement<{ organization: string; endpoint: string }>(
  `UPDATE webhook SET failing_since_ms = NULL, paused_until_ms = NULL
  WHERE organization = $organization AND id = $endpoint AND (failing_since_ms IS NOT NULL OR paused_until_ms IS NOT NULL)`,
)
const ILL = statement<{ organization: string; endpoint: string; nowMs: number }, { failing_since_ms: number }>(
  `UPDATE webhook SET failing_since_ms = COALESCE(failing_since_ms, $nowMs)
  WHERE organization = $organization AND id = $endpoint RETURNING failing_since_ms`,
)
const PAUSE = statement<{ organization: string; endpoint: string; untilMs: number }>(
  `UPDATE webhook SET paused_until_ms = $untilMs
  WHERE organization = $organization AND id = $endpoint AND (paused_until_ms IS NULL OR paused_until_ms < $untilMs)`,
)
const GIVE_BACK = statement<{ holder: string }>(
  `UPDATE webhook_call SET state = 'waiting', lease = NULL
  WHERE (organization, endpoint, id) IN (SELECT organization, endpoint, id FROM webhook_call WHERE state = 'calling' AND lease <> $holder LIMIT ${CHUNK})`,
)
const RETURN = statement<{ organization: string; endpoint: string; holder: string }>(
  "UPDATE webhook_call SET state = 'waiting', lease = NULL WHERE organization = $organization AND endpoint = $endpoint AND state = 'calling' AND lease = $holder",
)
// The same rows as are forgotten: each lets go of its message.
interface LeasedRow extends LeasedCall {
  readonly due_ms: number
  readonly sequence: number
}

/** A call to be queued. Its id is the same in every try, and is what a receiver knows a repeated call by. */
export interface NewCall {
  readonly organization: OrganizationId
  readonly endpoint: string
  readonly id: string
  readonly type: string
  readonly atMs: number
  readonly data: Readonly<Record<string, unknown>>
}

/** Queues what a chunk of the log asks for. The reader's place is in the same write, so that each event is queued once for each endpoint. Returns how many calls were. */
export const queueCalls = write('webhook.queue', function* (tx, args: { readonly calls: readonly NewCall[]; readonly position: Position; readonly nowMs: number }): Work<number> {
  let queued = 0
  for (const call of args.calls) if (yield* queueOne(tx, call, args.nowMs)) queued += 1
  yield* advance(tx, WEBHOOK_READER, args.position)
  return queued
})

/** Queues one call that no event asked for: a test. False when the endpoint is off or gone. */
export const queueCall = write('webhook.queue_one', function* (tx, args: { readonly call: NewCall; readonly nowMs: number }): Work<boolean> {
  return yield* queueOne(tx, args.call, args.nowMs)
})

function* queueOne(tx: Tx, { organization, endpoint, id, type, atMs, data }: NewCall, nowMs: number): Work<boolean> {
  const counted = yield* tx.one(COUNT_UP, { organization, endpoint })
  if (counted === null) return false // Removed or switched off since the reader looked.
  const { sequence, chat } = counted
  const body = chat === null ? payloadOf({ type, atMs, sequence, data }) : chatPayload(JSON.parse(chat) as Chat, type, data)
  yield* tx.run(INSERT, { organization, endpoint, id, sequence, type, body, nowMs })
  return true
}

/** An endpoint that has calls to be made now. */
export interface DueEndpoint {
  readonly organization: OrganizationId
  readonly endpoint: string
  readonly dueMs: number
  /** Its last call failed. */
  readonly isFailing: boolean
}

/** Where a look at all endpoints stands. */
export type DueAfter = Pick<DueEndpoint, 'organization' | 'endpoint'>

/** Endpoints that have calls to be made now, after `after`, in order. Costs by endpoints, not by calls. `next` null: there are no more. */
export async function dueEndpoints(db: Database, after: DueAfter, nowMs: number): Promise<{ readonly due: readonly DueEndpoint[]; readonly next: DueAfter | null }> {
  return await db.read(function* (tx) {
    const due: DueEndpoint[] = []
    let at: DueAfter = after
    for (let looked = 0; looked < GROUPS; looked++) {
      const group: { organization: OrganizationId; endpoint: string; due_ms: number } | null = yield* tx.one(NEXT_GROUP, at)
      if (group === null) return { due, next: null }
      at = { organization: group.organization, endpoint: group.endpoint }
      if (group.due_ms > nowMs) continue
      const ready = yield* tx.one(READY, { ...at, nowMs })
      if (ready !== null) due.push({ ...at, dueMs: group.due_ms, isFailing: ready.failing_since_ms !== null })
    }
    return { due, next: at }
  })
}

/** What the engine asks for. */
export interface LeaseCallsArgs {
  readonly organization: OrganizationId
  readonly endpoint: string
  readonly holder: string
  readonly limit: number
  readonly nowMs: number
}

/** Takes at most `limit` calls of an endpoint that are due, the longest waiting first; none while it is off or has asked for time. They are the holder's until it settles them, or has died and `recoverCalls` gives them back. */
export const leaseCalls = write('webhook.lease', function* (tx, args: LeaseCallsArgs): Work<readonly LeasedCall[]> {
  if ((yield* tx.one(READY, args)) === null) return []
  const rows = yield* tx.all(LEASE, { ...args })
  return [...rows].sort((a, b) => a.due_ms - b.due_ms || a.sequence - b.sequence).map(({ id, organization, endpoint, type, body, message, tries }) => ({ id, organization, endpoint, type, body, message, tries }))
})

/** A try and what follows from it. */
export interface SettleCallArgs {
  readonly call: Pick<LeasedCall, 'organization' | 'endpoint' | 'id'>
  readonly holder: string
  readonly attempt: Attempt
  readonly outcome: Outcome
  readonly nowMs: number
}

/** Writes down how a try went. `lost` when the call was given to somebody else or is gone: then nothing changes. */
export const settleCall = write('webhook.settle', function* (tx, { call, holder, attempt, outcome, nowMs }: SettleCallArgs): Work<'settled' | 'lost'> {
  const { organization, endpoint, id } = call
  const state = outcome.kind === 'retry' ? 'waiting' : outcome.kind
  const settled = yield* tx.one(SETTLE, { organization, endpoint, id, holder, state, dueMs: outcome.kind === 'retry' ? outcome.dueMs : nowMs })
  if (settled === null) return 'lost'
  yield* tx.run(ATTEMPT, { organization, endpoint, id, number: settled.attempts, ...attempt })
  if (outcome.kind === 'delivered') yield* tx.run(WELL, { organization, endpoint })
  else yield* noteFailure(tx, call, outcome, nowMs)
  return 'settled'
})

function* noteFailure(tx: Tx, { organization, endpoint }: Pick<LeasedCall, 'organization' | 'endpoint'>, outcome: Exclude<Outcome, { kind: 'delivered' }>, nowMs: number): Work<void> {
  const ill = yield* tx.one(ILL, { organization, endpoint, nowMs })
  if (ill === null) return // Removed meanwhile.
  const failingMs = nowMs - ill.failing_since_ms
  const pauseMs = Math.min(MAX_PAUSE_MS, Math.round(failingMs * PAUSE_SHARE))
  const askedMs = outcome.kind === 'retry' ? (outcome.pausedUntilMs ?? 0) : 0
  const untilMs = Math.max(askedMs, nowMs + pauseMs)
  if (untilMs > nowMs) yield* tx.run(PAUSE, { organization, endpoint, untilMs })
  if (outcome.kind === 'failed' && outcome.gone) yield* disable(tx, { organization, id: endpoint }, 'gone', nowMs)
  else if (failingMs >= DISABLE_AFTER_MS) yield* disable(tx, { organization, id: endpoint }, 'failing', nowMs)
}

/** Gives back what `holder` has taken of an endpoint and not called. */
export const returnCalls = write('webhook.return', function* (tx, args: { readonly organization: OrganizationId; readonly endpoint: string; readonly holder: string }): Work<void> {
  yield* tx.run(RETURN, args)
})

/** Gives back what others than `holder` had taken, at most 500 rows; call again until 0. Only for who holds the lease of the engine: the others are dead. They may have called, and the id says so. */
export const recoverCalls = write('webhook.recover', function* (tx, args: { readonly holder: string }): Work<number> {
  return yield* tx.run(GIVE_BACK, args)
})

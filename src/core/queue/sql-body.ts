import type { DeliveryId, MessageId, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'

/** A delivery that is settled, and whose message. */
export interface Settled {
  readonly organization: OrganizationId
  readonly id: DeliveryId
  readonly message: MessageId
  readonly atMs: number
}

const AFTER = statement<{ atMs: number; id: string; beforeMs: number; limit: number }, { organization: OrganizationId; id: DeliveryId; message: MessageId; settled_ms: number }>({
  sqlite: 'SELECT organization, id, message, settled_ms FROM delivery WHERE settled_ms IS NOT NULL AND settled_ms < $beforeMs AND (settled_ms, id) > ($atMs, $id) ORDER BY settled_ms, id LIMIT $limit',
  postgres: 'SELECT organization, id, message, settled_ms FROM delivery WHERE settled_ms IS NOT NULL AND settled_ms < $beforeMs AND (settled_ms, id) > ($atMs, $id) ORDER BY settled_ms, id LIMIT $limit::bigint',
})
const WITH_BYTES = 'SELECT refs, organization FROM message WHERE id = $message AND (bytes IS NOT NULL OR segment IS NOT NULL)'
const HOLD = statement<{ message: string }, { refs: number; organization: OrganizationId }>({ sqlite: WITH_BYTES, postgres: `${WITH_BYTES} FOR UPDATE` })
const DELIVERIES = statement<{ message: string; beforeMs: number }, { count: number; open: number }>(
  `SELECT CAST(count(*) AS INTEGER) AS count, CAST(COALESCE(sum(CASE WHEN settled_ms IS NULL OR settled_ms >= $beforeMs THEN 1 ELSE 0 END), 0) AS INTEGER) AS open
  FROM delivery WHERE message = $message`,
)
const DROP = statement<{ message: string }>('UPDATE message SET bytes = NULL, segment = NULL, segment_offset = NULL, segment_length = NULL WHERE id = $message')
const NOTE = statement<{ organization: string; message: string; nowMs: number }>('UPDATE sent SET body_removed_ms = $nowMs WHERE organization = $organization AND id = $message AND body_removed_ms IS NULL')

/** The delivery before all others. */
export const FIRST_SETTLED: Pick<Settled, 'atMs' | 'id'> = { atMs: -1, id: '' as DeliveryId }

/** At most `limit` deliveries that were settled before `beforeMs`, after one of them, in the order of time. */
export async function settledBefore(db: Database, { after, beforeMs, limit }: { readonly after: Pick<Settled, 'atMs' | 'id'>; readonly beforeMs: number; readonly limit: number }): Promise<readonly Settled[]> {
  return (await db.all(AFTER, { ...after, beforeMs, limit })).map(({ settled_ms: atMs, ...row }) => ({ ...row, atMs }))
}

/**
 * Removes the bytes of messages whose deliveries were all settled before `beforeMs`, and which nothing else holds: no mailbox, and no call of a webhook. Their rows stay with the deliveries, to which
 * bounces come late. Returns of how many; the others are met again when their last delivery is, or go with their holders.
 */
export const dropBodies = write('queue.drop_bodies', function* (tx, { messages, beforeMs, nowMs }: { readonly messages: readonly MessageId[]; readonly beforeMs: number; readonly nowMs: number }): Work<number> {
  let dropped = 0
  for (const message of messages.toSorted()) if ((yield* dropBody(tx, message, { beforeMs, nowMs })) === 'dropped') dropped += 1
  return dropped
})

/** The same of one message, inside another write. `open`: a delivery is not settled for so long; `held`: somebody else holds it, or there are no bytes. */
export function* dropBody(tx: Tx, message: MessageId, { beforeMs, nowMs }: { readonly beforeMs: number; readonly nowMs: number }): Work<'dropped' | 'open' | 'held'> {
  const held = yield* tx.one(HOLD, { message })
  if (held === null) return 'held'
  const deliveries = yield* tx.one(DELIVERIES, { message, beforeMs })
  if (deliveries === null || deliveries.count !== held.refs) return 'held'
  if (deliveries.open > 0) return 'open'
  yield* tx.run(DROP, { message })
  yield* noteBodyGone(tx, held.organization, message, nowMs)
  return 'dropped'
}

/** Notes of a message that a program sent when its bytes went, inside the write that removes them. Of other messages nothing is kept that could tell. */
export function* noteBodyGone(tx: Tx, organization: OrganizationId, message: MessageId, nowMs: number): Work<void> {
  yield* tx.run(NOTE, { organization, message, nowMs })
}

import type { DeliveryId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import type { DeliveryState } from './delivery.ts'

const FIRST = statement<{ lane: string }, { id: DeliveryId }>("SELECT id FROM delivery WHERE lane = $lane AND state = 'queued' ORDER BY priority, due_ms, id LIMIT 1")

const HURRY = statement<{ id: string; nowMs: number }>("UPDATE delivery SET due_ms = $nowMs WHERE id = $id AND state = 'queued' AND due_ms > $nowMs")

const STATE = statement<{ id: string }, { state: DeliveryState }>('SELECT state FROM delivery WHERE id = $id')

/** Makes the first delivery that waits in a lane due now: whether its servers are back is seen by trying. Its id; null when nothing waits. */
export const probeLane = write('queue.probe_lane', function* (tx, args: { readonly lane: string; readonly nowMs: number }): Work<DeliveryId | null> {
  const first = yield* tx.one(FIRST, { lane: args.lane })
  if (first === null) return null
  yield* tx.run(HURRY, { id: first.id, nowMs: args.nowMs })
  return first.id
})

/** Where a delivery stands; null when it is gone. */
export async function stateOf(db: Database, id: DeliveryId): Promise<DeliveryState | null> {
  return (await db.one(STATE, { id }))?.state ?? null
}

import type { DeliveryId } from '../../base/brand.ts'
import { statement } from '../../infra/db/statement.ts'
import type { Tx, Work } from '../../infra/db/transaction.ts'

const COMPLAINED = statement<{ delivery: string; nowMs: number }>('UPDATE delivery SET complained_ms = $nowMs WHERE id = $delivery')

/** Notes that the recipient of a delivery calls it spam, inside the write that tells of it. */
export function* noteComplaint(tx: Tx, delivery: DeliveryId, nowMs: number): Work<void> {
  yield* tx.run(COMPLAINED, { delivery, nowMs })
}

import type { AccountId, DeliveryId, MessageId, OrganizationId } from '../../base/brand.ts'
import { statement } from '../../infra/db/statement.ts'
import type { Tx, Work } from '../../infra/db/transaction.ts'
import type { NewEvent } from '../event/event.ts'
import { appendEvent } from '../event/sql.ts'
import { suppressionOf } from '../suppression/sql.ts'
import { type Suppression, trafficOf } from '../suppression/suppression.ts'

const STOP = statement<{ id: string; nowMs: number }>(
  "UPDATE delivery SET state = 'suppressed', settled_ms = $nowMs, lease = NULL, alarm_ms = NULL WHERE id = $id AND state = 'leased'",
)

/** A delivery, as far as stopping it goes. */
interface Subject {
  readonly id: DeliveryId
  readonly organization: OrganizationId
  readonly account: AccountId | null
  readonly message: MessageId
  readonly sender: string
  readonly recipient: string
  readonly stream: string
  readonly priority: number
  readonly tags?: readonly string[]
  readonly mode?: 'test'
}

/** How an event tells that it is about mail of a test key. */
export function markOf(mode: 'test' | undefined): { readonly mode?: 'test' } {
  return mode === undefined ? {} : { mode }
}

/** Why a delivery may not go to its recipient, or null. Asked for programs' mail only. docs/decision/007-return-paths.md. */
export function* stopOf(tx: Tx, { organization, recipient, priority, stream }: Pick<Subject, 'organization' | 'recipient' | 'priority' | 'stream'>, nowMs: number): Work<Suppression | null> {
  const traffic = trafficOf(priority)
  return traffic === null ? null : yield* suppressionOf(tx, organization, recipient, { traffic, stream }, nowMs)
}

/** What is told of a delivery that was stopped. */
export function suppressed({ id, organization, account, message, sender, recipient, stream, tags = [], mode }: Subject, stop: Suppression, nowMs: number): NewEvent {
  const { category, reason, scope, createdMs, expiresMs } = stop
  const data = { from: sender, recipient, stream, category, reason, scope, sinceMs: createdMs, untilMs: expiresMs, ...(tags.length === 0 ? {} : { tags }), ...markOf(mode) }
  return { atMs: nowMs, organization, account, message, delivery: id, type: 'delivery.suppressed', version: 1, data }
}

/** Of deliveries that were just leased, those that may go; the others are settled, inside the same write. */
export function* withoutSuppressed<T extends Subject>(tx: Tx, leased: readonly T[], nowMs: number): Work<readonly T[]> {
  const going: T[] = []
  for (const delivery of leased) {
    const stop = yield* stopOf(tx, delivery, nowMs)
    if (stop === null) {
      going.push(delivery)
      continue
    }
    yield* tx.run(STOP, { id: delivery.id, nowMs })
    yield* appendEvent(tx, suppressed(delivery, stop, nowMs))
  }
  return going
}

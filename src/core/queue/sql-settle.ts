import type { AccountId, DeliveryId, MessageId, OrganizationId } from '../../base/brand.ts'
import { unreachable } from '../../base/unreachable.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { appendEvent } from '../event/sql.ts'
import type { LeasedDelivery, Outcome } from './delivery.ts'

const SETTLE = statement<{ id: string; holder: string; state: string; last: string; site: string; nowMs: number }>(
  `UPDATE delivery SET state = $state, settled_ms = $nowMs, attempts = attempts + 1, last_reply = $last, site = $site, lease = NULL, alarm_ms = NULL
  WHERE id = $id AND state = 'leased' AND lease = $holder`,
)
const DEFER = statement<{ id: string; holder: string; dueMs: number; counted: number; last: string; site: string; duplicate: number }>(
  `UPDATE delivery SET state = 'queued', due_ms = $dueMs, attempts = attempts + $counted, last_reply = $last, site = $site, lease = NULL,
    possible_duplicate = CASE WHEN possible_duplicate = 1 THEN 1 ELSE $duplicate END
  WHERE id = $id AND state = 'leased' AND lease = $holder`,
)
const RETURN = statement<{ id: string; holder: string }>(
  "UPDATE delivery SET state = 'queued', lease = NULL WHERE id = $id AND state = 'leased' AND lease = $holder",
)

/** What a try tells the trace, the same for all deliveries in it. */
export type AttemptStory = Readonly<Record<string, unknown>>

/** A delivery and what became of it. */
export interface Settled {
  readonly delivery: Pick<LeasedDelivery, 'id' | 'organization' | 'account' | 'message' | 'sender' | 'recipient' | 'attempts' | 'possibleDuplicate' | 'pool'>
  readonly outcome: Outcome
}

/** What ends a try: its deliveries with their outcomes. */
export interface SettleArgs {
  readonly holder: string
  readonly settled: readonly Settled[]
  readonly site: string
  readonly story: AttemptStory
  readonly nowMs: number
}

/**
 * Writes down what became of deliveries, each with its event. What the holder no longer holds is left as it is: its lease had run
 * out, or somebody cancelled it. Returns how many it held.
 */
export const settle = write('queue.settle', function* (tx, args: SettleArgs): Work<number> {
  let held = 0
  for (const settled of args.settled) {
    if ((yield* change(tx, settled, args)) === 0) continue
    held += 1
    if (settled.outcome.kind !== 'returned') yield* tell(tx, settled.delivery, settled.outcome, args)
  }
  return held
})

function* change(tx: Tx, { delivery: { id }, outcome }: Settled, { holder, site, nowMs }: SettleArgs): Work<number> {
  switch (outcome.kind) {
    case 'delivered':
    case 'failed':
      return yield* tx.run(SETTLE, { id, holder, state: outcome.kind, last: JSON.stringify(outcome.answer), site, nowMs })
    case 'deferred': {
      const { dueMs, counted, possibleDuplicate, answer } = outcome
      return yield* tx.run(DEFER, { id, holder, dueMs, counted: Number(counted), last: JSON.stringify(answer), site, duplicate: Number(possibleDuplicate) })
    }
    case 'returned':
      return yield* tx.run(RETURN, { id, holder })
    default:
      return unreachable(outcome)
  }
}

interface Subject {
  readonly id: DeliveryId
  readonly organization: OrganizationId
  readonly account: AccountId | null
  readonly message: MessageId
  readonly sender: string
  readonly recipient: string
  readonly attempts: number
  readonly possibleDuplicate: boolean
  readonly pool?: string
}

function* tell(tx: Tx, delivery: Subject, outcome: Exclude<Outcome, { kind: 'returned' }>, { site, story, nowMs }: SettleArgs): Work<void> {
  const { answer } = outcome
  yield* appendEvent(tx, {
    atMs: nowMs,
    organization: delivery.organization,
    account: delivery.account,
    message: delivery.message,
    delivery: delivery.id,
    type: `delivery.${outcome.kind}`,
    version: 1,
    data: {
      from: delivery.sender,
      recipient: delivery.recipient,
      attempt: delivery.attempts + 1,
      status: answer.status,
      reply: answer.text,
      ...(answer.category === undefined ? {} : { category: answer.category }),
      host: answer.host,
      ...(answer.missing === undefined ? {} : { missing: answer.missing }),
      site,
      ...(answer.source === undefined ? {} : { source: answer.source }),
      ...(delivery.pool === undefined ? {} : { pool: delivery.pool }),
      // Its turn was cut short: that was no try.
      ...(outcome.kind === 'deferred' && !outcome.counted ? { counted: false } : {}),
      ...(outcome.kind === 'deferred' ? { nextMs: outcome.dueMs } : {}),
      possibleDuplicate: delivery.possibleDuplicate || (outcome.kind === 'deferred' && outcome.possibleDuplicate),
      ...story,
    },
  })
}

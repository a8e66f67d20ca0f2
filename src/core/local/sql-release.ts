import type { AccountId, DeliveryId, MessageId, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import { appendEvent } from '../event/sql.ts'
import type { Location } from '../mailbox/mailbox.ts'
import { addEmail } from '../mailbox/sql-append.ts'
import { type DeliveryView, LOCAL_LANE } from '../queue/delivery.ts'
import { stopOf, suppressed } from '../queue/sql-stop.ts'
import type { LocalRecipient } from './sql.ts'
import { type HookCall, queueHooks } from './sql-hook.ts'

/** Deliveries looked at in one go. */
const CHUNK = 50

interface Row {
  readonly id: DeliveryId
  readonly organization: OrganizationId
  readonly account: AccountId | null
  readonly message: MessageId
  readonly sender: string
  readonly recipient: string
  readonly stream: string
  readonly priority: number
  readonly envelope: string
  readonly size: number
  readonly segment: string | null
  readonly segment_offset: number | null
  readonly segment_length: number | null
  readonly bytes: Uint8Array | null
}

const DUE = statement<{ nowMs: number }, Row>(
  `SELECT d.id, d.organization, d.account, d.message, d.sender, d.recipient, d.stream, d.priority, d.envelope, m.size, m.segment, m.segment_offset, m.segment_length, m.bytes
  FROM delivery d JOIN message m ON m.id = d.message
  WHERE d.state = 'queued' AND d.lane = '${LOCAL_LANE}' AND d.due_ms <= $nowMs ORDER BY d.due_ms, d.id LIMIT ${CHUNK}`,
)
const SETTLE = statement<{ id: string; state: string; nowMs: number }>(
  `UPDATE delivery SET state = $state, settled_ms = $nowMs WHERE id = $id AND state = 'queued'`,
)
const HOLD = statement<{ message: string; copies: number }>('UPDATE message SET refs = refs + $copies WHERE id = $message')

/** A delivery to a mailbox here whose time has come. */
export interface DueDelivery {
  readonly id: DeliveryId
  readonly organization: OrganizationId
  readonly account: AccountId | null
  readonly message: MessageId
  readonly sender: string
  readonly recipient: string
  readonly stream: string
  /** `NewDelivery.priority`. */
  readonly priority: number
  /** Octets of the received bytes. */
  readonly size: number
  readonly location: Location
  readonly view: DeliveryView
}

/** At most 50 local deliveries that are due, the longest waiting first. Small bytes come along. */
export async function dueLocally(db: Database, nowMs: number): Promise<readonly DueDelivery[]> {
  const rows = await db.all(DUE, { nowMs })
  return rows.map((row) => ({
    id: row.id,
    organization: row.organization,
    account: row.account,
    message: row.message,
    sender: row.sender,
    recipient: row.recipient,
    stream: row.stream,
    priority: row.priority,
    size: row.size,
    location:
      row.segment === null
        ? { kind: 'inline', bytes: row.bytes ?? new Uint8Array(0) }
        : { kind: 'segment', segment: row.segment, offset: row.segment_offset ?? 0, length: row.segment_length ?? 0 },
    view: (JSON.parse(row.envelope) as { view: DeliveryView }).view,
  }))
}

/** What settles a local delivery: the emails it becomes; none when its address leads nowhere any more. */
export interface ReleaseArgs {
  readonly delivery: Pick<DueDelivery, 'id' | 'organization' | 'account' | 'message' | 'sender' | 'recipient' | 'stream' | 'priority'>
  readonly recipients: readonly LocalRecipient[]
  /** Programs that get it. */
  readonly hooks: readonly HookCall[]
  readonly nowMs: number
}

/** Delivers once: a second try finds the delivery settled and changes nothing. Who has stopped it since it was queued does not get it. */
export const release = write('local.release', function* (tx, args: ReleaseArgs): Work<'delivered' | 'failed' | 'suppressed' | 'settled'> {
  const { delivery, nowMs } = args
  const stop = yield* stopOf(tx, delivery, nowMs)
  if (stop !== null) {
    if ((yield* tx.run(SETTLE, { id: delivery.id, state: 'suppressed', nowMs })) === 0) return 'settled'
    yield* appendEvent(tx, suppressed(delivery, stop, nowMs))
    return 'suppressed'
  }
  const state = args.recipients.length + args.hooks.length === 0 ? 'failed' : 'delivered'
  if ((yield* tx.run(SETTLE, { id: delivery.id, state, nowMs })) === 0) return 'settled'
  const kept: unknown[] = []
  for (const { address, email } of args.recipients) {
    const added = yield* addEmail(tx, delivery.message, email)
    if (added.kind === 'added') kept.push({ address, account: email.account, email: email.email, mailbox: email.mailbox, uid: added.uid })
  }
  const copies = kept.length + args.hooks.length
  if (copies > 0) yield* tx.run(HOLD, { message: delivery.message, copies })
  yield* queueHooks(tx, delivery.message, args.hooks, nowMs)
  yield* appendEvent(tx, {
    atMs: nowMs,
    organization: delivery.organization,
    account: delivery.account,
    message: delivery.message,
    delivery: delivery.id,
    type: `delivery.${state}`,
    version: 1,
    data: { from: delivery.sender, recipient: delivery.recipient, recipients: kept },
  })
  return state
})

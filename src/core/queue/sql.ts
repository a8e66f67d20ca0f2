import type { DeliveryId, MessageId, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import type { Tx, Work } from '../../infra/db/transaction.ts'
import type { NewEvent } from '../event/event.ts'
import { appendEvent } from '../event/sql.ts'
import { foldAddress } from '../suppression/suppression.ts'
import type { DeliveryState, NewDelivery } from './delivery.ts'
import { ANY_SITE, IN_SITE, type SiteParams, siteStatement } from './sql-site.ts'
import { markOf, stopOf, suppressed } from './sql-stop.ts'

const INSERT = statement<{
  organization: string
  id: string
  message: string
  account: string | null
  sender: string
  recipient: string
  domain: string
  route: string
  stream: string
  priority: number
  site: string
  lane: string
  state: string
  nowMs: number
  dueMs: number
  expiresMs: number
  alarmMs: number | null
  settledMs: number | null
  heldFor: string | null
  heldState: string | null
  envelope: string
}>(`INSERT INTO delivery (organization, id, message, account, sender, recipient, domain, route, stream, priority, site, lane, state, attempts,
    created_ms, due_ms, expires_ms, alarm_ms, lease, lease_until_ms, settled_ms, held_for, held_state, envelope, last_reply, possible_duplicate)
  VALUES ($organization, $id, $message, $account, $sender, $recipient, $domain, $route, $stream, $priority, $site, $lane, $state, 0,
    $nowMs, $dueMs, $expiresMs, $alarmMs, NULL, NULL, $settledMs, $heldFor, $heldState, $envelope, NULL, 0)`)

interface Row {
  readonly id: DeliveryId
  readonly message: MessageId
  readonly sender: string
  readonly recipient: string
  readonly state: DeliveryState
  readonly attempts: number
  readonly created_ms: number
  readonly due_ms: number
  readonly held_for: string | null
  readonly size: number
}

const LIST = siteStatement<{ after: string }, Row>(
  `SELECT d.id, d.message, d.sender, d.recipient, d.state, d.attempts, d.created_ms, d.due_ms, d.held_for, m.size
  FROM delivery d JOIN message m ON m.id = d.message
  WHERE d.id > $after AND d.state IN ('queued', 'leased', 'held', 'captured') AND ${IN_SITE} ORDER BY d.id LIMIT 500`,
)

/** A delivery as it is listed. Times are milliseconds since 1970. */
export interface ListedDelivery {
  readonly id: DeliveryId
  readonly message: MessageId
  readonly sender: string
  readonly recipient: string
  readonly state: DeliveryState
  readonly attempts: number
  readonly createdMs: number
  readonly dueMs: number
  /** Why its checks hold it; null for all others. */
  readonly heldFor: string | null
  readonly sizeBytes: number
}

/**
 * Queues deliveries of a message inside the write that stores it; each is an event of its own. What goes to a suppressed recipient is settled at once: those are returned. Who queues many
 * messages asks before which recipients are on a list of the owner's (`listedAmong`); null: ask about each.
 */
export function* enqueue(tx: Tx, owner: OrganizationId, message: MessageId, deliveries: readonly NewDelivery[], nowMs: number, listed: ReadonlySet<string> | null = null): Work<readonly DeliveryId[]> {
  const stopped: DeliveryId[] = []
  for (const { wishes, view, tags = [], mode, tracking, organization = owner, heldFor = null, ...delivery } of deliveries) {
    const isUnlisted = listed !== null && organization === owner && !listed.has(foldAddress(delivery.recipient))
    const stop = isUnlisted ? null : yield* stopOf(tx, { ...delivery, organization }, nowMs)
    const isHeld = stop === null && heldFor !== null
    const ends = stop === null ? { settledMs: null } : { state: 'suppressed', alarmMs: null, settledMs: nowMs }
    const holds = isHeld ? { state: 'held', heldFor, heldState: delivery.state } : { heldFor: null, heldState: null }
    yield* tx.run(INSERT, { ...delivery, ...ends, ...holds, organization, message, nowMs, envelope: JSON.stringify({ ...wishes, view }) })
    const subject = { ...delivery, tags, organization, message, ...markOf(mode) }
    if (stop === null) yield* appendEvent(tx, queued(isHeld ? { ...subject, state: 'queued' } : subject, tracking, nowMs))
    else yield* appendEvent(tx, suppressed(subject, stop, nowMs))
    if (isHeld) yield* appendEvent(tx, held(subject, heldFor, nowMs))
    if (stop !== null) stopped.push(delivery.id)
  }
  return stopped
}

/** What cannot tell of its reader says so: what earlier versions wrote, who did not know, is taken for what can. */
function queued({ id, organization, account, message, state, sender, recipient, stream, dueMs, tags = [], mode }: Subject, tracking: NewDelivery['tracking'], nowMs: number): NewEvent {
  const type = state === 'captured' ? 'delivery.captured' : 'delivery.queued'
  return { atMs: nowMs, organization, account, message, delivery: id, type, version: 1, data: { from: sender, recipient, stream, dueMs, ...(tags.length === 0 ? {} : { tags }), ...(tracking === 'both' ? {} : { tracking: tracking ?? 'none' }), ...markOf(mode) } }
}

/** It was taken, and waits for an operator. */
function held({ id, organization, account, message, sender, recipient, stream }: Subject, why: string, nowMs: number): NewEvent {
  return { atMs: nowMs, organization, account, message, delivery: id, type: 'delivery.held', version: 1, data: { from: sender, recipient, stream, by: 'checks', why } }
}

type Subject = Omit<NewDelivery, 'wishes' | 'view' | 'heldFor' | 'tracking'> & Of

interface Of {
  readonly organization: OrganizationId
  readonly message: MessageId
}

/** At most 500 deliveries that are not settled, after an id, oldest first; '' begins. */
export async function deliveriesAfter(db: Database, after: string, site: SiteParams = ANY_SITE): Promise<readonly ListedDelivery[]> {
  const rows = await db.all(LIST, { after, ...site })
  return rows.map((row) => ({
    id: row.id,
    message: row.message,
    sender: row.sender,
    recipient: row.recipient,
    state: row.state,
    attempts: row.attempts,
    createdMs: row.created_ms,
    dueMs: row.due_ms,
    heldFor: row.held_for,
    sizeBytes: row.size,
  }))
}

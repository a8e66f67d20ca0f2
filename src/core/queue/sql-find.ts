import type { AccountId, DeliveryId, MessageId, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import type { DeliveryState, EnvelopeWishes, LastAnswer, NewDelivery } from './delivery.ts'
import { IN_SITE, lanesOfSite, siteStatement } from './sql-site.ts'

interface Row {
  readonly id: DeliveryId
  readonly organization: OrganizationId
  readonly account: AccountId | null
  readonly message: MessageId
  readonly sender: string
  readonly recipient: string
  readonly stream: string
  readonly site: string
  readonly state: DeliveryState
  readonly priority: NewDelivery['priority']
  readonly attempts: number
  readonly due_ms: number
  readonly possible_duplicate: number
  readonly created_ms: number
  readonly expires_ms: number
  readonly held_for: string | null
  readonly envelope: string
  readonly last_reply: string | null
}

const COLUMNS = `id, organization, account, message, sender, recipient, stream, site, state, priority, attempts, created_ms, due_ms, expires_ms, held_for, envelope, last_reply,
  possible_duplicate`

const FIND = statement<{ id: string }, Row>(`SELECT ${COLUMNS} FROM delivery WHERE id = $id`)

const PAGE = siteStatement<Record<keyof DeliveryFilter | 'after', string> & { limit: number }, Row>(
  `SELECT ${COLUMNS} FROM delivery
  WHERE organization = $organization AND id > $after AND (state = $state OR ($state = '' AND state IN ('queued', 'leased', 'held', 'captured')))
    AND ($lane = '' OR lane = $lane) AND ($sender = '' OR sender = $sender OR ($sender = '<>' AND sender = '')) AND ($recipient = '' OR recipient = $recipient)
    AND ($message = '' OR message = $message) AND ${IN_SITE}
  ORDER BY id LIMIT $limit`,
)

/** Which deliveries of an organization are listed: those that fit every word given. '' stands for any; for the state, for those that are not settled. */
export interface DeliveryFilter {
  readonly organization: string
  readonly state: string
  /** The recipient's domain. */
  readonly lane: string
  /** As `merpati lane` names it. See `lanesOfSite`. */
  readonly site: string
  /** `<>` for the null sender. */
  readonly sender: string
  readonly recipient: string
  readonly message: string
}

/** A delivery as reports and people read of it. */
export interface FoundDelivery {
  readonly id: DeliveryId
  readonly organization: OrganizationId
  readonly account: AccountId | null
  readonly message: MessageId
  readonly sender: string
  readonly recipient: string
  readonly stream: string
  /** Where it was sent last; the domain before that. */
  readonly site: string
  readonly state: DeliveryState
  readonly priority: NewDelivery['priority']
  readonly attempts: number
  readonly createdMs: number
  readonly dueMs: number
  readonly expiresMs: number
  /** Why its checks hold it: only an operator lets such a one go. Null for all others. */
  readonly heldFor: string | null
  readonly wishes: EnvelopeWishes
  readonly view: NewDelivery['view']
  readonly last: LastAnswer | null
  readonly possibleDuplicate: boolean
}

/** A delivery, settled or not; null when it is gone. */
export async function deliveryById(db: Database, id: DeliveryId): Promise<FoundDelivery | null> {
  const row = await db.one(FIND, { id })
  return row === null ? null : toFound(row)
}

/** At most `limit` deliveries after an id, oldest first; '' begins. */
export async function deliveriesPage(db: Database, args: DeliveryFilter & { readonly after: string; readonly limit: number }): Promise<readonly FoundDelivery[]> {
  return (await db.all(PAGE, { ...args, ...(await lanesOfSite(db, args.site)) })).map(toFound)
}

function toFound(row: Row): FoundDelivery {
  const { view, ...wishes } = JSON.parse(row.envelope) as EnvelopeWishes & { readonly view: NewDelivery['view'] }
  return {
    id: row.id,
    organization: row.organization,
    account: row.account,
    message: row.message,
    sender: row.sender,
    recipient: row.recipient,
    stream: row.stream,
    site: row.site,
    state: row.state,
    priority: row.priority,
    attempts: row.attempts,
    createdMs: row.created_ms,
    dueMs: row.due_ms,
    expiresMs: row.expires_ms,
    heldFor: row.held_for,
    wishes,
    view,
    last: row.last_reply === null ? null : (JSON.parse(row.last_reply) as LastAnswer),
    possibleDuplicate: row.possible_duplicate === 1,
  }
}

import type { AccountId, DeliveryId, Domain, MailboxId, MessageId, OrganizationId } from '../../base/brand.ts'
import type { Range } from '../../proto/mail/view.ts'
import type { Category } from '../pool/category.ts'

/** The lane of deliveries to mailboxes here. No domain has this name. */
export const LOCAL_LANE = 'local'

/** The lane of deliveries that an operator sends to a server of their choice. No domain has such a name. */
export function viaLane(host: string, port: number): string {
  return `via:${host}:${port}`
}

/** The server that such a lane leads to; null for all other lanes. */
export function viaOf(lane: string): { readonly host: string; readonly port: number } | null {
  const [, host, port] = /^via:(.+):(\d{1,5})$/.exec(lane) ?? []
  return host === undefined ? null : { host, port: Number(port) }
}

/** The priority of reports, those of delivery failures and those to domains: nobody waits for them. `NewDelivery.priority`. */
export const REPORT_PRIORITY = 3

/**
 * Where a delivery stands. `captured`: the demo keeps it instead of sending it. `suppressed`: its recipient is not written to.
 * `bounced`: it was delivered, and came back later.
 */
export type DeliveryState = 'queued' | 'leased' | 'held' | 'captured' | 'delivered' | 'failed' | 'cancelled' | 'suppressed' | 'bounced'

/** What the sender asked for in the envelope. RFC 3461, RFC 8689, RFC 6531. */
export interface EnvelopeWishes {
  readonly ret: 'FULL' | 'HDRS' | null
  readonly envid: string | null
  readonly notify: readonly string[]
  readonly orcpt: string | null
  readonly body: '7BIT' | '8BITMIME' | 'BINARYMIME' | null
  readonly smtputf8: boolean
  readonly requireTls: boolean
  /** `TLS-Required: No`: RFC 8689 §5. */
  readonly tlsOptional: boolean
}

/** A delivery to be queued: one recipient of a message. */
export interface NewDelivery {
  readonly id: DeliveryId
  /** Whose it is, where a message is for several organizations; that of the message when not said. */
  readonly organization?: OrganizationId
  readonly account: AccountId | null
  /** The return path, '' for the null sender. */
  readonly sender: string
  readonly recipient: string
  /** The recipient's domain, or its address literal. */
  readonly domain: string
  readonly route: 'remote' | 'local'
  readonly stream: string
  /** Lower goes first: 0 transactional, 1 submission, 2 broadcast, 3 DSN. */
  readonly priority: 0 | 1 | 2 | 3
  readonly site: string
  readonly lane: string
  readonly state: 'queued' | 'captured'
  /** Why its checks hold it: only an operator lets such a one go, and then it has its `state`. Not there for all others. */
  readonly heldFor?: string
  readonly dueMs: number
  readonly expiresMs: number
  /** When its sender must be told of a delay, or `expiresMs`; null for local deliveries, which do neither. */
  readonly alarmMs: number | null
  readonly wishes: EnvelopeWishes
  readonly view: DeliveryView
  /** Words that its sender counts it under, as `name:value`. Not there for none. */
  readonly tags?: readonly string[]
  /** What tells of this reader: a picture, links, or both. Not there when neither does, as for most mail. */
  readonly tracking?: 'both' | 'opens' | 'clicks'
  /** A test key sent it: its events say so, and it counts nowhere. Not there for all other mail. */
  readonly mode?: 'test'
}

/** What the next hop gets of the received bytes: prefix + bytes - skips. */
export interface DeliveryView {
  readonly prefix: string
  readonly skips: readonly Range[]
  /** The domain whose alias led others' mail elsewhere, and whose it is: it answers for what goes on. Not there for all other mail. */
  readonly forwardedBy?: { readonly organization: OrganizationId; readonly domain: Domain }
  /** The domain of its author, where it is one of many copies: whether it may go depends on that domain. Not there for all other mail. */
  readonly author?: Domain
  /** Of a delivery with a local route: the accounts whose copy does not go to the inbox. Not there for none. */
  readonly apart?: readonly Apart[]
}

/** A copy that goes to Junk, or nowhere. */
export interface Apart {
  readonly account: AccountId
  /** Null: there is no copy. */
  readonly junk: MailboxId | null
}

/** A delivery that a sender has taken, to try it now. */
export interface LeasedDelivery {
  readonly id: DeliveryId
  readonly organization: OrganizationId
  readonly account: AccountId | null
  readonly message: MessageId
  /** The return path, '' for the null sender. */
  readonly sender: string
  readonly recipient: string
  readonly lane: string
  readonly stream: string
  readonly priority: 0 | 1 | 2 | 3
  /** Tries so far. */
  readonly attempts: number
  readonly createdMs: number
  readonly expiresMs: number
  readonly wishes: EnvelopeWishes
  readonly view: DeliveryView
  readonly last: LastAnswer | null
  /** An earlier try may have delivered it. */
  readonly possibleDuplicate: boolean
  /** The id of the pool whose addresses carry it; not there where there are no pools. Whoever chooses its source says so. */
  readonly pool?: string
}

/** What the last try came to, kept with the delivery for whoever asks and for the report in the end. */
export interface LastAnswer {
  /** Enhanced status code, ours when the server gave none. */
  readonly status: string
  /** What the server said, code first, or what we say of it. */
  readonly text: string
  /** The server that said it: a name, or null when none was reached. */
  readonly host: string | null
  readonly atMs: number
  /** What it means; not there when the mail arrived. */
  readonly category?: Category
  /** The id of the address of ours that it went from, where there are several. */
  readonly source?: string
  /** Since when every try has come to the same refusal that only time can confirm, such as a name that does not exist. */
  readonly sinceMs?: number
  /** The domain of the recipient, when DNS says that there is none (NXDOMAIN). */
  readonly missing?: string
}

/** What became of one delivery in a try. */
export type Outcome =
  | { readonly kind: 'delivered'; readonly answer: LastAnswer }
  /** To be tried again. `counted` false: nothing was wrong with it, its turn was only cut short. */
  | { readonly kind: 'deferred'; readonly answer: LastAnswer; readonly dueMs: number; readonly counted: boolean; readonly possibleDuplicate: boolean }
  | { readonly kind: 'failed'; readonly answer: LastAnswer }
  /** Given back untouched. */
  | { readonly kind: 'returned' }

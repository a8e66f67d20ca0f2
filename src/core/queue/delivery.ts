import type { AccountId, DeliveryId } from '../../base/brand.ts'
import type { Range } from '../../proto/mail/view.ts'

/** The lane of deliveries to mailboxes here. No domain has this name. */
export const LOCAL_LANE = 'local'

/** Where a delivery stands. `captured`: the demo keeps it instead of sending it. */
export type DeliveryState = 'queued' | 'leased' | 'held' | 'captured' | 'delivered' | 'failed' | 'cancelled'

/** What the sender asked for in the envelope. RFC 3461, RFC 8689, RFC 6531. */
export interface EnvelopeWishes {
  readonly ret: 'FULL' | 'HDRS' | null
  readonly envid: string | null
  readonly notify: readonly string[]
  readonly orcpt: string | null
  readonly body: '7BIT' | '8BITMIME' | 'BINARYMIME' | null
  readonly smtputf8: boolean
  readonly requireTls: boolean
}

/** A delivery to be queued: one recipient of a message. */
export interface NewDelivery {
  readonly id: DeliveryId
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
  readonly state: 'queued' | 'captured' | 'held'
  readonly dueMs: number
  readonly expiresMs: number
  readonly wishes: EnvelopeWishes
  /** What the next hop gets of the received bytes: prefix + bytes - skips. */
  readonly view: { readonly prefix: string; readonly skips: readonly Range[] }
}

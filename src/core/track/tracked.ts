import type { DeliveryId, MessageId, OrganizationId } from '../../base/brand.ts'

/** What is kept of a message with addresses of ours in it, so that they say nothing themselves. */
export interface NewTracked {
  readonly message: MessageId
  readonly stream: string
  /** Its deliveries, by the numbers that tokens have. */
  readonly recipients: readonly TrackedRecipient[]
  /** Where its links lead, by theirs. */
  readonly links: readonly string[]
  readonly opens: 'noted' | 'not-noted'
  /** A test key sent it: hits of it count nowhere. Not there for all other mail. */
  readonly mode?: 'test'
}

/** One of its deliveries. */
export interface TrackedRecipient {
  readonly address: string
  readonly delivery: DeliveryId
}

/** The same, found again. */
export interface Tracked extends NewTracked {
  readonly organization: OrganizationId
}

import type { AccountId, DeliveryId, MessageId, OrganizationId } from '../../base/brand.ts'

/** A fact, appended in the same transaction as the change it tells of. `type` is a dotted past tense. */
export interface NewEvent {
  readonly atMs: number
  readonly organization: OrganizationId
  readonly account: AccountId | null
  readonly message: MessageId | null
  readonly delivery: DeliveryId | null
  readonly type: EventType
  /** The version of `data`'s shape, so that old events stay readable. */
  readonly version: number
  readonly data: unknown
}

/** A fact as it is read back. Of those that `sql.ts` reads `data` is made when it is asked for: take it apart after a look at `type`. */
export interface Event extends NewEvent {
  readonly id: number
  /** Where a reader stands once it has dealt with this event. Opaque. */
  readonly position: Position
}

/** How far a reader has come: every event at or before it has been seen. Opaque text; '' is the beginning. */
export type Position = string

/** Every type there is. */
export type EventType =
  | 'mail.arrived'
  | 'mail.refused'
  | 'mail.deferred'
  | 'mail.resent'
  | 'delivery.captured'
  | 'delivery.queued'
  | 'delivery.deferred'
  | 'delivery.delayed'
  | 'delivery.delivered'
  | 'delivery.failed'
  | 'delivery.held'
  | 'delivery.hurried'
  | 'delivery.released'
  | 'delivery.rerouted'
  | 'delivery.rescheduled'
  | 'delivery.cancelled'
  | 'delivery.suppressed'
  | 'delivery.bounced'
  | 'delivery.reported'
  | 'delivery.answered'
  | 'delivery.complained'
  | 'email.opened'
  | 'email.clicked'
  | 'email.unsubscribed'
  | 'email.resubscribed'
  | 'email.junked'
  | 'email.unjunked'
  | 'suppression.added'
  | 'suppression.removed'
  | 'account.created'
  | 'account.removed'
  | 'account.contained'
  | 'account.released'
  | 'mailbox.over_quota'
  | 'domain.created'
  | 'domain.removed'
  | 'domain.verified'
  | 'domain.dns_error'
  | 'organization.created'
  | 'organization.removed'
  | 'organization.limit_approaching'
  | 'organization.limit_exceeded'
  | 'stream.warned'
  | 'stream.slowed'
  | 'stream.paused'
  | 'stream.recovered'
  | 'stream.resumed'
  | 'subject.erased'
  | 'alert.raised'
  | 'alert.resolved'
  | 'webhook.disabled'

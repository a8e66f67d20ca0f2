import type { MessageId, OrganizationId } from '../../base/brand.ts'
import type { Chat } from './chat.ts'
import type { PublicType } from './public-types.ts'

/** Why nothing is sent to an endpoint. `by-hand`: somebody wanted that. `gone`: it answered 410. `failing`: it has taken nothing for days. */
export type DisabledReason = 'by-hand' | 'gone' | 'failing'

/** Where an organization wants to be told of events. */
export interface Endpoint {
  readonly id: string
  readonly organization: OrganizationId
  readonly url: string
  readonly description: string
  /** What it is told of; null for everything. */
  readonly types: readonly PublicType[] | null
  readonly state: 'enabled' | 'disabled'
  /** Null while it is enabled. */
  readonly reason: DisabledReason | null
  /** Since when every try has failed; null when the last one went well. */
  readonly failingSinceMs: number | null
  readonly createdMs: number
  /** What verifies its calls, where a pair of keys signs them (`v1a`); null where a secret does. */
  readonly publicKey: string | null
  /** The chat that it is; null for a program. */
  readonly chat: Chat | null
  /** Until when the secret before the present one signs, too; null when only one does. */
  readonly oldSecretUntilMs: number | null
}

/** Where a call stands: an event on its way to an endpoint. */
export type CallState = 'waiting' | 'calling' | 'delivered' | 'failed'

/** One try of a call. */
export interface Attempt {
  readonly atMs: number
  readonly durationMs: number
  /** What the server answered; null when it did not. */
  readonly status: number | null
  /** Why it counts as failed; null when it went well. */
  readonly error: string | null
  /** The beginning of the answer. */
  readonly response: string
}

/** What follows from a try. `gone`: the endpoint wants no calls at all any more. */
export type Outcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly dueMs: number; readonly pausedUntilMs: number | null }
  | { readonly kind: 'failed'; readonly gone: boolean }

/** A call that was taken, to be made now. */
export interface LeasedCall {
  readonly id: string
  readonly organization: OrganizationId
  readonly endpoint: string
  readonly type: string
  /** What is posted; of a call that carries a message, what it is made of. */
  readonly body: string
  /** The message that it carries; null for most. */
  readonly message: MessageId | null
  /** Tries since it was last put into the queue. */
  readonly tries: number
}

import type { OrganizationId } from '../../../base/brand.ts'
import { Problem } from './problem.ts'

/** Who calls: the key that was shown, or the account that has logged in, with all that it may do. */
export interface Caller {
  readonly organization: string
  readonly actor: { readonly kind: 'key' | 'account'; readonly id: string }
  /** The id of the key, for the log and for events; of an account its own. */
  readonly key: string
  /** The session of an account that has logged in; null for a key. */
  readonly session: string | null
  /** A test key changes nothing that leaves this system. */
  readonly mode: 'live' | 'test'
  /** What it may do, with all that follows from it; `*` is everything. */
  readonly scopes: readonly string[]
  /** The domains that it is confined to; null for the whole organization. */
  readonly domains: readonly string[] | null
  /** The streams that it may send in; null for all. */
  readonly streams: readonly string[] | null
  /** The networks that it may call from; null for all. */
  readonly networks: readonly string[] | null
  /** Until when it is valid; null for ever. */
  readonly expiresMs: number | null
  readonly caps: SendCaps
}

/** How many messages a caller may send in an hour of the clock and in a day (UTC); null for no limit of its own. */
export interface SendCaps {
  readonly messagesPerHour: number | null
  readonly messagesPerDay: number | null
}

/** Whose business it is. */
export function ownerOf({ organization }: Caller): OrganizationId {
  return organization as OrganizationId // It came out of a key or a login.
}

/** The same for who wants to change something: a test key may not. */
export function changerOf(caller: Caller): OrganizationId {
  if (caller.mode === 'test') throw new Problem(403, 'test_key', 'A test key changes nothing: use a live key')
  return ownerOf(caller)
}

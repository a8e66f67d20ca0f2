import type { Domain } from '../../base/brand.ts'
import { isoTime } from '../../base/iso-time.ts'
import { OPERATOR } from '../../base/operator.ts'
import { coversStream } from '../organization/stream/name.ts'
import { areWithin } from './network.ts'

/** What may be given to keys and roles. `*` is everything within the organization, what is added later included. */
export const SCOPES = ['trace', 'read', 'send', 'content', 'develop', 'admin', '*'] as const

/** One of them. */
export type Scope = (typeof SCOPES)[number]

/** The kinds of traffic that a key or a credential may be confined to. */
export const SENDING_STREAMS = ['transactional', 'broadcast'] as const

/** One of them. */
export type SendingStream = (typeof SENDING_STREAMS)[number]

/** All that somebody may do. */
export interface Rights {
  readonly scopes: readonly string[]
  /** The domains that it is confined to; null for the whole organization. */
  readonly domains: readonly string[] | null
  /** The streams that it may send in; null for all. */
  readonly streams: readonly string[] | null
  /** The networks that it may be used from; null for all. */
  readonly networks: readonly string[] | null
  /** Until when; null for ever. */
  readonly expiresMs: number | null
  readonly caps: { readonly messagesPerHour: number | null; readonly messagesPerDay: number | null }
}

/** Without a bound. */
export const UNBOUND: Omit<Rights, 'scopes'> = { domains: null, streams: null, networks: null, expiresMs: null, caps: { messagesPerHour: null, messagesPerDay: null } }

/** What follows from a scope. */
const FOLLOWS: Readonly<Record<string, readonly Scope[]>> = { read: ['trace'], admin: ['content', 'develop'] }

/** Scopes with those that follow from them, as routes ask for them. */
export function allScopes(scopes: readonly string[]): readonly string[] {
  return [...new Set(scopes.flatMap((scope) => [scope, ...(FOLLOWS[scope] ?? [])]))]
}

/**
 * What of the wanted rights the holder does not have, as a sentence; null when it has them all. Whoever gives rights away, or changes or takes what somebody else has, must have
 * them himself, so no key and no account makes a stronger one. Whoever is capped gives none away: two of a cap would be twice the cap.
 */
export function beyond(holder: Rights, wanted: Rights): string | null {
  const held = allScopes(holder.scopes)
  const missing = allScopes(wanted.scopes).find((scope) => !held.includes(scope) && (scope === OPERATOR || !held.includes('*')))
  if (missing !== undefined) return `you do not have the scope "${missing}" yourself`
  if (!isPartOf(wanted.domains, holder.domains)) return `you are confined to ${holder.domains?.join(', ')}`
  if (!isPartOf(wanted.streams, holder.streams)) return `you may send in ${holder.streams?.join(', ')} only`
  if (holder.networks !== null && (wanted.networks === null || !areWithin(wanted.networks, holder.networks))) return `you may call from ${holder.networks.join(', ')} only`
  if (holder.expiresMs !== null && (wanted.expiresMs === null || wanted.expiresMs > holder.expiresMs)) return `your own rights end at ${isoTime(holder.expiresMs)}`
  if (holder.caps.messagesPerHour !== null || holder.caps.messagesPerDay !== null) return 'you have a cap of your own'
  return null
}

function isPartOf(wanted: readonly string[] | null, held: readonly string[] | null): boolean {
  return held === null || (wanted !== null && wanted.every((each) => held.includes(each)))
}

/** Whether mail under an author at that domain, in that stream, is within the bounds. */
export function maySendIn({ domains, streams }: Pick<Rights, 'domains' | 'streams'>, domain: Domain, stream: string): boolean {
  return (domains === null || domains.includes(domain)) && coversStream(streams, stream)
}

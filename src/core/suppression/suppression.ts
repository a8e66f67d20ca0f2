import type { DeliveryId, OrganizationId } from '../../base/brand.ts'

/** Which mail an entry stops: all that programs send, only what goes to many, or one stream of it. People's own mail is never stopped. */
export type Scope = 'all' | 'broadcast' | `stream:${string}`

/** The scope of one stream: `broadcast` by itself, without those that have names of their own, or one of these. */
export function streamScope(stream: string): `stream:${string}` {
  return `stream:${stream}`
}

/** How scopes are written. */
export const SCOPE = /^(?:all|broadcast|stream:broadcast(?:\.[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?)?)$/

/** Somebody who is not written to. */
export interface Suppression {
  /** Whose list it is on; '' is the system's own, which holds for everybody. */
  readonly organization: OrganizationId | ''
  /** Folded by `foldAddress`; or all of a domain: `wholeDomain`. */
  readonly address: string
  readonly scope: Scope
  /** Why: a `Category` of `core/pool/category.ts`, or `manual`. */
  readonly category: string
  /** What proves it: the words of the server, of the report, or of whoever added it. At most 500 characters. */
  readonly reason: string
  /** The delivery that it came of; null when a person added it. */
  readonly delivery: DeliveryId | null
  readonly createdMs: number
  /** Null: until it is removed. */
  readonly expiresMs: number | null
  /** Until when it cannot be removed: it came back after somebody had removed it. Null for most. */
  readonly lockedMs: number | null
  /** The delivery whose recipient made it on the preference page, and may take it back there. Missing or null: nobody can but those who keep the list. */
  readonly undo?: DeliveryId | null
}

/** The kinds of traffic that the list is asked for. */
export type Traffic = 'transactional' | 'broadcast'

/** The traffic that a priority stands for (`NewDelivery.priority`); null for people's mail and reports, for which the list is not asked. */
export function trafficOf(priority: number): Traffic | null {
  if (priority === 0) return 'transactional'
  return priority === 2 ? 'broadcast' : null
}

/** The domain of a folded address; '' when it has none. */
export function domainOf(folded: string): string {
  const at = folded.lastIndexOf('@')
  return at === -1 ? '' : folded.slice(at + 1)
}

/** How an entry is written that stops mail to every address of a domain: `@far.example`. Only the system's own list has such. */
export function wholeDomain(domain: string): string {
  return `@${domain}`
}

/** The form in which addresses are compared: without case. Dots and subaddresses count, because only the owner's server knows what they mean. */
export function foldAddress(address: string): string {
  return address.trim().toLowerCase()
}

import type { Domain, OrganizationId } from '../../base/brand.ts'
import type { CheckId } from '../domain/check/finding.ts'
import { scopeKey } from '../pool/rule.ts'
import { suspend, type Suspension } from '../pool/suspension.ts'

/** Checks without which large receivers refuse what goes to many, and hold it against the domain. deliverability §6.4, §8.1. */
const BULK_NEEDS: readonly CheckId[] = ['exists', 'spf', 'dkim', 'dmarc', 'ptr', 'return-path', 'unsubscribe']

/** The same where a relay sends for us: its addresses are not ours to judge. */
const BULK_NEEDS_BEHIND_RELAY: readonly CheckId[] = ['exists', 'dkim', 'dmarc', 'unsubscribe']

/** What a domain must pass before it may write to many; nothing where the operator lets any do it. */
export function bulkNeeds({ bulkFrom, relay }: { readonly bulkFrom: 'sound' | 'any'; readonly relay: object | null }): readonly CheckId[] {
  if (bulkFrom === 'any') return []
  return relay === null ? BULK_NEEDS : BULK_NEEDS_BEHIND_RELAY
}

/** A domain of an organization, that authors write from. */
export interface AuthorDomain {
  readonly organization: OrganizationId
  readonly domain: Domain
}

/** Whom senders ask about. */
export function authorKey({ organization, domain }: AuthorDomain): string {
  const key = scopeKey('author', { source: '', site: '', organization, stream: null, author: domain })
  if (key === null) throw new Error('a domain of an organization has a key')
  return key
}

/** The name of the hold of a domain: it has one at a time. */
export function holdId({ domain }: Pick<AuthorDomain, 'domain'>): string {
  return `domain-${domain}`
}

/** Holds what goes to many from a domain until its checks pass. */
export function domainHold(of: AuthorDomain, failing: readonly string[], nowMs: number): Suspension {
  const reason = `${of.domain} fails ${failing.join(', ')}; "merpati dns check ${of.domain}" tells what to mend`
  return suspend({ id: holdId(of), scope: 'author', key: authorKey(of), what: 'pause', covers: 'bulk', by: 'domain', rule: null, reason, firstReply: null, untilMs: null, canary: false }, nowMs)
}

/** What is to be done about the hold of a domain. */
export type HoldChange = 'hold' | 'release' | 'nothing'

/**
 * What follows from the checks that fail, as looks of hours apart have confirmed them. Pure. Whoever ended a hold by hand is not overruled before something else
 * fails, or the same again after it was in order.
 */
export function holdChange(before: Suspension | null, wanted: Suspension | null): HoldChange {
  const isHeld = before !== null && before.untilMs === null
  if (wanted === null) return isHeld ? 'release' : 'nothing'
  if (before === null) return 'hold'
  return before.reason === wanted.reason ? 'nothing' : 'hold'
}

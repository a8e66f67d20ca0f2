import type { AccountId, Domain, MailboxId, OrganizationId } from '../../base/brand.ts'
import type { Hook, PatternRoute } from './pattern.ts'
import type { RelayDomain } from './relay-domain.ts'

/** Where a hosted address leads before aliases are followed. */
export interface AddressEntry {
  readonly organization: OrganizationId
  readonly kind: 'account' | 'alias'
  /** Who receives: set for kind `account`. */
  readonly account: Receiver | null
  /** Where an alias leads: addresses, in canonical form. */
  readonly targets: readonly string[]
  /** The program that gets it besides, by a route; missing for most. */
  readonly hook?: Hook
}

/** An account as delivery needs to know it. */
export interface Receiver {
  readonly account: AccountId
  readonly organization: OrganizationId
  readonly login: string
  readonly inbox: MailboxId
  readonly state: 'active' | 'suspended'
  /** Bytes that still fit; null for no limit. May be negative. */
  readonly roomBytes: number | null
}

/** What a hosted domain says about its addresses. */
export interface DomainRules {
  readonly name: Domain
  readonly organization: OrganizationId
  readonly state: 'active' | 'suspended' | 'parked'
  readonly subaddress: string
  readonly aliasOf: Domain | null
  /** Whether bounces of its programs' mail come to the domain itself: `core/domain/proof/look`. */
  readonly ownReturns: boolean
}

/** What resolving needs of storage. `sql.ts` is the one implementation. */
export interface RouteStore {
  /** The entry of exactly that address; `local` is folded, '' is the catch-all. */
  entry(domain: Domain, local: string): Promise<AddressEntry | null>
  /** The rules of a domain, or null when we do not receive for it. */
  rules(domain: Domain): Promise<DomainRules | null>
  /** Whether an organization says that a domain is its own, and has not proven it yet. */
  claims(organization: OrganizationId, domain: Domain): Promise<boolean>
  /** Whether an organization has a stream of that name of its own: `core/organization/stream`. */
  hasStream(organization: OrganizationId, stream: string): Promise<boolean>
  /** The domain that we keep mail for, or null when we do not. */
  relay(domain: Domain): Promise<RelayDomain | null>
  /** Whether a folded local part is on the list of a relay domain. */
  isRelayed(domain: Domain, local: string): Promise<boolean>
  /** Where addresses of a domain lead that are not there, by their patterns. */
  patterns(domain: Domain): Promise<readonly PatternRoute[]>
  /** Who answers for an organization: its first administrator, else its first account. Null when it has none. */
  responsible(organization: OrganizationId): Promise<Receiver | null>
}

/** Where an address leads in the end. */
export type Route =
  /** The domain is not ours. */
  | { readonly kind: 'elsewhere' }
  /** The domain is ours, the address is not there. */
  | { readonly kind: 'none' }
  /** Aliases lead in a circle, or more than the limit deep. */
  | { readonly kind: 'loop' }
  /** It leads to accounts here, on to addresses elsewhere, to programs, or to several of them. */
  | {
      readonly kind: 'local'
      readonly organization: OrganizationId
      readonly receivers: readonly Receiver[]
      readonly elsewhere: readonly string[]
      /** Programs that get it. */
      readonly hooks: readonly Hook[]
    }

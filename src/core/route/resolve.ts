import type { Domain } from '../../base/brand.ts'
import { type Address, foldLocal, parseAddress } from '../../proto/mail/address.ts'
import { type Hook, routeFor } from './pattern.ts'
import type { AddressEntry, DomainRules, Receiver, Route, RouteStore } from './route.ts'

/** Aliases of aliases, at most: deliverability §2.6. */
const MAX_DEPTH = 10
/** Domains that stand for domains, at most. Nobody needs two; two that stand for each other must not be followed for ever. */
export const MAX_DOMAIN_HOPS = 5
/** Places one address may lead to. */
const MAX_TARGETS = 1_000
/** Always accepted for a hosted domain: RFC 5321 §4.5.1 and RFC 2142. */
const ALWAYS: ReadonlySet<string> = new Set(['postmaster', 'abuse'])

/**
 * Says where an address leads. The order is: the exact address (account or alias), the base of a subaddress, the domain
 * this one is an alias of, `postmaster` and `abuse` to whoever is responsible, the most exact route, the catch-all.
 */
export async function resolve(store: RouteStore, local: string, domain: Domain): Promise<Route> {
  const found: Found = { receivers: new Map(), elsewhere: new Set(), hooks: new Map(), visited: new Set(), circles: 0 }
  const first = await find(store, foldLocal(local), domain)
  if (first === 'elsewhere') return { kind: 'elsewhere' }
  if (first === null) return { kind: 'none' }
  if (!(await follow(store, first, found, 0))) return { kind: 'loop' }
  if (found.receivers.size === 0 && found.elsewhere.size === 0 && found.hooks.size === 0) return { kind: found.circles > 0 ? 'loop' : 'none' }
  return { kind: 'local', organization: first.organization, receivers: [...found.receivers.values()], elsewhere: [...found.elsewhere], hooks: [...found.hooks.values()] }
}

interface Found {
  readonly receivers: Map<string, Receiver>
  readonly elsewhere: Set<string>
  /** By route. */
  readonly hooks: Map<string, Hook>
  readonly visited: Set<string>
  /** Targets that led back to where we had been. */
  circles: number
}

/** Gathers where an entry leads; false when aliases go too deep. A target met before is not followed twice. */
async function follow(store: RouteStore, entry: AddressEntry, found: Found, depth: number): Promise<boolean> {
  if (entry.account !== null) {
    found.receivers.set(entry.account.account, entry.account)
    return true
  }
  if (entry.hook !== undefined) found.hooks.set(entry.hook.route, entry.hook)
  if (depth > MAX_DEPTH || found.receivers.size + found.elsewhere.size > MAX_TARGETS) return false
  for (const target of entry.targets) {
    if (found.visited.has(target)) {
      found.circles += 1
      continue
    }
    found.visited.add(target)
    const parsed = parseAddress(target)
    if (!parsed.ok) continue
    const next = await findAddress(store, parsed.value)
    if (next === 'elsewhere') found.elsewhere.add(target)
    if (next === 'elsewhere' || next === null) continue
    if (!(await follow(store, next, found, depth + 1))) return false
  }
  return true
}

async function findAddress(store: RouteStore, address: Address): Promise<AddressEntry | null | 'elsewhere'> {
  return address.domain === null ? 'elsewhere' : await find(store, foldLocal(address.local), address.domain)
}

/** One address, no alias followed. The common case, an address that is there, is one lookup. */
async function find(store: RouteStore, local: string, domain: Domain, hops = 0): Promise<AddressEntry | null | 'elsewhere'> {
  const exact = local === '' ? null : await store.entry(domain, local)
  if (exact !== null) return exact
  const rules = await store.rules(domain)
  if (rules === null) return 'elsewhere'
  const base = baseOf(local, rules)
  if (base !== null) {
    const entry = await store.entry(domain, base)
    if (entry !== null) return entry
  }
  if (rules.aliasOf !== null && hops < MAX_DOMAIN_HOPS) {
    const entry = await find(store, local, rules.aliasOf, hops + 1)
    if (entry !== null && entry !== 'elsewhere') return entry
  }
  return (await responsible(store, base ?? local, rules)) ?? (await routed(store, local, rules)) ?? (await store.entry(domain, ''))
}

/** Where a pattern leads. A route that leads nowhere is an address that is not there, whatever the catch-all says. */
async function routed(store: RouteStore, local: string, { name, organization: owner }: DomainRules): Promise<AddressEntry | null> {
  const own = local === '' ? [] : (await store.patterns(name)).filter((route) => route.organization === owner)
  const route = routeFor(own, local)
  if (route === null) return null
  const { id, organization, targets, webhook } = route
  return { organization, kind: 'alias', account: null, targets, ...(webhook === null ? {} : { hook: { route: id, organization, webhook } }) }
}

async function responsible(store: RouteStore, local: string, rules: DomainRules): Promise<AddressEntry | null> {
  if (!ALWAYS.has(local)) return null
  const account = await store.responsible(rules.organization)
  return account === null ? null : { organization: rules.organization, kind: 'account', account, targets: [] }
}

/** `ani` of `ani+news`, or null when there is no detail. RFC 5233 §1. */
function baseOf(local: string, rules: DomainRules): string | null {
  const at = rules.subaddress === '' ? -1 : local.indexOf(rules.subaddress)
  return at > 0 ? local.slice(0, at) : null
}

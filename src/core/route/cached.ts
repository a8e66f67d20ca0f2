import type { Clock } from '../../base/clock.ts'
import type { PatternRoute } from './pattern.ts'
import type { RelayDomain } from './relay-domain.ts'
import type { AddressEntry, DomainRules, RouteStore } from './route.ts'

/** How long an address or a domain is believed without asking again: a change of it is seen within this time. */
const KEEP_MS = 1_000

/** Addresses, and domains, remembered. The oldest go first. */
const MAX_KEPT = 10_000

/**
 * Remembers for a second where addresses lead that are there, and what their domains say; what is not there is asked for each time, so
 * that a new address works at once. Room in a mailbox may be as old: the write that delivers charges the real quota.
 */
export function cachedRoutes(store: RouteStore, clock: Clock): RouteStore {
  const entries = new Kept<AddressEntry>(clock)
  const rules = new Kept<DomainRules>(clock)
  const relays = new Kept<RelayDomain>(clock)
  const patterns = new Kept<readonly PatternRoute[]>(clock)
  const streams = new Kept<true>(clock)
  return {
    entry: (domain, local) => entries.get(`${local}@${domain}`, () => store.entry(domain, local)),
    rules: (domain) => rules.get(domain, () => store.rules(domain)),
    relay: (domain) => relays.get(domain, () => store.relay(domain)),
    patterns: async (domain) => (await patterns.get(domain, async () => listOrNull(await store.patterns(domain)))) ?? [],
    claims: (organization, domain) => store.claims(organization, domain),
    hasStream: async (organization, stream) => (await streams.get(`${organization} ${stream}`, async () => ((await store.hasStream(organization, stream)) ? true : null))) ?? false,
    isRelayed: (domain, local) => store.isRelayed(domain, local),
    responsible: (organization) => store.responsible(organization),
  }
}

/** None is not remembered: the first route of a domain works at once. */
function listOrNull(routes: readonly PatternRoute[]): readonly PatternRoute[] | null {
  return routes.length === 0 ? null : routes
}

/** Values by key, each for `KEEP_MS`. */
class Kept<T> {
  readonly #clock: Clock
  readonly #kept = new Map<string, { readonly value: T; readonly untilMs: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async get(key: string, ask: () => Promise<T | null>): Promise<T | null> {
    const known = this.#kept.get(key)
    const nowMs = this.#clock.nowMs()
    if (known !== undefined && known.untilMs > nowMs) return known.value
    this.#kept.delete(key)
    const value = await ask()
    if (value === null) return null
    if (this.#kept.size >= MAX_KEPT) this.#kept.delete(this.#kept.keys().next().value ?? key)
    this.#kept.set(key, { value, untilMs: nowMs + KEEP_MS })
    return value
  }
}

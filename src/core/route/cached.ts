import type { Clock } from '../../base/clock.ts'
import type { AddressEntry, RouteStore } from './route.ts'

/** How long an address is believed without asking again: a change of it is seen within this time. */
const KEEP_MS = 1_000

/** Addresses remembered. The oldest go first. */
const MAX_KEPT = 10_000

/**
 * Remembers for a second where addresses lead that are there; what is not there is asked for each time, so that a new
 * address works at once. Room in a mailbox may be as old: the write that delivers charges the real quota.
 */
export function cachedRoutes(store: RouteStore, clock: Clock): RouteStore {
  const kept = new Map<string, { readonly entry: AddressEntry; readonly untilMs: number }>()
  return {
    async entry(domain, local) {
      const key = `${local}@${domain}`
      const known = kept.get(key)
      const nowMs = clock.nowMs()
      if (known !== undefined && known.untilMs > nowMs) return known.entry
      kept.delete(key)
      const entry = await store.entry(domain, local)
      if (entry === null) return null
      if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value ?? key)
      kept.set(key, { entry, untilMs: nowMs + KEEP_MS })
      return entry
    },
    rules: (domain) => store.rules(domain),
    responsible: (organization) => store.responsible(organization),
  }
}

import type { Domain } from '../../base/brand.ts'
import { type KnownDomains, knownDomains } from '../../core/filter/check/lookalike.ts'
import type { InspectHouse } from '../../core/inbound/inspect/house.ts'
import { hostedNames } from '../../core/domain/sql.ts'
import type { RouteStore } from '../../core/route/route.ts'
import type { Database } from '../../infra/db/database.ts'

/** How old the list of hosted domains may be. */
const FRESH_MS = 10_000

/** Labels of a name that are looked up: what lies deeper is below one of them. */
const MAX_LABELS = 12

/** The domains that are served here, as the checks ask for them. */
export function hostedDomains(db: Database, routes: RouteStore): Pick<InspectHouse, 'hosted' | 'hostedAbove'> {
  let known: { readonly domains: Promise<KnownDomains>; readonly readMs: number } | null = null
  return {
    async hosted() {
      const nowMs = performance.now()
      if (known === null || nowMs - known.readMs > FRESH_MS) known = { domains: hostedNames(db).then(knownDomains), readMs: nowMs }
      try {
        return await known.domains
      } catch (error) {
        known = null
        throw error
      }
    },
    async hostedAbove(domain) {
      const labels = domain.split('.').slice(-MAX_LABELS)
      for (let at = 0; at < labels.length; at++) {
        const name = labels.slice(at).join('.')
        if ((await routes.rules(name as Domain)) !== null) return name
      }
      return null
    },
  }
}

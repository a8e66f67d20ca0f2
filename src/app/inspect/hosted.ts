import type { Domain } from '../../base/brand.ts'
import { remembered } from '../../base/remembered.ts'
import { type KnownDomains, knownDomains } from '../../core/filter/check/lookalike.ts'
import type { InspectHouse } from '../../core/inbound/inspect/house.ts'
import { hostedNames, MAX_NAMES } from '../../core/domain/sql.ts'
import type { RouteStore } from '../../core/route/route.ts'
import type { Database } from '../../infra/db/database.ts'

/** How old the list of hosted domains may be. */
const FRESH_MS = 10_000

/** Labels of a name that are looked up: what lies deeper is below one of them. */
const MAX_LABELS = 12

/** Senders of which the names above are remembered: some 200 bytes each. */
const MAX_KNOWN_NAMES = 1_000

/** The domains that are served here, as the checks ask for them. */
export function hostedDomains(db: Database, routes: RouteStore): Pick<InspectHouse, 'hosted' | 'hostedAbove' | 'organizationAt'> {
  let known: { readonly names: Promise<Names>; readonly readMs: number; read: Names | null } | null = null
  const fresh = async (): Promise<Names> => {
    const nowMs = performance.now()
    if (known === null || nowMs - known.readMs > FRESH_MS) known = { names: readNames(db), readMs: nowMs, read: null }
    const mine = known
    try {
      mine.read = await mine.names
      return mine.read
    } catch (error) {
      known = null
      throw error
    }
  }
  /** What was read and is fresh: each message asks three times. */
  const atHand = (): Names | null => (known === null || performance.now() - known.readMs > FRESH_MS ? null : known.read)
  const search = async (domain: string, { all }: Names): Promise<string | null> => {
    for (const name of namesAbove(domain)) if (all.has(name) || (await routes.rules(name as Domain)) !== null) return name
    return null
  }
  return {
    hosted: async () => (atHand() ?? (await fresh())).similar,
    organizationAt: async (domain) => (await routes.rules(domain as Domain))?.organization ?? null,
    hostedAbove: async (domain) => {
      const names = atHand() ?? (await fresh())
      return names.isComplete ? (namesAbove(domain).find((name) => names.all.has(name)) ?? null) : await search(domain, names)
    },
  }
}

/** A name, and the names it lies below. Each message asks for those of its sender and its author. */
const namesAbove = remembered(MAX_KNOWN_NAMES, (domain): readonly string[] => {
  const labels = domain.split('.').slice(-MAX_LABELS)
  return labels.map((_, at) => labels.slice(at).join('.'))
})

interface Names {
  readonly all: ReadonlySet<string>
  /** False where there are more than are read: then each name is asked for. */
  readonly isComplete: boolean
  readonly similar: KnownDomains
}

async function readNames(db: Database): Promise<Names> {
  const names = await hostedNames(db)
  return { all: new Set(names), isComplete: names.length < MAX_NAMES, similar: knownDomains(names) }
}

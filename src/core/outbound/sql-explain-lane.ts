import type { Database } from '../../infra/db/database.ts'
import { type Explained, explainLimits } from '../pool/explain.ts'
import { limitsOf, type Override } from '../pool/resolve.ts'
import { Shaper } from '../pool/shaper.ts'
import { shapings, suspensionsInForce } from '../pool/sql-stop.ts'
import type { Suspension } from '../pool/suspension.ts'
import type { Routed } from './route-of.ts'
import { DEFAULT_SOURCE } from './sending-source.ts'

/** How fast mail may go to a domain, and who said so. */
export interface ExplainedLane {
  readonly domain: string
  readonly site: string
  readonly provider: string | null
  readonly servers: readonly { readonly host: string; readonly port: number; readonly preference: number }[]
  /** Why there are no servers; null when there are. */
  readonly fault: string | null
  readonly limits: readonly Explained[]
  readonly suspensions: readonly Suspension[]
}

/** What explaining a lane needs to know besides. */
export interface ExplainLaneArgs {
  readonly domain: string
  readonly routed: Routed
  /** One of our sources; the system's own when there are none. */
  readonly source?: string
  readonly sourceAgeDays: number
  readonly overrides: readonly Override[]
  readonly nowMs: number
}

/** Explains the limits that hold for a domain now, as senders would find them. */
export async function explainLane(db: Database, { domain, routed, source = DEFAULT_SOURCE, sourceAgeDays, overrides, nowMs }: ExplainLaneArgs): Promise<ExplainedLane> {
  const { site, provider, plan } = routed
  const shaper = new Shaper()
  for (const shaping of await shapings(db)) if (shaping.by === 'rule') shaper.restore(shaping.entry)
  const { adjustments } = shaper.adjustments({ source, site }, nowMs)
  const limits = explainLimits(limitsOf({ domain, provider, source, sourceAgeDays, organization: null, overrides, adjustments }))
  const servers = plan.kind === 'hops' ? plan.hops.map(({ host, port, preference }) => ({ host, port, preference })) : []
  const suspensions = (await suspensionsInForce(db, nowMs)).filter(({ scope, key }) => key.split(' ').includes(site) || (scope === 'stream-provider' && key.endsWith(` ${provider ?? 'other'}`)) || scope === 'author')
  return { domain, site, provider, servers, fault: plan.kind === 'hops' ? null : plan.text, limits, suspensions }
}

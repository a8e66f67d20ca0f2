import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { providerOfDomain } from '../pool/provider.ts'
import { providerOfSite } from '../pool/site.ts'
import { PROVIDERS } from '../pool/table/providers.ts'

/** Domains that are told apart, those with most; the rest of the queue counts for `other`. */
const LANES = 100

/** Rows of a domain that are looked at for one that was tried. */
const ROWS = 50

// By domain alone, which lies in the index of what waits: a queue of a million is counted without a look at its rows.
const DEPTH = statement<Record<never, never>, { lane: string; count: number | string; total: number | string }>(
  `SELECT lane, COUNT(*) AS count, SUM(COUNT(*)) OVER () AS total FROM delivery WHERE state = 'queued' AND lane <> 'local' GROUP BY lane ORDER BY COUNT(*) DESC LIMIT ${LANES}`,
)
// By an index of what is leased alone.
const LEASED = statement<Record<never, never>, { count: number | string }>("SELECT COUNT(*) AS count FROM delivery WHERE state = 'leased'")
// What was tried is due later than what was not. A row that was never tried has its domain for a site.
const TRIED = statement<{ lane: string }, { site: string | null }>(
  `SELECT MAX(site) AS site FROM (SELECT site FROM delivery WHERE state = 'queued' AND lane = $lane ORDER BY priority DESC, organization DESC, due_ms DESC LIMIT ${ROWS}) AS late WHERE site <> $lane`,
)

/** How many deliveries are being tried, by whichever node. */
export async function leasedCount(db: Pick<Database, 'one'>): Promise<number> {
  return Number((await db.one(LEASED, {}))?.count ?? 0)
}

/** How many deliveries wait, by the key of their provider: as the last tries to their domains found it, or as the domain itself tells. `other` for all others. */
export async function queueDepth(db: Pick<Database, 'all' | 'one'>): Promise<ReadonlyMap<string, number>> {
  const lanes = await db.all(DEPTH, {})
  const depth = new Map<string, number>([['other', Number(lanes[0]?.total ?? 0)]])
  const move = (provider: string, count: number): unknown => depth.set(provider, (depth.get(provider) ?? 0) + count)
  for (const { lane, count } of lanes) {
    const site = (await db.one(TRIED, { lane }))?.site ?? null
    const provider = (site === null ? null : providerOfSite(site)) ?? providerOfDomain(PROVIDERS, lane)?.key ?? null
    if (provider === null) continue
    move('other', -Number(count))
    move(provider, Number(count))
  }
  return depth
}

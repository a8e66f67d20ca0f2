import type { OrganizationId } from '../../base/brand.ts'
import { DAY_MS } from '../../base/duration.ts'
import { ANY, type AskStats } from '../stats/asked.ts'
import { startOf } from '../stats/tally.ts'
import type { DomainFacts } from './compliance.ts'
import { RATE_DAYS } from './page.ts'
import { ratesSeen, scoreOf } from './score.ts'

/** Below this one recipient that is not there is a percent and more of all mail: it says nothing of a sender. */
const LEAST = 100

/** The score of an organization over seven whole days, all its domains together; null when it sent too little to tell. deliverability §3.8. */
export async function dailyScore(ask: AskStats, organization: OrganizationId, reported: DomainFacts['reported'], nowMs: number): Promise<number | null> {
  const toMs = startOf('day', nowMs)
  const { rows } = await ask({ organization, fromMs: toMs - RATE_DAYS * DAY_MS, toMs, step: 'day', series: false, groupBy: 'category', where: ANY })
  const attempted = rows.reduce((sum, { counts }) => sum + (counts.attempted ?? 0), 0)
  return attempted < LEAST ? null : scoreOf({ rates: ratesSeen(rows), reported }).points
}

import type { OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { isHard } from '../bounce/meaning.ts'
import { MAX_ROWS } from './limits.ts'
import { type Measured, standingName, UNMEASURED } from './standing.ts'

interface Row {
  readonly stream: string
  readonly provider: string
  readonly category: string
  readonly delivered: number | string
  readonly heard: number | string
  readonly complained: number | string
  readonly attempted: number | string
  readonly hard: number | string
  readonly late: number | string
  readonly block: number | string
  readonly unsubscribed: number | string
}

// What was never tried has no provider, and what stays here is nobody's business elsewhere.
const SUMS = statement<{ organization: string; fromMs: number }, Row>(
  `SELECT stream, provider, category, SUM(n_delivered) AS delivered, SUM(n_delivered_heard) AS heard, SUM(n_complained_heard) AS complained, SUM(n_attempted) AS attempted, SUM(n_hard) AS hard,
    SUM(n_late) AS late, SUM(n_block) AS block, SUM(n_unsubscribed_one_click + n_unsubscribed_page + n_unsubscribed_mail) AS unsubscribed
  FROM stats_count WHERE organization = $organization AND facet = 'brief' AND step = 'hour' AND at_ms >= $fromMs AND provider NOT IN ('', 'local')
  GROUP BY stream, provider, category LIMIT ${MAX_ROWS}`,
)

/** What became of an organization's mail that was accepted in the hours from `fromMs` on, by `standingName` of its stream and provider. */
export async function measureStreams(stats: Database, organization: OrganizationId, fromMs: number): Promise<ReadonlyMap<string, Measured>> {
  const found = new Map<string, Measured>()
  for (const row of await stats.all(SUMS, { organization, fromMs })) {
    const name = standingName(row)
    found.set(name, added(found.get(name) ?? UNMEASURED, row))
  }
  return found
}

function added(before: Measured, row: Row): Measured {
  // What was taken and came back, because there is no such address, was an address that does not exist all the same.
  const lateHard = isHard(row.category) ? Number(row.late) : 0
  return {
    delivered: before.delivered + Number(row.delivered),
    deliveredHeard: before.deliveredHeard + Number(row.heard),
    complainedHeard: before.complainedHeard + Number(row.complained),
    attempted: before.attempted + Number(row.attempted),
    hard: before.hard + Number(row.hard) + lateHard,
    block: before.block + Number(row.block),
    authFailed: before.authFailed + (row.category === 'auth-failed' ? Number(row.attempted) : 0),
    unsubscribed: before.unsubscribed + Number(row.unsubscribed),
  }
}

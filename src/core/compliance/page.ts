import type { OrganizationId } from '../../base/brand.ts'
import { DAY_MS } from '../../base/duration.ts'
import { type Rates, ratesOf } from '../stats/answer.ts'
import type { Counter, Counts } from '../stats/counter.ts'
import { ANY, type AskStats, type Found } from '../stats/asked.ts'
import { startOf } from '../stats/tally.ts'
import { type DomainFacts, type Requirement, requirementsOf, SPAM } from './compliance.ts'
import { ratesSeen, type Score, scoreOf } from './score.ts'

/** What large receivers show those that send to them, made of what we know ourselves. deliverability §6.5. */
export interface CompliancePage {
  readonly domain: string
  readonly requirements: readonly Requirement[]
  readonly score: Score
  /** A row for each of the last 30 days with mail to providers that tell of complaints. */
  readonly spam: readonly { readonly dayMs: number; readonly delivered: number; readonly complained: number; readonly rate: number | null }[]
  /** Deliveries of seven days that did not arrive, or have not yet, by why; the most first. */
  readonly errors: readonly { readonly category: string; readonly deliveries: number }[]
  /** Of what others report in 30 days. Null: nobody has. */
  readonly authPass: number | null
  readonly rates: Rates
}

const SHOWN_DAYS = 30
/** Days that rates are of. */
export const RATE_DAYS = 7
/** Providers whose rules hold from so many deliveries a day on: mailboxes for everybody. */
const COUNTED = ['gmail', 'ms-consumer'] as const

/** Makes the page of a domain. */
export async function compliancePage(ask: AskStats, organization: OrganizationId, domain: string, known: Pick<DomainFacts, 'failing' | 'lookedMs' | 'reported' | 'consents'>, nowMs: number): Promise<CompliancePage> {
  const toMs = startOf('day', nowMs) + DAY_MS
  const days = (count: number) => ({ organization, fromMs: toMs - count * DAY_MS, toMs, step: 'day', series: false, groupBy: null, where: ANY }) as const
  const [daily, week, categories, streams, ...providers] = await Promise.all([
    ask({ ...days(SHOWN_DAYS), series: true }),
    ask(days(RATE_DAYS)),
    ask({ ...days(RATE_DAYS), groupBy: 'category' }),
    ask({ ...days(SHOWN_DAYS), groupBy: 'stream' }),
    ...COUNTED.map((provider) => ask({ ...days(SHOWN_DAYS), series: true, where: { ...ANY, provider } })),
  ])
  const counts = week.rows[0]?.counts ?? {}
  const spam = daily.rows.flatMap(({ atMs, counts: of }) => (atMs === null || n(of, 'deliveredHeard') === 0 ? [] : [{ dayMs: atMs, delivered: n(of, 'deliveredHeard'), complained: n(of, 'complainedHeard'), rate: ratesOf(of).complaint }]))
  const facts: DomainFacts = {
    ...known,
    domain,
    rates: ratesSeen(categories.rows),
    heard: n(counts, 'deliveredHeard'),
    delivered: n(counts, 'deliveredAway'),
    goodDays: goodDaysOf(spam, toMs - DAY_MS),
    mostADay: Math.max(0, ...providers.flatMap(({ rows }) => rows.map((row) => n(row.counts, 'accepted')))),
    broadcasts: streams.rows.filter(({ group }) => group?.startsWith('broadcast') === true).reduce((sum, row) => sum + n(row.counts, 'accepted'), 0),
  }
  const all = known.reported.passed + known.reported.failed
  return {
    domain,
    requirements: requirementsOf(facts),
    score: scoreOf(facts),
    spam,
    errors: errorsOf(categories),
    authPass: all === 0 ? null : known.reported.passed / all,
    rates: facts.rates,
  }
}

/** Days in a row that ended yesterday and were under the limit. A day without mail breaks nothing, and counts for nothing. */
function goodDaysOf(spam: CompliancePage['spam'], todayMs: number): number {
  const over = spam.findLast(({ dayMs, rate }) => dayMs < todayMs && (rate ?? 0) >= SPAM.fail)
  return spam.filter(({ dayMs }) => dayMs < todayMs && dayMs > (over?.dayMs ?? 0)).length
}

function errorsOf({ rows }: Found): CompliancePage['errors'] {
  const found = rows.flatMap(({ group, counts }) => {
    const deliveries = (['waiting', 'hard', 'soft', 'block', 'other', 'late', 'expired'] as const).reduce((sum, name) => sum + n(counts, name), 0)
    return group === null || group === '' || deliveries === 0 ? [] : [{ category: group, deliveries }]
  })
  return found.toSorted((a, b) => b.deliveries - a.deliveries)
}

function n(counts: Counts, name: Counter): number {
  return counts[name] ?? 0
}

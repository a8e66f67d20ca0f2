import { DAY_MS, dayNumber } from '../../base/duration.ts'
import { statement } from '../../infra/db/statement.ts'
import type { Tx, Work } from '../../infra/db/transaction.ts'
import { liftDomain, putSuppression } from '../suppression/sql.ts'
import { wholeDomain } from '../suppression/suppression.ts'
import type { DomainSign } from './domain-sign.ts'

/** So many look-ups that found no such domain, on so many days, and nobody writes there. deliverability §4.5. */
const ENOUGH_RESULTS = 20
const ENOUGH_DAYS = 2

/** Results of so many days count together. */
const COUNTED_DAYS = 30

/** A domain that was gone is looked at again after that: deliverability §4.4. */
const SUPPRESSED_DAYS = 7

const COUNT = statement<{ domain: string; day: number; results: number }>(
  `INSERT INTO absent_domain (domain, day, results) VALUES ($domain, $day, $results)
  ON CONFLICT (domain, day) DO UPDATE SET results = absent_domain.results + excluded.results`,
)

const SUM = statement<{ domain: string; sinceDay: number }, { days: number | string; results: number | string | null }>(
  'SELECT COUNT(*) AS days, SUM(results) AS results FROM absent_domain WHERE domain = $domain AND day > $sinceDay AND results > 0',
)

const ANY = statement<Record<never, never>, { domain: string }>('SELECT domain FROM absent_domain LIMIT 1')

const CLEAR = statement<{ domain: string }>('DELETE FROM absent_domain WHERE domain = $domain')

const FORGET = statement<{ untilDay: number }>('DELETE FROM absent_domain WHERE day <= $untilDay')

/**
 * Counts what look-ups found, for all organizations together: who writes to a domain does not change whether there is one. A domain that was missing often enough goes on
 * the system's own list for a week; one whose server speaks comes off it, and its count is forgotten.
 */
export function* countDomains(tx: Tx, signs: readonly DomainSign[], nowMs: number): Work<void> {
  let isAnyAbsent = (yield* tx.one(ANY, {})) !== null
  if (isAnyAbsent) yield* tx.run(FORGET, { untilDay: dayNumber(nowMs) - COUNTED_DAYS })
  const seen = new Set<string>()
  for (const { domain, isThere, atMs } of signs) {
    if (isThere) {
      // Most domains are never missing, and one answer is as good as a hundred.
      if (isAnyAbsent && !seen.has(domain) && (yield* tx.run(CLEAR, { domain })) > 0) yield* liftDomain(tx, domain)
      seen.add(domain)
      continue
    }
    seen.delete(domain)
    isAnyAbsent = true
    yield* countAbsence(tx, domain, atMs)
  }
}

function* countAbsence(tx: Tx, domain: string, atMs: number): Work<void> {
  const day = dayNumber(atMs)
  yield* tx.run(COUNT, { domain, day, results: 1 })
  const sum = yield* tx.one(SUM, { domain, sinceDay: day - COUNTED_DAYS })
  const [results, days] = [Number(sum?.results ?? 0), Number(sum?.days ?? 0)]
  if (results < ENOUGH_RESULTS || days < ENOUGH_DAYS) return
  yield* tx.run(CLEAR, { domain })
  // The row stays so that the domain is known when it answers again.
  yield* tx.run(COUNT, { domain, day, results: 0 })
  const reason = `NXDOMAIN: ${results} look-ups on ${days} days found no such domain`
  const until = { createdMs: atMs, expiresMs: atMs + SUPPRESSED_DAYS * DAY_MS, lockedMs: null }
  yield* putSuppression(tx, { organization: '', address: wholeDomain(domain), scope: 'all', category: 'bad-domain', reason, delivery: null, ...until })
}

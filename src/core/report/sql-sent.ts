import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'

/** A report that was made, or found not to be wanted: it is not made again. */
export interface SentReport {
  readonly kind: 'dmarc' | 'tls'
  /** In UTC: `2026-01-31`. */
  readonly day: string
  readonly domain: string
  /** `sent`, or why not. */
  readonly outcome: string
  readonly nowMs: number
}

const PUT = statement<{ kind: string; day: string; domain: string; outcome: string; nowMs: number }>(
  `INSERT INTO report_sent (kind, day, domain, outcome, at_ms) VALUES ($kind, $day, $domain, $outcome, $nowMs) ON CONFLICT (kind, day, domain) DO NOTHING`,
)

const UNSENT_TLS = statement<{ day: string; after: string; limit: number }, { domain: string }>(
  `SELECT DISTINCT domain FROM tls_result t WHERE day = $day AND domain > $after
  AND NOT EXISTS (SELECT 1 FROM report_sent s WHERE s.kind = 'tls' AND s.day = t.day AND s.domain = t.domain) ORDER BY domain LIMIT $limit`,
)

const FORGET = statement<{ before: string }>('DELETE FROM report_sent WHERE day < $before')

/** Remembers that a report was dealt with. */
export const noteSent = write('report.sent', function* (tx, { kind, day, domain, outcome, nowMs }: SentReport): Work<void> {
  yield* tx.run(PUT, { kind, day, domain, outcome, nowMs })
})

/** Forgets days before this one. */
export const purgeSent = write('report.purge-sent', function* (tx, args: { readonly before: string }): Work<number> {
  return yield* tx.run(FORGET, args)
})

/** The next domains after `after` that we spoke TLS with on a day and that no report of it was made to, in their order. */
export async function unsentTlsDomains(db: Database, args: { readonly day: string; readonly after: string; readonly limit: number }): Promise<readonly string[]> {
  const rows = await db.all(UNSENT_TLS, args)
  return rows.map(({ domain }) => domain)
}

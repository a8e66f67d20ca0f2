import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Work, write } from '../../../infra/db/transaction.ts'
import type { PolicyType, TlsNote, TlsResult } from './result.ts'

/** How often something happened on a day. */
export interface CountedTls extends TlsNote {
  /** In UTC: `2026-01-31`. */
  readonly day: string
  readonly sessions: number
}

interface Row {
  readonly day: string
  readonly domain: string
  readonly policy: PolicyType
  readonly result: TlsResult
  readonly source: string
  readonly host: string
  readonly address: string
  readonly sessions: number
}

const COUNT = statement<{ day: string; domain: string; policy: string; result: string; source: string; host: string; address: string; sessions: number }>(
  `INSERT INTO tls_result (day, domain, policy, result, source, host, address, sessions)
  VALUES ($day, $domain, $policy, $result, $source, $host, $address, $sessions)
  ON CONFLICT (day, domain, policy, result, source, host, address) DO UPDATE SET sessions = tls_result.sessions + excluded.sessions`,
)

const OF_DAY = statement<{ day: string; after: string; limit: number }, Row>(
  `SELECT day, domain, policy, result, source, host, address, sessions FROM tls_result
  WHERE day = $day AND domain IN (SELECT DISTINCT domain FROM tls_result WHERE day = $day AND domain > $after ORDER BY domain LIMIT $limit)
  ORDER BY domain, policy, result, source, host, address`,
)

const OF_DOMAIN = statement<{ day: string; domain: string }, Row>(
  `SELECT day, domain, policy, result, source, host, address, sessions FROM tls_result WHERE day = $day AND domain = $domain ORDER BY policy, result, source, host, address LIMIT 10000`,
)

const FORGET = statement<{ before: string }>('DELETE FROM tls_result WHERE day < $before')

/** Adds to the counts of days. */
export const countTls = write('tls.count', function* (tx, { counted }: { readonly counted: readonly CountedTls[] }): Work<void> {
  // Two threads that count the same must lock rows in one order.
  const sorted = counted.toSorted((a, b) => (a.domain < b.domain ? -1 : Number(a.domain > b.domain)))
  for (const { day, domain, policy, result, source, host, address, sessions } of sorted) {
    yield* tx.run(COUNT, { day, domain, policy, result, source, host, address, sessions })
  }
})

/** Forgets days before this one. */
export const purgeTlsResults = write('tls.purge', function* (tx, args: { readonly before: string }): Work<number> {
  return yield* tx.run(FORGET, args)
})

/** All that happened on a day to the next `limit` domains after `after`, in their order. */
export async function tlsResultsOf(db: Database, args: { readonly day: string; readonly after: string; readonly limit: number }): Promise<readonly CountedTls[]> {
  return await db.all(OF_DAY, args)
}

/** What happened on a day to one domain: at most 10,000 kinds of results. */
export async function tlsResultsWith(db: Database, args: { readonly day: string; readonly domain: string }): Promise<readonly CountedTls[]> {
  return await db.all(OF_DOMAIN, args)
}

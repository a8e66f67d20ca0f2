import { hash } from 'node:crypto'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import type { CountedSeen } from './dmarc-tally.ts'
import type { SeenFacts } from './seen.ts'

const COUNT = statement<{ day: string; domain: string; source: string; key: string; facts: string; messages: number }>(
  `INSERT INTO dmarc_seen (day, domain, source, key, facts, messages) VALUES ($day, $domain, $source, $key, $facts, $messages)
  ON CONFLICT (day, domain, source, key) DO UPDATE SET messages = dmarc_seen.messages + excluded.messages`,
)

/** RFC 9990 §3.3: of several records on a day the last one is told. */
const POLICY = statement<{ day: string; domain: string; record: string }>(
  `INSERT INTO dmarc_policy (day, domain, record) VALUES ($day, $domain, $record)
  ON CONFLICT (day, domain) DO UPDATE SET record = excluded.record WHERE dmarc_policy.record <> excluded.record`,
)

const UNSENT = statement<{ day: string; after: string; limit: number }, SeenDomain>(
  `SELECT domain, record FROM dmarc_policy p WHERE day = $day AND domain > $after
  AND NOT EXISTS (SELECT 1 FROM report_sent s WHERE s.kind = 'dmarc' AND s.day = p.day AND s.domain = p.domain) ORDER BY domain LIMIT $limit`,
)

const ROWS = statement<{ day: string; domain: string; limit: number }, { source: string; facts: string; messages: number }>(
  `SELECT source, facts, messages FROM dmarc_seen WHERE day = $day AND domain = $domain ORDER BY messages DESC, source, key LIMIT $limit`,
)

const FORGET = statement<{ before: string }>('DELETE FROM dmarc_seen WHERE day < $before')
const FORGET_POLICIES = statement<{ before: string }>('DELETE FROM dmarc_policy WHERE day < $before')

/** A domain that a report is to be made about. */
export interface SeenDomain {
  readonly domain: string
  /** Its record, as it was last seen that day. */
  readonly record: string
}

/** Messages of one row. */
export interface SeenRow {
  readonly source: string
  readonly facts: SeenFacts
  readonly messages: number
}

/** Adds to the counts of days. */
export const countSeen = write('report.dmarc', function* (tx, { counted }: { readonly counted: readonly CountedSeen[] }): Work<void> {
  const rows = counted.map(({ day, seen: { policyDomain, source, facts, record }, messages }) => {
    const text = JSON.stringify(facts)
    return { day, domain: policyDomain, source, key: hash('sha256', text, 'base64url').slice(0, 22), facts: text, messages, record }
  })
  // Two threads that count the same must lock rows in one order.
  for (const { record, ...row } of rows.toSorted((a, b) => compare(orderOf(a), orderOf(b)))) {
    yield* tx.run(POLICY, { day: row.day, domain: row.domain, record })
    yield* tx.run(COUNT, row)
  }
})

function orderOf({ day, domain, source, key }: { readonly day: string; readonly domain: string; readonly source: string; readonly key: string }): string {
  return [day, domain, source, key].join('\0')
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Forgets days before this one. */
export const purgeSeen = write('report.purge-dmarc', function* (tx, args: { readonly before: string }): Work<number> {
  yield* tx.run(FORGET_POLICIES, args)
  return yield* tx.run(FORGET, args)
})

/** The next domains after `after` about which no report of that day has been made, in their order. */
export async function unsentDomains(db: Database, args: { readonly day: string; readonly after: string; readonly limit: number }): Promise<readonly SeenDomain[]> {
  return await db.all(UNSENT, args)
}

/** What was seen of a domain on a day, most messages first. */
export async function seenRows(db: Database, args: { readonly day: string; readonly domain: string; readonly limit: number }): Promise<readonly SeenRow[]> {
  const rows = await db.all(ROWS, args)
  return rows.map(({ source, facts, messages }) => ({ source, facts: JSON.parse(facts) as SeenFacts, messages }))
}

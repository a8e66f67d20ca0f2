import type { Domain, OrganizationId } from '../../../base/brand.ts'
import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Work, write } from '../../../infra/db/transaction.ts'
import { appendEvent } from '../../event/sql.ts'
import type { HostedDomain } from '../domain.ts'
import { domainNamed } from '../sql.ts'
import { FIRST_LOOK_MS, LOOK_EVERY_MS, LOOKS_PER_RUN } from './limits.ts'

const DUE = statement<{ nowMs: number; bornMs: number }, { name: Domain }>(
  `SELECT d.name FROM domain d LEFT JOIN domain_look l ON l.name = d.name
  WHERE d.state = 'active' AND (l.due_ms <= $nowMs OR (l.name IS NULL AND d.created_ms <= $bornMs)) ORDER BY l.due_ms, d.name LIMIT ${LOOKS_PER_RUN}`,
)
const KNOWN = statement<{ name: string; organization: string }, { failing: string; seen: string }>('SELECT failing, seen FROM domain_look WHERE name = $name AND organization = $organization')
const KEEP = statement<{ name: string; organization: string; failing: string; seen: string; dueMs: number }>(
  `INSERT INTO domain_look (name, organization, failing, seen, due_ms) VALUES ($name, $organization, $failing, $seen, $dueMs)
  ON CONFLICT (name) DO UPDATE SET organization = excluded.organization, failing = excluded.failing, seen = excluded.seen, due_ms = excluded.due_ms`,
)
const FORGET = statement<Record<never, never>>('DELETE FROM domain_look WHERE NOT EXISTS (SELECT 1 FROM domain WHERE domain.name = domain_look.name)')

/** What the checks of a hosted domain found. */
export interface LookArgs {
  readonly name: Domain
  readonly organization: OrganizationId
  /** Checks that failed. */
  readonly failed: readonly string[]
  /** Checks that could not be made: what was known of them stays. */
  readonly unknown: readonly string[]
  readonly nowMs: number
}

/**
 * Writes down what was found, and tells of what fails now and did not before: when it has failed twice in a row, six hours apart. One bad answer of a DNS server
 * is no news. Returns what was told.
 */
export const noteLook = write('domain.look', function* (tx, { name, organization, failed, unknown, nowMs }: LookArgs): Work<readonly string[]> {
  const known = yield* tx.one(KNOWN, { name, organization })
  const [told, before] = [listOf(known?.failing), listOf(known?.seen)]
  const seen = [...failed, ...before.filter((id) => unknown.includes(id))]
  const failing = [...failed.filter((id) => before.includes(id)), ...told.filter((id) => unknown.includes(id))]
  const news = failing.filter((id) => !told.includes(id))
  yield* tx.run(KEEP, { name, organization, failing: JSON.stringify(failing), seen: JSON.stringify(seen), dueMs: nowMs + LOOK_EVERY_MS })
  if (news.length > 0) yield* appendEvent(tx, { atMs: nowMs, organization, account: null, message: null, delivery: null, type: 'domain.dns_error', version: 1, data: { domain: name, failing: news } })
  return news
})

/** Forgets domains that are not hosted any more. */
export const forgetLooks = write('domain.forget_looks', function* (tx): Work<number> {
  return yield* tx.run(FORGET, {})
})

/** Hosted domains whose time has come, new ones when they are an hour old. */
export async function dueDomains(db: Database, nowMs: number): Promise<readonly HostedDomain[]> {
  const rows = await db.all(DUE, { nowMs, bornMs: nowMs - FIRST_LOOK_MS })
  const found = await Promise.all(rows.map(({ name }) => domainNamed(db, name)))
  return found.filter((domain) => domain !== null)
}

function listOf(text: string | undefined): readonly string[] {
  return text === undefined ? [] : (JSON.parse(text) as readonly string[])
}

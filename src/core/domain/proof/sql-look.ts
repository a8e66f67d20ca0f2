import type { Domain, OrganizationId } from '../../../base/brand.ts'
import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Work, write } from '../../../infra/db/transaction.ts'
import { appendEvent } from '../../event/sql.ts'
import type { HostedDomain } from '../domain.ts'
import { domainNamed } from '../sql.ts'
import { AGAIN_AFTER_MS, FIRST_LOOK_MS, LOOK_EVERY_MS, LOOKS_PER_RUN } from './limits.ts'

const DUE = statement<{ nowMs: number; bornMs: number }, { name: Domain }>(
  `SELECT d.name FROM domain d LEFT JOIN domain_look l ON l.name = d.name
  WHERE d.state IN ('active', 'parked') AND (l.due_ms <= $nowMs OR (l.name IS NULL AND d.created_ms <= $bornMs)) ORDER BY l.due_ms, d.name LIMIT ${LOOKS_PER_RUN}`,
)
const KNOWN = statement<{ name: string; organization: string }, { failing: string; seen: string; own_returns: number }>('SELECT failing, seen, own_returns FROM domain_look WHERE name = $name AND organization = $organization')
const KEEP = statement<{ name: string; organization: string; failing: string; seen: string; dueMs: number; ownReturns: number }>(
  `INSERT INTO domain_look (name, organization, failing, seen, due_ms, own_returns) VALUES ($name, $organization, $failing, $seen, $dueMs, $ownReturns)
  ON CONFLICT (name) DO UPDATE SET organization = excluded.organization, failing = excluded.failing, seen = excluded.seen, due_ms = excluded.due_ms, own_returns = excluded.own_returns`,
)
const MEND = statement<{ name: string; failing: string }>('UPDATE domain_look SET failing = $failing WHERE name = $name')
// When it was looked at last follows from when it is due.
const SOON = statement<{ organization: string; nowMs: number; beforeMs: number }>('UPDATE domain_look SET due_ms = $nowMs WHERE organization = $organization AND due_ms > $nowMs AND due_ms <= $beforeMs')
const FORGET = statement<Record<never, never>>('DELETE FROM domain_look WHERE NOT EXISTS (SELECT 1 FROM domain WHERE domain.name = domain_look.name)')

/** What the checks of a hosted domain found. */
export interface LookArgs {
  readonly name: Domain
  readonly organization: OrganizationId
  /** Checks that failed. */
  readonly failed: readonly string[]
  /** Checks that could not be made: what was known of them stays. */
  readonly unknown: readonly string[]
  /** Whether mail of its programs may have a return path in the domain itself; missing where that is not known: then it stays as it was. */
  readonly ownReturns?: boolean
  readonly nowMs: number
}

/**
 * Writes down what was found, and tells of what fails now and did not before: when it has failed twice in a row, six hours apart. One bad answer of a DNS server
 * is no news of a domain that was in order; one that never was fails at its first look, so that nothing goes to many from what was not set up (deliverability §8.1).
 * Returns what was told.
 */
export const noteLook = write('domain.look', function* (tx, { name, organization, failed, unknown, ownReturns, nowMs }: LookArgs): Work<readonly string[]> {
  const known = yield* tx.one(KNOWN, { name, organization })
  const [told, before] = [listOf(known?.failing), listOf(known?.seen)]
  const seen = [...failed, ...before.filter((id) => unknown.includes(id))]
  const failing = known === null ? failed : [...failed.filter((id) => before.includes(id)), ...told.filter((id) => unknown.includes(id))]
  const news = failing.filter((id) => !told.includes(id))
  yield* tx.run(KEEP, { name, organization, failing: JSON.stringify(failing), seen: JSON.stringify(seen), dueMs: nowMs + LOOK_EVERY_MS, ownReturns: Number(ownReturns ?? known?.own_returns ?? 0) })
  if (news.length > 0) yield* appendEvent(tx, { atMs: nowMs, organization, account: null, message: null, delivery: null, type: 'domain.dns_error', version: 1, data: { domain: name, failing: news } })
  return news
})

/** What a person's check found. */
export type MendedArgs = Pick<LookArgs, 'name' | 'organization' | 'failed' | 'unknown'>

/** Writes down what is in order again when somebody asks: he has mended it, and need not wait for the next look. What he finds broken is left to that. Returns what it was. */
export const noteMended = write('domain.mended', function* (tx, { name, organization, failed, unknown }: MendedArgs): Work<readonly string[]> {
  const told = listOf((yield* tx.one(KNOWN, { name, organization }))?.failing)
  const failing = told.filter((id) => failed.includes(id) || unknown.includes(id))
  if (failing.length < told.length) yield* tx.run(MEND, { name, failing: JSON.stringify(failing) })
  return told.filter((id) => !failing.includes(id))
})

/** The checks of a hosted domain that fail, as `noteLook` has confirmed. */
export async function failingChecks(db: Database, { organization, name }: Pick<LookArgs, 'organization' | 'name'>): Promise<readonly string[]> {
  return listOf((await db.one(KNOWN, { name, organization }))?.failing)
}

/** Has the domains of an organization looked at soon, those that were not within the hour: somebody elsewhere could not tell that its mail is its own. deliverability §6.4. */
export const lookSoon = write('domain.look_soon', function* (tx, { organization, nowMs }: { readonly organization: OrganizationId; readonly nowMs: number }): Work<number> {
  return yield* tx.run(SOON, { organization, nowMs, beforeMs: nowMs + LOOK_EVERY_MS - AGAIN_AFTER_MS })
})

/** Forgets domains that are not hosted any more. */
export const forgetLooks = write('domain.forget_looks', function* (tx): Work<number> {
  return yield* tx.run(FORGET, {})
})

/** Hosted domains whose time has come, new ones when they are some minutes old. */
export async function dueDomains(db: Database, nowMs: number): Promise<readonly HostedDomain[]> {
  const rows = await db.all(DUE, { nowMs, bornMs: nowMs - FIRST_LOOK_MS })
  const found = await Promise.all(rows.map(({ name }) => domainNamed(db, name)))
  return found.filter((domain) => domain !== null)
}

function listOf(text: string | undefined): readonly string[] {
  return text === undefined ? [] : (JSON.parse(text) as readonly string[])
}

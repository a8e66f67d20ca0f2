import type { Domain, OrganizationId } from '../../../base/brand.ts'
import { fail, ok } from '../../../base/result.ts'
import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../../infra/db/transaction.ts'
import { appendEvent } from '../../event/sql.ts'
import { leaveSandbox } from '../../organization/sql-plan.ts'
import { createDomain } from '../sql.ts'
import { forgetKeys } from '../sql-dkim.ts'
import { LOOKS_PER_RUN, MAX_CLAIMS } from './limits.ts'
import { nextLookMs, type PendingDomain, type ProofFound } from './pending.ts'

const COLUMNS = 'id, name, organization, state, subaddress, alias_of, why, created_ms, checked_ms'

interface Row {
  readonly id: string
  readonly name: Domain
  readonly organization: OrganizationId
  readonly state: PendingDomain['state']
  readonly subaddress: string
  readonly alias_of: Domain | null
  readonly why: string | null
  readonly created_ms: number
  readonly checked_ms: number | null
}

type Named = { organization: string; name: string }

const HOSTED = statement<{ name: string }, { organization: OrganizationId }>(
  'SELECT organization FROM domain WHERE name = $name UNION ALL SELECT organization FROM relay_domain WHERE name = $name LIMIT 1',
)
const COUNT = statement<{ organization: string }, { count: number }>('SELECT COUNT(*) AS count FROM domain_claim WHERE organization = $organization')
const CLAIM = statement<Named & { id: string; subaddress: string; aliasOf: string | null; nowMs: number }>(
  `INSERT INTO domain_claim (organization, name, id, state, subaddress, alias_of, why, created_ms, checked_ms, due_ms)
  VALUES ($organization, $name, $id, 'pending', $subaddress, $aliasOf, NULL, $nowMs, NULL, $nowMs)
  ON CONFLICT (organization, name) DO UPDATE SET state = 'pending', subaddress = excluded.subaddress, alias_of = excluded.alias_of, created_ms = excluded.created_ms, due_ms = excluded.due_ms`,
)
const LOOKED = statement<Named & { state: string; why: string; nowMs: number; dueMs: number }>(
  'UPDATE domain_claim SET state = $state, why = $why, checked_ms = $nowMs, due_ms = $dueMs WHERE organization = $organization AND name = $name',
)
const DELETE = statement<Named>('DELETE FROM domain_claim WHERE organization = $organization AND name = $name')
const BY_NAME = statement<Named, Row>(`SELECT ${COLUMNS} FROM domain_claim WHERE organization = $organization AND name = $name`)
const BY_ID = statement<{ organization: string; id: string }, Row>(`SELECT ${COLUMNS} FROM domain_claim WHERE organization = $organization AND id = $id`)
const LIST = statement<{ organization: string; after: string; limit: number }, Row>(
  `SELECT ${COLUMNS} FROM domain_claim WHERE organization = $organization AND name > $after ORDER BY name LIMIT $limit`,
)
const DUE = statement<{ nowMs: number }, Row>(`SELECT ${COLUMNS} FROM domain_claim WHERE state = 'pending' AND due_ms <= $nowMs ORDER BY due_ms, organization, name LIMIT ${LOOKS_PER_RUN}`)

/** What is claimed, and for whom. */
export interface ClaimArgs {
  readonly id: string
  readonly name: Domain
  readonly organization: OrganizationId
  readonly subaddress: string
  readonly aliasOf: Domain | null
  readonly nowMs: number
}

/**
 * Begins to look whether a name is an organization's; begins anew when it was claimed before. `taken`: it is received for already, and nobody takes it over.
 * `too-many`: the organization has as many claims as it may have.
 */
export const claimDomain = write('domain.claim', function* (tx, args: ClaimArgs) {
  if ((yield* tx.one(HOSTED, { name: args.name })) !== null) return fail('taken' as const)
  const known = yield* tx.one(BY_NAME, args)
  if (known === null && Number((yield* tx.one(COUNT, args))?.count ?? 0) >= MAX_CLAIMS) return fail('too-many' as const)
  yield* tx.run(CLAIM, args)
  return ok(args.name)
})

/** What a look at a claim found. */
export interface SettleClaimArgs {
  readonly organization: OrganizationId
  readonly name: Domain
  readonly found: ProofFound
  readonly nowMs: number
}

/**
 * Writes down what was found. A claim that is proven becomes a domain, with the id it has had, unless somebody else has proven the name before: the first one
 * keeps it, and every other claim on it has failed.
 */
export const settleClaim = write('domain.settle_claim', function* (tx, { organization, name, found, nowMs }: SettleClaimArgs): Work<'gone' | 'verified' | 'pending' | 'failed'> {
  const row = yield* tx.one(BY_NAME, { organization, name })
  if (row === null) return 'gone'
  if (found.kind === 'proven') return yield* becomeDomain(tx, toPending(row), found.by, nowMs)
  if (row.state === 'failed') return 'failed'
  const dueMs = nextLookMs(row.created_ms, nowMs)
  const state = dueMs === null ? 'failed' : 'pending'
  yield* tx.run(LOOKED, { organization, name, state, why: found.why, nowMs, dueMs: dueMs ?? nowMs })
  return state
})

const REFUSED = {
  taken: 'another organization on this system has proven that it is its own',
  'over-plan': 'the organization has as many domains as its plan allows',
} as const

function* becomeDomain(tx: Tx, { id, name, organization, subaddress, aliasOf }: PendingDomain, by: string, nowMs: number): Work<'verified' | 'failed'> {
  const made = yield* createDomain.run(tx, { id, name, organization, subaddress, aliasOf, nowMs })
  if (!made.ok) {
    yield* tx.run(LOOKED, { organization, name, state: 'failed', why: REFUSED[made.error], nowMs, dueMs: nowMs })
    return 'failed'
  }
  yield* leaveSandbox.run(tx, { organization })
  yield* appendEvent(tx, { atMs: nowMs, organization, account: null, message: null, delivery: null, type: 'domain.verified', version: 1, data: { domain: name, by } })
  return 'verified'
}

/** Takes a claim back, with its keys. False when there is none. */
export const removeClaim = write('domain.remove_claim', function* (tx, { organization, name }: { readonly organization: OrganizationId; readonly name: Domain }) {
  if ((yield* tx.run(DELETE, { organization, name })) === 0) return false
  yield* forgetKeys(tx, organization, name)
  return true
})

/** The claim of an organization on a name; null when there is none. */
export async function claimNamed(db: Database, organization: OrganizationId, name: Domain): Promise<PendingDomain | null> {
  const row = await db.one(BY_NAME, { organization, name })
  return row === null ? null : toPending(row)
}

/** The same by its id. */
export async function claimById(db: Database, organization: OrganizationId, id: string): Promise<PendingDomain | null> {
  const row = await db.one(BY_ID, { organization, id })
  return row === null ? null : toPending(row)
}

/** At most `limit` claims of an organization after a name, in name order; '' begins. */
export async function claimsAfter(db: Database, organization: OrganizationId, after: string, limit = 500): Promise<readonly PendingDomain[]> {
  return (await db.all(LIST, { organization, after, limit })).map(toPending)
}

/** Claims whose time has come, those that have waited longest first. */
export async function dueClaims(db: Database, nowMs: number): Promise<readonly PendingDomain[]> {
  return (await db.all(DUE, { nowMs })).map(toPending)
}

function toPending({ id, name, organization, state, subaddress, alias_of: aliasOf, why, created_ms: createdMs, checked_ms: checkedMs }: Row): PendingDomain {
  return { id, name, organization, state, subaddress, aliasOf, why, createdMs, checkedMs }
}

import type { Domain, OrganizationId } from '../../base/brand.ts'
import { fail, ok } from '../../base/result.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { parentOf, parseDomain } from '../../proto/mail/domain.ts'
import { appendEvent } from '../event/sql.ts'
import { hasRoomFor } from '../organization/sql-plan.ts'
import type { HostedDomain } from './domain.ts'
import { forgetKeys } from './sql-dkim.ts'

const COLUMNS = 'id, name, organization, state, subaddress, alias_of, mta_sts, created_ms'

interface Row {
  readonly id: string
  readonly name: Domain
  readonly organization: OrganizationId
  readonly state: HostedDomain['state']
  readonly subaddress: string
  readonly alias_of: Domain | null
  readonly mta_sts: HostedDomain['mtaSts']
  readonly created_ms: number
}

const INSERT = statement<{ id: string; name: string; organization: string; subaddress: string; aliasOf: string | null; nowMs: number; warming: 'new' | null }>(
  `INSERT INTO domain (id, name, organization, state, subaddress, locale, alias_of, created_ms, warming)
  VALUES ($id, $name, $organization, 'active', $subaddress, NULL, $aliasOf, $nowMs, $warming) ON CONFLICT DO NOTHING`,
)
// Who has it does not claim it any more, and whoever else did waits in vain.
const CLAIMED = statement<{ name: string; organization: string }>('DELETE FROM domain_claim WHERE name = $name AND organization = $organization')
const LOST = statement<{ name: string }>("UPDATE domain_claim SET state = 'failed', why = 'it is received for already' WHERE name = $name")
const DELETE = statement<{ name: string }>('DELETE FROM domain WHERE name = $name')
const CHANGE = statement<{ name: string; subaddress: string | null; mtaSts: string | null }>(
  'UPDATE domain SET subaddress = COALESCE($subaddress, subaddress), mta_sts = COALESCE($mtaSts, mta_sts) WHERE name = $name',
)
const SET_STATE = statement<{ name: string; state: string }>('UPDATE domain SET state = $state WHERE name = $name')
const IN_USE = statement<{ name: string }, { local: string }>('SELECT local FROM address WHERE domain = $name UNION ALL SELECT pattern AS local FROM inbound_route WHERE domain = $name LIMIT 1')
const BY_ID = statement<{ id: string; organization: string }, Row>(`SELECT ${COLUMNS} FROM domain WHERE id = $id AND organization = $organization`)
const BY_NAME = statement<{ name: string }, Row>(`SELECT ${COLUMNS} FROM domain WHERE name = $name`)
const BELOW = statement<{ pattern: string }, { name: string }>('SELECT name FROM domain WHERE name LIKE $pattern LIMIT 1')
const LIST = statement<{ organization: string; after: string; limit: number }, Row>(
  `SELECT ${COLUMNS} FROM domain WHERE organization = $organization AND name > $after ORDER BY name LIMIT $limit`,
)
const FIRST = statement<Record<never, never>, Row>(`SELECT ${COLUMNS} FROM domain ORDER BY created_ms, name LIMIT 1`)

/** Names read at once, and in all: those who want to look like one of so many look like one of the first. */
const NAME_CHUNK = 500
/** Names of domains that `hostedNames` gives. */
export const MAX_NAMES = 5_000

const NAMES = statement<{ after: string }, { name: Domain }>(`SELECT name FROM domain WHERE name > $after ORDER BY name LIMIT ${NAME_CHUNK}`)

/** Begins to receive for a domain. A name belongs to one organization on this system. `over-plan`: its organization has as many as it may have. */
export const createDomain = write('domain.create', function* (
  tx,
  args: {
    readonly id: string
    readonly name: Domain
    readonly organization: OrganizationId
    readonly subaddress: string
    readonly aliasOf: Domain | null
    readonly nowMs: number
    /** `elsewhere`: receivers know it already. Else it warms up, unless one above or below it is here already. */
    readonly history?: 'elsewhere'
  },
) {
  if (!(yield* hasRoomFor(tx, args.organization, 'domains'))) return fail('over-plan' as const)
  const isKnown = args.history === 'elsewhere' || (yield* isAkin(tx, args.name))
  if ((yield* tx.run(INSERT, { ...args, warming: isKnown ? null : 'new' })) === 0) return fail('taken' as const)
  yield* tx.run(CLAIMED, args)
  yield* tx.run(LOST, args)
  yield* appendEvent(tx, { ...nobody(args), type: 'domain.created', data: { domain: args.name } })
  return ok(args.name)
})

/** Is a domain above or below this one here? Receivers know them by what they have in common. */
function* isAkin(tx: Tx, name: Domain): Work<boolean> {
  if ((yield* tx.one(BELOW, { pattern: `%.${name}` })) !== null) return true
  for (let above = parentOf(name); above !== null; above = parentOf(above)) if ((yield* tx.one(BY_NAME, { name: above })) !== null) return true
  return false
}

/** What may be changed of a domain; null leaves it as it is. */
export interface ChangeDomainArgs {
  readonly name: Domain
  readonly subaddress: string | null
  readonly mtaSts: HostedDomain['mtaSts'] | null
}

/** Changes what begins the detail of an address of a domain, or what its MTA-STS policy asks. False when we do not receive for it. */
export const changeDomain = write('domain.change', function* (tx, args: ChangeDomainArgs) {
  return (yield* tx.run(CHANGE, args)) === 1
})

/** Suspends a domain, or lets its mail in again. False when we do not receive for it. */
export const setDomainState = write('domain.state', function* (tx, args: { readonly name: Domain; readonly state: HostedDomain['state'] }) {
  return (yield* tx.run(SET_STATE, args)) === 1
})

/** Stops receiving for a domain. Refused while an address or a route of it leads somewhere. */
export const removeDomain = write('domain.remove', function* (
  tx,
  args: { readonly name: Domain; readonly organization: OrganizationId; readonly nowMs: number },
) {
  if ((yield* tx.one(IN_USE, { name: args.name })) !== null) return fail('in-use' as const)
  if ((yield* tx.run(DELETE, { name: args.name })) === 0) return fail('none' as const)
  yield* forgetKeys(tx, args.organization, args.name)
  yield* appendEvent(tx, { ...nobody(args), type: 'domain.removed', data: { domain: args.name } })
  return ok(args.name)
})

/** The domain of ours that a name is, or is below; the nearest one. Null when there is none. */
export async function domainAbove(db: Database, text: string): Promise<HostedDomain | null> {
  for (let name = parseDomain(text); name !== null; name = parentOf(name)) {
    const hosted = await domainNamed(db, name)
    if (hosted !== null) return hosted
  }
  return null
}

/** The domain of that name, or null when we do not receive for it. */
export async function domainNamed(db: Database, name: Domain): Promise<HostedDomain | null> {
  const row = await db.one(BY_NAME, { name })
  return row === null ? null : toDomain(row)
}

/** The domain of that id, or null when the organization has none. */
export async function domainById(db: Database, organization: OrganizationId, id: string): Promise<HostedDomain | null> {
  const row = await db.one(BY_ID, { id, organization })
  return row === null ? null : toDomain(row)
}

/** The domain that was made first: where `<postmaster>` without a domain leads. Null on an empty system. */
export async function firstDomain(db: Database): Promise<HostedDomain | null> {
  const row = await db.one(FIRST, {})
  return row === null ? null : toDomain(row)
}

/** The names of all domains that are served here, of all organizations, in order, at most `MAX_NAMES`. */
export async function hostedNames(db: Database): Promise<readonly Domain[]> {
  const names: Domain[] = []
  for (let chunk = await db.all(NAMES, { after: '' }); ; chunk = await db.all(NAMES, { after: names.at(-1) ?? '' })) {
    names.push(...chunk.map(({ name }) => name))
    if (chunk.length < NAME_CHUNK || names.length >= MAX_NAMES) return names
  }
}

/** At most `limit` domains of an organization after a name, in name order; '' begins. */
export async function domainsAfter(db: Database, organization: OrganizationId, after: string, limit = 500): Promise<readonly HostedDomain[]> {
  return (await db.all(LIST, { organization, after, limit })).map(toDomain)
}

function nobody(args: { readonly organization: OrganizationId; readonly nowMs: number }) {
  return { atMs: args.nowMs, organization: args.organization, account: null, message: null, delivery: null, version: 1 }
}

function toDomain(row: Row): HostedDomain {
  return {
    id: row.id,
    name: row.name,
    organization: row.organization,
    state: row.state,
    subaddress: row.subaddress,
    aliasOf: row.alias_of,
    mtaSts: row.mta_sts,
    createdMs: row.created_ms,
  }
}

import type { AccountId, Domain, MailboxId, OrganizationId } from '../../base/brand.ts'
import { fail, ok } from '../../base/result.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { streamNamed } from '../organization/stream/sql.ts'
import { routesOfDomain } from './sql-pattern.ts'
import { claimNamed } from '../domain/proof/sql-pending.ts'
import { isRelayRecipient, relayDomainNamed } from './sql-relay.ts'
import type { AddressEntry, DomainRules, Receiver, RouteStore } from './route.ts'

interface ReceiverRow {
  readonly id: AccountId
  readonly owner: OrganizationId
  readonly login: string
  readonly inbox: MailboxId
  readonly state: 'active' | 'suspended'
  readonly quota_bytes: number | null
  readonly used_bytes: number
}

interface EntryRow extends Partial<ReceiverRow> {
  readonly organization: OrganizationId
  readonly kind: AddressEntry['kind']
  readonly targets: string
}

const RECEIVER = 'a.id, a.organization AS owner, a.login, a.inbox, a.state, a.quota_bytes, a.used_bytes'

const ENTRY = statement<{ domain: string; local: string }, EntryRow>(
  `SELECT r.organization, r.kind, r.targets, ${RECEIVER}
  FROM address r LEFT JOIN account a ON a.id = r.account WHERE r.domain = $domain AND r.local = $local`,
)
const RULES = statement<{ name: string }, { name: Domain; organization: OrganizationId; state: DomainRules['state']; subaddress: string; alias_of: Domain | null; own_returns: number | null }>(
  `SELECT d.name, d.organization, d.state, d.subaddress, d.alias_of, l.own_returns FROM domain d
  LEFT JOIN domain_look l ON l.name = d.name AND l.organization = d.organization WHERE d.name = $name`,
)
const RESPONSIBLE = statement<{ organization: string }, ReceiverRow>(
  `SELECT ${RECEIVER} FROM account a WHERE a.organization = $organization AND a.state = 'active'
  ORDER BY CASE a.role WHEN 'admin' THEN 0 WHEN 'owner' THEN 1 ELSE 2 END, a.id LIMIT 1`,
)
const INSERT = statement<{ domain: string; local: string; organization: string; kind: string; account: string | null; targets: string; nowMs: number }>(
  `INSERT INTO address (domain, local, organization, kind, account, targets, created_ms)
  VALUES ($domain, $local, $organization, $kind, $account, $targets, $nowMs) ON CONFLICT DO NOTHING`,
)
const DELETE = statement<{ domain: string; local: string; kind: string }>('DELETE FROM address WHERE domain = $domain AND local = $local AND kind = $kind')
const CHANGE = statement<{ domain: string; local: string; targets: string }>(
  "UPDATE address SET targets = $targets WHERE domain = $domain AND local = $local AND kind = 'alias'",
)
const LIST = statement<{ organization: string; domain: string; local: string }, { domain: Domain; local: string; kind: AddressEntry['kind']; account: AccountId | null; targets: string }>(
  `SELECT domain, local, kind, account, targets FROM address
  WHERE organization = $organization AND (domain, local) > ($domain, $local) ORDER BY domain, local LIMIT 500`,
)

const ALIASES = statement<{ organization: string; domain: string; local: string; limit: number }, { domain: Domain; local: string; kind: AddressEntry['kind']; account: AccountId | null; targets: string }>(
  `SELECT domain, local, kind, account, targets FROM address
  WHERE organization = $organization AND kind = 'alias' AND (domain, local) > ($domain, $local) ORDER BY domain, local LIMIT $limit`,
)

/** An address to add. `local` is folded; '' is the catch-all of the domain. */
export interface NewAddress {
  readonly domain: Domain
  readonly local: string
  readonly organization: OrganizationId
  /** The account it leads to, or null for an alias. */
  readonly account: AccountId | null
  /** Where an alias leads: canonical addresses. */
  readonly targets: readonly string[]
  readonly nowMs: number
}

/** An address as it is listed. */
export interface ListedAddress {
  readonly domain: Domain
  readonly local: string
  readonly kind: AddressEntry['kind']
  readonly account: AccountId | null
  readonly targets: readonly string[]
}

/** Adds an address inside a write. False when it is taken. */
export function* insertAddress(tx: Tx, address: NewAddress): Work<boolean> {
  const kind = address.account === null ? 'alias' : 'account'
  return (yield* tx.run(INSERT, { ...address, kind, targets: JSON.stringify(address.targets) })) === 1
}

/** Adds an address of a hosted domain. */
export const addAddress = write('route.add', function* (tx, address: NewAddress) {
  if ((yield* tx.one(RULES, { name: address.domain })) === null) return fail('no-domain' as const)
  return (yield* insertAddress(tx, address)) ? ok(true) : fail('taken' as const)
})

/** Lets an alias lead elsewhere. False when there is none of that address. */
export const changeAlias = write('route.change', function* (
  tx,
  args: { readonly domain: Domain; readonly local: string; readonly targets: readonly string[] },
) {
  return (yield* tx.run(CHANGE, { ...args, targets: JSON.stringify(args.targets) })) === 1
})

/** Removes an alias (`kind: 'alias'`) or another address of an account. False when there is none. */
export const removeAddress = write('route.remove', function* (
  tx,
  args: { readonly domain: Domain; readonly local: string; readonly kind: AddressEntry['kind'] },
) {
  return (yield* tx.run(DELETE, args)) === 1
})

/** At most 500 addresses of an organization after one, in order of domain and local part; '' and '' begin. */
export async function addressesAfter(db: Database, organization: OrganizationId, after: { readonly domain: string; readonly local: string }): Promise<readonly ListedAddress[]> {
  const rows = await db.all(LIST, { organization, domain: after.domain, local: after.local })
  return rows.map((row) => ({ ...row, targets: JSON.parse(row.targets) as string[] }))
}

/** At most `limit` aliases of an organization after one, in the same order. */
export async function aliasesAfter(db: Database, organization: OrganizationId, after: { readonly domain: string; readonly local: string }, limit: number): Promise<readonly ListedAddress[]> {
  const rows = await db.all(ALIASES, { organization, ...after, limit })
  return rows.map((row) => ({ ...row, targets: JSON.parse(row.targets) as string[] }))
}

/** Routes as the database holds them. */
export function sqlRoutes(db: Database): RouteStore {
  return {
    async entry(domain, local) {
      const row = await db.one(ENTRY, { domain, local })
      if (row === null) return null
      const account = row.id === undefined || row.id === null ? null : toReceiver(row as ReceiverRow)
      return { organization: row.organization, kind: row.kind, account, targets: account === null ? (JSON.parse(row.targets) as string[]) : [] }
    },
    async rules(domain) {
      const row = await db.one(RULES, { name: domain })
      return row === null ? null : { name: row.name, organization: row.organization, state: row.state, subaddress: row.subaddress, aliasOf: row.alias_of, ownReturns: row.own_returns === 1 }
    },
    patterns: (domain) => routesOfDomain(db, domain),
    hasStream: async (organization, stream) => (await streamNamed(db, organization, stream)) !== null,
    claims: async (organization, domain) => (await claimNamed(db, organization, domain)) !== null,
    relay: (domain) => relayDomainNamed(db, domain),
    isRelayed: (domain, local) => isRelayRecipient(db, domain, local),
    async responsible(organization) {
      const row = await db.one(RESPONSIBLE, { organization })
      return row === null ? null : toReceiver(row)
    },
  }
}

function toReceiver(row: ReceiverRow): Receiver {
  return {
    account: row.id,
    organization: row.owner,
    login: row.login,
    inbox: row.inbox,
    state: row.state,
    roomBytes: row.quota_bytes === null ? null : row.quota_bytes - row.used_bytes,
  }
}

import type { OrganizationId } from '../../base/brand.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { write } from '../../infra/db/transaction.ts'
import { appendEvent } from '../event/sql.ts'
import type { Organization } from './organization.ts'

interface Row {
  readonly id: OrganizationId
  readonly name: string
  readonly state: Organization['state']
  readonly locale: string
  readonly created_ms: number
}

const INSERT = statement<{ id: string; name: string; locale: string; nowMs: number }>(
  "INSERT INTO organization (id, name, state, locale, created_ms) VALUES ($id, $name, 'active', $locale, $nowMs) ON CONFLICT DO NOTHING",
)
const CHANGE = statement<{ id: string; name: string; locale: string }>('UPDATE organization SET name = $name, locale = $locale WHERE id = $id')
const SET_STATE = statement<{ id: string; state: Organization['state'] }>('UPDATE organization SET state = $state WHERE id = $id AND state <> $state')
const OWNS = statement<{ id: string }, { what: string }>(
  `SELECT 'domains' AS what FROM domain WHERE organization = $id
  UNION SELECT 'accounts' AS what FROM account WHERE organization = $id LIMIT 1`,
)
const REVOKE_KEYS = statement<{ id: string }>('DELETE FROM api_key WHERE organization = $id')
const REMOVE_WEBHOOKS = statement<{ id: string }>('DELETE FROM webhook WHERE organization = $id')
const FORGET_PLAN = ['plan', 'usage_count', 'sandbox_recipient', 'retention', 'placement'].map((table) => statement<{ id: string }>(`DELETE FROM ${table} WHERE organization = $id`))
const REMOVE_STANDINGS = ['stream_standing', 'stream', 'alert', 'domain_claim'].map((table) => statement<{ id: string }>(`DELETE FROM ${table} WHERE organization = $id`))
const DELETE = statement<{ id: string }>('DELETE FROM organization WHERE id = $id')
const BY_NAME = statement<{ name: string }, Row>('SELECT id, name, state, locale, created_ms FROM organization WHERE name = $name')
const BY_ID = statement<{ id: string }, Row>('SELECT id, name, state, locale, created_ms FROM organization WHERE id = $id')
const LIST = statement<{ after: string }, Row>(
  'SELECT id, name, state, locale, created_ms FROM organization WHERE id > $after ORDER BY id LIMIT 500',
)

/** Makes an organization. Its name is unique on this system. */
export const createOrganization = write('organization.create', function* (
  tx,
  args: { readonly id: OrganizationId; readonly name: string; readonly locale: string; readonly nowMs: number },
) {
  if ((yield* tx.run(INSERT, args)) === 0) return fail('taken' as const) satisfies Result<never, 'taken'>
  yield* appendEvent(tx, {
    atMs: args.nowMs,
    organization: args.id,
    account: null,
    message: null,
    delivery: null,
    type: 'organization.created',
    version: 1,
    data: { name: args.name },
  })
  return ok(args.id)
})

/** Gives an organization another name or language. `taken` when another has that name. */
export const changeOrganization = write('organization.change', function* (
  tx,
  args: { readonly id: OrganizationId; readonly name: string; readonly locale: string },
) {
  const other = yield* tx.one(BY_NAME, { name: args.name })
  if (other !== null && other.id !== args.id) return 'taken' as const
  return (yield* tx.run(CHANGE, args)) === 1 ? ('changed' as const) : ('none' as const)
})

/** Lets an organization send, or no more. False when that was so already, or there is none. */
export const setOrganizationState = write('organization.state', function* (tx, args: { readonly id: OrganizationId; readonly state: Organization['state'] }) {
  return (yield* tx.run(SET_STATE, args)) === 1
})

/** Removes an organization, its keys, its webhooks and its plan. Refused while it owns domains or accounts. */
export const removeOrganization = write('organization.remove', function* (tx, args: { readonly id: OrganizationId; readonly nowMs: number }) {
  if ((yield* tx.one(OWNS, { id: args.id })) !== null) return 'in-use' as const
  yield* tx.run(REVOKE_KEYS, { id: args.id })
  for (const remove of REMOVE_STANDINGS) yield* tx.run(remove, { id: args.id })
  yield* tx.run(REMOVE_WEBHOOKS, { id: args.id }) // What waits for them is forgotten with its time.
  for (const forget of FORGET_PLAN) yield* tx.run(forget, { id: args.id })
  if ((yield* tx.run(DELETE, { id: args.id })) === 0) return 'none' as const
  const nobody = { account: null, message: null, delivery: null }
  yield* appendEvent(tx, { ...nobody, atMs: args.nowMs, organization: args.id, type: 'organization.removed', version: 1, data: {} })
  return 'removed' as const
})

/** The organization of that name, or null. */
export async function organizationNamed(db: Database, name: string): Promise<Organization | null> {
  const row = await db.one(BY_NAME, { name })
  return row === null ? null : toOrganization(row)
}

/** The organization of that id, or null. */
export async function organizationById(db: Database, id: string): Promise<Organization | null> {
  const row = await db.one(BY_ID, { id })
  return row === null ? null : toOrganization(row)
}

/** At most 500 organizations after an id, in id order; '' begins. */
export async function organizationsAfter(db: Database, after: string): Promise<readonly Organization[]> {
  return (await db.all(LIST, { after })).map(toOrganization)
}

function toOrganization(row: Row): Organization {
  return { id: row.id, name: row.name, state: row.state, locale: row.locale, createdMs: row.created_ms }
}

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
const BY_NAME = statement<{ name: string }, Row>('SELECT id, name, state, locale, created_ms FROM organization WHERE name = $name')
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

/** The organization of that name, or null. */
export async function organizationNamed(db: Database, name: string): Promise<Organization | null> {
  const row = await db.one(BY_NAME, { name })
  return row === null ? null : toOrganization(row)
}

/** At most 500 organizations after an id, in id order; '' begins. */
export async function organizationsAfter(db: Database, after: string): Promise<readonly Organization[]> {
  return (await db.all(LIST, { after })).map(toOrganization)
}

function toOrganization(row: Row): Organization {
  return { id: row.id, name: row.name, state: row.state, locale: row.locale, createdMs: row.created_ms }
}

import type { AccountId, OrganizationId } from '../../base/brand.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import type { Role } from '../access/role.ts'

type Of = { organization: string; id: string }

const HOLD = statement<{ organization: string }>('UPDATE organization SET name = name WHERE id = $organization')
const ROLE = statement<Of, { role: Role }>('SELECT role FROM account WHERE organization = $organization AND id = $id')
const OTHERS = statement<Of, { owners: number; accounts: number }>(
  `SELECT CAST(COALESCE(sum(CASE WHEN role = 'owner' AND state = 'active' THEN 1 ELSE 0 END), 0) AS BIGINT) AS owners, count(*) AS accounts
  FROM account WHERE organization = $organization AND id <> $id`,
)
const SET = statement<Of & { role: string; domains: string | null }>('UPDATE account SET role = $role, role_domains = $domains WHERE organization = $organization AND id = $id')

/** What an account shall be to its organization. */
export interface RoleArgs {
  readonly organization: OrganizationId
  readonly id: AccountId
  readonly role: Role
  /** Those that a domain administrator administers; null for every other role. */
  readonly domains: readonly string[] | null
}

/** Gives an account another role, from its next request on. `last-owner`: nobody would be left who may do everything. */
export const setRole = write('account.role', function* (tx, { organization, id, role, domains }: RoleArgs): Work<'set' | 'none' | 'last-owner'> {
  const before = yield* roleIn(tx, organization, id)
  if (before === null) return 'none'
  if (before === 'owner' && role !== 'owner' && (yield* othersOf(tx, organization, id)).owners === 0) return 'last-owner'
  yield* tx.run(SET, { organization, id, role, domains: role === 'domain_admin' ? JSON.stringify(domains ?? []) : null })
  return 'set'
})

/** Whether an account may not go, inside the write that takes it: it is the last owner, and others would be left. */
export function* isNeeded(tx: Tx, organization: OrganizationId, id: AccountId): Work<boolean> {
  if ((yield* roleIn(tx, organization, id)) !== 'owner') return false
  const { owners, accounts } = yield* othersOf(tx, organization, id)
  return owners === 0 && accounts > 0
}

/** The organization's row is held until the write has committed: of two owners who leave at once the second sees that the first has gone. */
function* roleIn(tx: Tx, organization: OrganizationId, id: AccountId): Work<Role | null> {
  yield* tx.run(HOLD, { organization })
  return (yield* tx.one(ROLE, { organization, id }))?.role ?? null
}

function* othersOf(tx: Tx, organization: OrganizationId, id: AccountId): Work<{ readonly owners: number; readonly accounts: number }> {
  return (yield* tx.one(OTHERS, { organization, id })) ?? { owners: 0, accounts: 0 }
}

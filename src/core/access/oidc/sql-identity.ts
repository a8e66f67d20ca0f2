import type { AccountId, OrganizationId } from '../../../base/brand.ts'
import { makeId } from '../../../base/ids.ts'
import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Work, write } from '../../../infra/db/transaction.ts'
import type { Claims } from './provider.ts'

/** Who an account is at a provider. */
export interface LinkedIdentity {
  readonly id: string
  readonly issuer: string
  readonly createdMs: number
}

/** Somebody who may log in. */
export interface Owner {
  readonly account: AccountId
  readonly organization: OrganizationId
  readonly login: string
  readonly role: string
}

const WHO = `SELECT a.id AS account, a.organization, a.login, a.role FROM account a JOIN organization o ON o.id = a.organization`
const ACTIVE = `a.state = 'active' AND o.state = 'active'`
// What was linked before containment made passwords void is void, too: core/filter/outbound.
const LINKED = statement<{ issuer: string; subject: string }, Owner>(
  `${WHO} JOIN linked_identity i ON i.account = a.id
  WHERE i.issuer = $issuer AND i.subject = $subject AND ${ACTIVE} AND i.created_ms > COALESCE((SELECT void_ms FROM containment WHERE account = a.id), -1)`,
)
const BY_LOGIN = statement<{ login: string }, Owner>(`${WHO} WHERE a.login = $login AND ${ACTIVE} AND (SELECT void_ms FROM containment WHERE account = a.id) IS NULL`)
const INSERT = statement<{ account: string; id: string; issuer: string; subject: string; nowMs: number }>(
  'INSERT INTO linked_identity (account, id, issuer, subject, created_ms) VALUES ($account, $id, $issuer, $subject, $nowMs) ON CONFLICT DO NOTHING',
)
const LIST = statement<{ account: string }, { id: string; issuer: string; created_ms: number }>(
  'SELECT id, issuer, created_ms FROM linked_identity WHERE account = $account ORDER BY id LIMIT 500',
)
const DELETE = statement<{ account: string; id: string }>('DELETE FROM linked_identity WHERE account = $account AND id = $id')

const link = write('identity.link', function* (tx, args: { readonly account: AccountId; readonly id: string; readonly issuer: string; readonly subject: string; readonly nowMs: number }): Work<boolean> {
  return (yield* tx.run(INSERT, args)) === 1
})

/** Ends that somebody logs in by a provider. False when the account has no such identity. */
export const unlinkIdentity = write('identity.unlink', function* (tx, args: { readonly account: AccountId; readonly id: string }): Work<boolean> {
  return (yield* tx.run(DELETE, args)) === 1
})

/** Remembers who an account is at a provider. False when that is known already, of this account or another. */
export async function linkIdentity(db: Database, account: AccountId, { issuer, subject }: Pick<Claims, 'issuer' | 'subject'>, nowMs: number): Promise<boolean> {
  return await db.write(link, { account, id: makeId('y', nowMs), issuer, subject, nowMs })
}

/** The account that somebody at a provider is linked to, and may log in; null for none. */
export async function linkedOwner(db: Database, { issuer, subject }: Pick<Claims, 'issuer' | 'subject'>): Promise<Owner | null> {
  return await db.one(LINKED, { issuer, subject })
}

/** The account of that folded login, when it may log in; null for none. */
export async function ownerByLogin(db: Database, login: string): Promise<Owner | null> {
  return await db.one(BY_LOGIN, { login })
}

/** Who an account is elsewhere. */
export async function identitiesOf(db: Database, account: AccountId): Promise<readonly LinkedIdentity[]> {
  return (await db.all(LIST, { account })).map(({ id, issuer, created_ms: createdMs }) => ({ id, issuer, createdMs }))
}

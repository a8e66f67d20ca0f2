import type { OrganizationId } from '../../../base/brand.ts'
import { makeId } from '../../../base/ids.ts'
import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../../infra/db/transaction.ts'
import type { Role } from '../../access/role.ts'
import { hashToken, makeToken } from '../../access/token.ts'
import { hasRoomFor } from '../../organization/sql-plan.ts'
import { addresseeOf } from '../letters.ts'
import type { Language } from '../mail.ts'
import type { Invitation } from './invitation.ts'
import { INVITED_MS, MAX_INVITATIONS } from './limits.ts'

/** Rows removed in one write, and read at once. */
const CHUNK = 500

interface Row {
  readonly organization: OrganizationId
  readonly id: string
  readonly login: string
  readonly role: Role
  readonly locale: Language
  readonly invited_by: string
  readonly created_ms: number
  readonly expires_ms: number
}

const COLUMNS = 'organization, id, login, role, locale, invited_by, created_ms, expires_ms'
const INSERT = statement<Omit<Invitation, 'createdMs'> & { hash: string; nowMs: number }>(
  `INSERT INTO invitation (${COLUMNS}, hash) VALUES ($organization, $id, $login, $role, $locale, $invitedBy, $nowMs, $expiresMs, $hash)`,
)
const DROP = statement<{ organization: string; login: string }>('DELETE FROM invitation WHERE organization = $organization AND login = $login')
const REMOVE = statement<{ organization: string; id: string }>('DELETE FROM invitation WHERE organization = $organization AND id = $id')
const COUNT = statement<{ organization: string; nowMs: number }, { n: number }>('SELECT count(*) AS n FROM invitation WHERE organization = $organization AND expires_ms > $nowMs')
const MEMBER = statement<{ organization: string; login: string }, { id: string }>('SELECT id FROM account WHERE organization = $organization AND login = $login')
const LIST = statement<{ organization: string; after: string; nowMs: number }, Row>(
  `SELECT ${COLUMNS} FROM invitation WHERE organization = $organization AND id > $after AND expires_ms > $nowMs ORDER BY id LIMIT ${CHUNK}`,
)
const BY_ID = statement<{ organization: string; id: string; nowMs: number }, Row>(`SELECT ${COLUMNS} FROM invitation WHERE organization = $organization AND id = $id AND expires_ms > $nowMs`)
const BY_LOGIN = statement<{ organization: string; login: string; nowMs: number }, Row>(`SELECT ${COLUMNS} FROM invitation WHERE organization = $organization AND login = $login AND expires_ms > $nowMs`)
// An organization that is suspended takes nobody in.
const OPEN = `SELECT ${COLUMNS.replaceAll(/\w+/g, 'invitation.$&')}, organization.name AS called FROM invitation JOIN organization ON organization.id = invitation.organization
  WHERE hash = $hash AND expires_ms > $nowMs AND organization.state = 'active'`
const FIND = statement<{ hash: string; nowMs: number }, Row & { called: string }>(OPEN)
const LOCKED = statement<{ hash: string; nowMs: number }, Row & { called: string }>({ sqlite: OPEN, postgres: `${OPEN} FOR UPDATE OF invitation` })
const PURGE = statement<{ nowMs: number }>(
  `DELETE FROM invitation WHERE (organization, id) IN (SELECT organization, id FROM invitation WHERE expires_ms <= $nowMs ORDER BY expires_ms LIMIT ${CHUNK})`,
)

/** What an invitation says. */
export interface InviteArgs {
  readonly organization: OrganizationId
  readonly login: string
  readonly role: Role
  readonly locale: Language
  readonly invitedBy: string
  readonly nowMs: number
}

/** How inviting ended. `member`: the address is an account of the organization already. */
export type Invited = { readonly kind: 'invited'; readonly invitation: Invitation; readonly token: string } | { readonly kind: 'member' | 'over-plan' | 'too-many' }

const put = write('invitation.put', function* (tx, args: InviteArgs & { readonly id: string; readonly hash: string; readonly expiresMs: number }): Work<'put' | Exclude<Invited['kind'], 'invited'>> {
  const { organization, login, nowMs } = args
  if ((yield* tx.one(MEMBER, { organization, login })) !== null) return 'member'
  if (!(yield* hasRoomFor(tx, organization, 'accounts'))) return 'over-plan'
  yield* tx.run(DROP, { organization, login }) // Whoever is invited again follows the new link.
  if (((yield* tx.one(COUNT, { organization, nowMs }))?.n ?? 0) >= MAX_INVITATIONS) return 'too-many'
  yield* tx.run(INSERT, args)
  return 'put'
})

/** Invites an address, in place of an earlier invitation of it. The token is returned this once: only its hash is kept. */
export async function invite(db: Database, args: InviteArgs): Promise<Invited> {
  const { nowMs, ...invited } = args
  const [id, token, expiresMs] = [makeId('v', nowMs), makeToken(), nowMs + INVITED_MS]
  const kind = await db.write(put, { ...args, id, hash: hashToken(token), expiresMs })
  return kind === 'put' ? { kind: 'invited', invitation: { ...invited, id, createdMs: nowMs, expiresMs }, token } : { kind }
}

/** Invitations of an organization that wait, oldest first, after an id. */
export async function invitationsAfter(db: Database, organization: OrganizationId, after: string, nowMs: number): Promise<readonly Invitation[]> {
  return (await db.all(LIST, { organization, after, nowMs })).map(toInvitation)
}

/** One of them; null when there is none. */
export async function invitationById(db: Database, organization: OrganizationId, id: string, nowMs: number): Promise<Invitation | null> {
  const row = await db.one(BY_ID, { organization, id, nowMs })
  return row === null ? null : toInvitation(row)
}

/** The one of an address, however it is written; null when there is none. */
export async function invitationOf(db: Database, organization: OrganizationId, address: string, nowMs: number): Promise<Invitation | null> {
  const row = await db.one(BY_LOGIN, { organization, login: addresseeOf(address)?.login ?? '', nowMs })
  return row === null ? null : toInvitation(row)
}

/** Takes an invitation back: its link leads nowhere from now on. False when there is none. */
export const withdrawInvitation = write('invitation.withdraw', function* (tx, args: { readonly organization: OrganizationId; readonly id: string }): Work<boolean> {
  return (yield* tx.run(REMOVE, args)) === 1
})

/** The invitation of a token, and how its organization is called, without following it; null when it is good for nothing. */
export async function openInvitation(db: Database, token: string, nowMs: number): Promise<{ readonly invitation: Invitation; readonly called: string } | null> {
  const row = await db.one(FIND, { hash: hashToken(token), nowMs })
  return row === null ? null : { invitation: toInvitation(row), called: row.called }
}

/** Forgets invitations that are over. Returns how many; call again until 0. */
export const purgeInvitations = write('invitation.purge', function* (tx, args: { readonly nowMs: number }): Work<number> {
  return yield* tx.run(PURGE, args)
})

/** The invitation of a token, inside the write that follows it: on PostgreSQL of two who do the second waits for the first. */
export function* followed(tx: Tx, hash: string, nowMs: number): Work<Invitation | null> {
  const row = yield* tx.one(LOCKED, { hash, nowMs })
  return row === null ? null : toInvitation(row)
}

/** Uses an invitation up, inside the write that followed it. */
export function* endInvitation(tx: Tx, { organization, id }: Pick<Invitation, 'organization' | 'id'>): Work<void> {
  yield* tx.run(REMOVE, { organization, id })
}

function toInvitation({ organization, id, login, role, locale, invited_by: invitedBy, created_ms: createdMs, expires_ms: expiresMs }: Row): Invitation {
  return { organization, id, login, role, locale, invitedBy, createdMs, expiresMs }
}

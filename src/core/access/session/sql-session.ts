import type { AccountId, OrganizationId } from '../../../base/brand.ts'
import { makeId } from '../../../base/ids.ts'
import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../../infra/db/transaction.ts'
import { ROLES } from '../role.ts'
import { hashToken, makeToken } from '../token.ts'
import { CHUNK, IDLE_MS, MAX_AGENT_CHARS, MAX_SESSIONS, NOTE_USE_EVERY_MS } from './limits.ts'
import { endOf, isOver, type Session } from './session.ts'

interface Row {
  readonly id: string
  readonly account: AccountId
  readonly organization: OrganizationId
  readonly login: string
  readonly role: string
  readonly role_domains: string | null
  readonly state: Session['state']
  readonly method: Session['method']
  readonly address: string
  readonly agent: string
  readonly created_ms: number
  readonly used_ms: number
  readonly expires_ms: number
}

// Who is suspended has no session, and what containment has made void is none: core/filter/outbound.
const LIVE = `SELECT s.id, s.account, a.organization, a.login, a.role, a.role_domains, s.state, s.method, s.address, s.agent, s.created_ms, s.used_ms, s.expires_ms
  FROM session s JOIN account a ON a.id = s.account JOIN organization o ON o.id = a.organization
  WHERE a.state = 'active' AND o.state = 'active' AND s.created_ms > COALESCE((SELECT void_ms FROM containment WHERE account = a.id), -1)`
const BY_HASH = statement<{ hash: string }, Row>(`${LIVE} AND s.hash = $hash`)
const LIST = statement<{ account: string }, Row>(`${LIVE} AND s.account = $account AND s.state = 'open' ORDER BY s.id DESC LIMIT 500`)
const INSERT = statement<{ account: string; id: string; hash: string; state: string; method: string; address: string; agent: string; nowMs: number; expiresMs: number }>(
  `INSERT INTO session (account, id, hash, state, method, address, agent, created_ms, used_ms, expires_ms)
  VALUES ($account, $id, $hash, $state, $method, $address, $agent, $nowMs, $nowMs, $expiresMs)`,
)
const TOO_MANY = statement<{ account: string }>(
  `DELETE FROM session WHERE account = $account AND id IN (SELECT id FROM session WHERE account = $account ORDER BY used_ms DESC, id DESC LIMIT 500 OFFSET ${MAX_SESSIONS})`,
)
const END = statement<{ account: string; id: string }>('DELETE FROM session WHERE account = $account AND id = $id')
const END_OTHERS = statement<{ account: string; keep: string }>('DELETE FROM session WHERE account = $account AND id <> $keep')
const NOTE_USE = statement<{ account: string; id: string; nowMs: number }>('UPDATE session SET used_ms = $nowMs WHERE account = $account AND id = $id')
const PURGE = statement<{ nowMs: number; idleMs: number }>(
  `DELETE FROM session WHERE hash IN (SELECT hash FROM session WHERE expires_ms <= $nowMs OR used_ms <= $idleMs ORDER BY expires_ms LIMIT ${CHUNK})`,
)

interface NewSession {
  readonly account: AccountId
  readonly id: string
  readonly hash: string
  readonly state: Session['state']
  readonly method: Session['method']
  readonly address: string
  readonly agent: string
  readonly nowMs: number
  readonly expiresMs: number
}

const add = write('session.add', function* (tx, { replaces, ...session }: NewSession & { readonly replaces: string | null }): Work<void> {
  if (replaces !== null) yield* tx.run(END, { account: session.account, id: replaces })
  yield* tx.run(INSERT, session)
  yield* tx.run(TOO_MANY, { account: session.account })
})

const noteUse = write('session.note_use', function* (tx, args: { readonly account: AccountId; readonly id: string; readonly nowMs: number }): Work<void> {
  yield* tx.run(NOTE_USE, args)
})

/** Ends a session of an account. False when it has none of that id. */
export const endSession = write('session.end', function* (tx, args: { readonly account: AccountId; readonly id: string }): Work<boolean> {
  return (yield* tx.run(END, args)) === 1
})

/** Ends every session of an account but one, inside the write that makes it necessary; '' keeps none. */
export function* endOtherSessions(tx: Tx, account: AccountId, keep: string): Work<number> {
  return yield* tx.run(END_OTHERS, { account, keep })
}

/** The same, as a write of its own. Returns how many have ended. */
export const endSessions = write('session.end_others', function* (tx, { account, keep }: { readonly account: AccountId; readonly keep: string }): Work<number> {
  return yield* endOtherSessions(tx, account, keep)
})

/** Forgets sessions that are over. Returns how many; call again until 0. */
export const purgeSessions = write('session.purge', function* (tx, { nowMs }: { readonly nowMs: number }): Work<number> {
  return yield* tx.run(PURGE, { nowMs, idleMs: nowMs - IDLE_MS })
})

/** Who begins a session, and how. */
export interface StartArgs {
  readonly account: AccountId
  readonly state: Session['state']
  readonly method: Session['method']
  readonly address: string
  readonly agent: string
  /** The session that this one takes the place of, so that a token that somebody else knew is worth nothing afterwards; null for none. */
  readonly replaces: string | null
  readonly nowMs: number
}

/** Begins a session and returns its token: the only time it is seen, because only its hash is kept. */
export async function startSession(db: Database, { agent, state, nowMs, ...rest }: StartArgs): Promise<{ readonly id: string; readonly token: string }> {
  const id = makeId('s', nowMs)
  const token = makeToken()
  // NUL is no text to PostgreSQL; half a character is none to anybody.
  const shown = agent.slice(0, MAX_AGENT_CHARS).replaceAll('\0', '').toWellFormed()
  await db.write(add, { ...rest, id, hash: hashToken(token), state, agent: shown, nowMs, expiresMs: endOf(state, nowMs) })
  return { id, token }
}

/** The session of that token, or null. Its use is noted, each minute at most. */
export async function useSession(db: Database, token: string, nowMs: number): Promise<Session | null> {
  const row = await db.one(BY_HASH, { hash: hashToken(token) })
  const session = row === null ? null : toSession(row)
  if (session === null || isOver(session, nowMs)) return null
  const { account, id } = session
  if (nowMs - session.usedMs >= NOTE_USE_EVERY_MS) await db.write(noteUse, { account, id, nowMs })
  return session
}

/** The sessions of an account, the newest first. */
export async function sessionsOf(db: Database, account: AccountId, nowMs: number): Promise<readonly Session[]> {
  return (await db.all(LIST, { account })).map(toSession).filter((session) => !isOver(session, nowMs))
}

function toSession(row: Row): Session {
  const { id, account, organization, login, state, method, address, agent } = row
  const role = ROLES.find((each) => each === row.role) ?? 'member' // A role that we do not know allows nothing.
  const domains = row.role_domains === null ? null : (JSON.parse(row.role_domains) as readonly string[])
  return { id, account, organization, login, role, domains, state, method, address, agent, createdMs: row.created_ms, usedMs: row.used_ms, expiresMs: row.expires_ms }
}

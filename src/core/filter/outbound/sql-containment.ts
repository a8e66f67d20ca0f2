import type { AccountId, OrganizationId } from '../../../base/brand.ts'
import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../../infra/db/transaction.ts'
import type { EventType } from '../../event/event.ts'
import { appendEvent } from '../../event/sql.ts'
import type { Finding } from '../finding.ts'

/** What an account is contained for, or was. */
export interface Containment {
  readonly state: 'contained' | 'released'
  readonly score: number
  readonly reasons: readonly Finding[]
  /** `watch` when the counts said so, else who. */
  readonly by: string
  readonly atMs: number
  readonly releasedMs: number | null
  /** Whether passwords made before `atMs` are void. */
  readonly voidsPasswords: boolean
}

interface Row {
  readonly state: Containment['state']
  readonly score: number
  readonly reasons: string
  readonly said_by: string
  readonly at_ms: number
  readonly released_ms: number | null
  readonly void_ms: number | null
}

const FIND = statement<{ account: string }, Row>('SELECT state, score, reasons, said_by, at_ms, released_ms, void_ms FROM containment WHERE account = $account')

const SINCE = statement<{ sinceMs: number }, { account: AccountId }>("SELECT account FROM containment WHERE state = 'contained' AND at_ms >= $sinceMs ORDER BY at_ms DESC LIMIT 500")

const OWNER = statement<{ account: string }, { organization: OrganizationId; login: string }>('SELECT organization, login FROM account WHERE id = $account')

const CONTAIN = statement<{ account: string; score: number; reasons: string; by: string; nowMs: number; voidMs: number | null }>(
  `INSERT INTO containment (account, state, score, reasons, said_by, at_ms, released_ms, void_ms) VALUES ($account, 'contained', $score, $reasons, $by, $nowMs, NULL, $voidMs)
  ON CONFLICT (account) DO UPDATE SET state = 'contained', score = excluded.score, reasons = excluded.reasons, said_by = excluded.said_by, at_ms = excluded.at_ms, released_ms = NULL,
    void_ms = COALESCE(excluded.void_ms, containment.void_ms) WHERE containment.state = 'released'`,
)

const RELEASE = statement<{ account: string; nowMs: number; restores: number }>(
  "UPDATE containment SET state = 'released', released_ms = $nowMs, void_ms = CASE WHEN $restores = 1 THEN NULL ELSE void_ms END WHERE account = $account AND state = 'contained'",
)

/** What was remembered of passwords is void: core/access. */
const RAISE_VERSION = statement<{ account: string }>('UPDATE account SET credential_version = credential_version + 1 WHERE id = $account')

/** The counts stay for the caps; what spoke against the account is over. */
const FORGIVE = [
  statement<{ account: string }>('UPDATE send_hour SET weighed = 0, strangers = 0, bounces = 0, malware = 0, listed = 0 WHERE subject = $account'),
  statement<{ account: string }>('DELETE FROM send_memory WHERE account = $account'),
]

/** Why and by whom an account is contained. */
export interface ContainArgs {
  readonly account: AccountId
  readonly score: number
  readonly reasons: readonly Finding[]
  readonly by: string
  /** Whether whoever knows a password or an app password may still come in. */
  readonly passwords: 'void' | 'kept'
  readonly nowMs: number
}

/**
 * Contains an account: it sends nothing from now on and still receives. The event makes the rest happen: its sessions end and its deliveries are held. `already` when it
 * is contained; nothing changes then.
 */
export function* containAccount(tx: Tx, { account, score, reasons, by, passwords, nowMs }: ContainArgs): Work<'contained' | 'already' | 'unknown'> {
  const owner = yield* tx.one(OWNER, { account })
  if (owner === null) return 'unknown'
  const voidMs = passwords === 'void' ? nowMs : null
  if ((yield* tx.run(CONTAIN, { account, score, reasons: JSON.stringify(reasons), by, nowMs, voidMs })) === 0) return 'already'
  yield* tx.run(RAISE_VERSION, { account })
  yield* tell(tx, 'account.contained', account, owner, { by, score, reasons, passwords }, nowMs)
  return 'contained'
}

/** The same, as a write of its own. */
export const contain = write('sending.contain', containAccount)

/**
 * Lets an account send again, and its held deliveries go. Passwords that containment made void stay so, unless they are restored: its owner has a new one, or gets one. `none` when
 * it is not contained.
 */
export const release = write('sending.release', function* (
  tx,
  { account, by, passwords, nowMs }: { readonly account: AccountId; readonly by: string; readonly passwords: 'stay' | 'restored'; readonly nowMs: number },
): Work<'released' | 'none'> {
  const owner = yield* tx.one(OWNER, { account })
  if (owner === null || (yield* tx.run(RELEASE, { account, nowMs, restores: Number(passwords === 'restored') })) === 0) return 'none'
  yield* tx.run(RAISE_VERSION, { account })
  for (const forgive of FORGIVE) yield* tx.run(forgive, { account })
  yield* tell(tx, 'account.released', account, owner, { by, passwords }, nowMs)
  return 'released'
})

function* tell(tx: Tx, type: EventType, account: AccountId, { organization, login }: { readonly organization: OrganizationId; readonly login: string }, data: object, nowMs: number): Work<void> {
  yield* appendEvent(tx, { atMs: nowMs, organization, account, message: null, delivery: null, type, version: 1, data: { login, ...data } })
}

/** The containment of an account inside of a write; null when there never was any. */
export function* containmentIn(tx: Tx, account: AccountId): Work<Containment | null> {
  return toContainment(yield* tx.one(FIND, { account }))
}

/** The containment of an account; null when there never was any. */
export async function containmentOf(db: Database, account: AccountId): Promise<Containment | null> {
  return toContainment(await db.one(FIND, { account }))
}

/** Accounts that were contained since then and still are; the last 500. */
export async function containedSince(db: Database, sinceMs: number): Promise<readonly AccountId[]> {
  return (await db.all(SINCE, { sinceMs })).map(({ account }) => account)
}

function toContainment(row: Row | null): Containment | null {
  if (row === null) return null
  const { state, score, reasons, said_by: by, at_ms: atMs, released_ms: releasedMs, void_ms: voidMs } = row
  return { state, score, reasons: JSON.parse(reasons) as readonly Finding[], by, atMs, releasedMs, voidsPasswords: voidMs !== null }
}

import { randomBytes } from 'node:crypto'
import type { AccountId } from '../../base/brand.ts'
import { makeId } from '../../base/ids.ts'
import { prepare } from '../../proto/sasl/prepare.ts'
import { deriveScramKeys } from '../../proto/sasl/scram-keys.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { MAX_CREDENTIALS, MAX_PASSWORD_CHARS, SCRAM_ITERATIONS, SCRAM_SALT_BYTES } from './limits.ts'
import { hashPassword } from './password.ts'
import { endOtherSessions } from './session/sql-session.ts'
import { protocolsOf } from './sql.ts'
import type { Credential, MailProtocol, SubmissionBounds } from './store.ts'
import { hashToken, makeAppPassword } from './token.ts'

/** A credential as a list shows it: without anything secret. */
export interface CredentialInfo {
  readonly id: string
  readonly kind: Credential['kind']
  readonly name: string
  readonly createdMs: number
  /** To within an hour; null when never. */
  readonly usedMs: number | null
  readonly expiresMs: number | null
  readonly protocols: Credential['protocols']
}

/** Columns of a new credential. Bytes are Base64: they are compared nowhere but in memory. */
interface NewCredential {
  readonly account: AccountId
  readonly id: string
  readonly kind: Credential['kind']
  readonly name: string
  readonly secret: string
  readonly salt: string
  readonly iterations: number
  readonly storedKey: string
  readonly serverKey: string
  readonly nowMs: number
  readonly expiresMs: number | null
  readonly protocols: string | null
  readonly submission: string | null
}

const INSERT = statement<{ [K in keyof NewCredential]: NewCredential[K] }>(`INSERT INTO credential (account, id, kind, name, secret,
    scram_salt, scram_iterations, scram_stored_key, scram_server_key, created_ms, used_ms, expires_ms, protocols, submission)
  VALUES ($account, $id, $kind, $name, $secret, $salt, $iterations, $storedKey, $serverKey, $nowMs, NULL, $expiresMs, $protocols, $submission)`)
const RAISE_VERSION = statement<{ account: string }>('UPDATE account SET credential_version = credential_version + 1 WHERE id = $account')
const COUNT = statement<{ account: string }, { n: number }>('SELECT count(*) AS n FROM credential WHERE account = $account')
const DELETE_PASSWORD = statement<{ account: string }>("DELETE FROM credential WHERE account = $account AND kind = 'password'")
const DELETE = statement<{ account: string; id: string }>('DELETE FROM credential WHERE account = $account AND id = $id')
const LIST = statement<
  { account: string },
  { id: string; kind: Credential['kind']; name: string; created_ms: number; used_ms: number | null; expires_ms: number | null; protocols: string | null }
>('SELECT id, kind, name, created_ms, used_ms, expires_ms, protocols FROM credential WHERE account = $account ORDER BY kind DESC, id LIMIT 100')
const SALT = statement<{ account: string }, { scram_salt: string; scram_iterations: number }>(
  'SELECT scram_salt, scram_iterations FROM credential WHERE account = $account AND scram_salt IS NOT NULL ORDER BY kind DESC, id LIMIT 1',
)

const replacePassword = write('access.set_password', function* (tx, { keep, ...args }: NewCredential & { readonly keep: string }) {
  // The account's row is touched first: two changes at once happen one after the other.
  if ((yield* tx.run(RAISE_VERSION, { account: args.account })) === 0) return false
  yield* tx.run(DELETE_PASSWORD, { account: args.account })
  yield* tx.run(INSERT, { ...args })
  yield* endOtherSessions(tx, args.account, keep)
  return true
})

const addCredential = write('access.add_app_password', function* (tx, args: NewCredential) {
  if ((yield* tx.run(RAISE_VERSION, { account: args.account })) === 0) return 'unknown' as const
  const held = yield* tx.one(COUNT, { account: args.account })
  if (held === null || held.n >= MAX_CREDENTIALS - 1) return 'too-many' as const // One place is kept for the password.
  yield* tx.run(INSERT, { ...args })
  return 'added' as const
})

const deleteCredential = write('access.remove_credential', function* (tx, args: { readonly account: AccountId; readonly id: string }) {
  if ((yield* tx.run(DELETE, args)) === 0) return false
  yield* tx.run(RAISE_VERSION, { account: args.account })
  return true
})

/**
 * Gives an account its password, in place of the one it had; app passwords stay, and its sessions over HTTP end, but for `keepSession`. `forbidden` when it is empty, too long, or has
 * characters that no client can send; `unknown` when there is no such account.
 */
export async function setPassword(
  db: Database,
  account: AccountId,
  password: string,
  nowMs: number,
  keepSession = '',
): Promise<'set' | 'forbidden' | 'unknown'> {
  const prepared = password.length > MAX_PASSWORD_CHARS ? null : prepare(password)
  if (prepared === null) return 'forbidden'
  const secret = await hashPassword(prepared)
  const made = await withScram(db, { account, kind: 'password', name: '', secret, nowMs, expiresMs: null, protocols: null, submission: null }, prepared)
  return (await db.write(replacePassword, { ...made, keep: keepSession })) ? 'set' : 'unknown'
}

/**
 * Makes an app password for an account and returns it: the only time it is seen. `name` says to its owner where it is used; `protocols` are null for all, and with `submission`
 * it is a program's.
 */
export async function addAppPassword(
  db: Database,
  args: { readonly account: AccountId; readonly name: string; readonly nowMs: number; readonly expiresMs: number | null; readonly protocols: readonly MailProtocol[] | null; readonly submission?: SubmissionBounds },
): Promise<{ readonly kind: 'added'; readonly id: string; readonly password: string } | { readonly kind: 'unknown' | 'too-many' }> {
  const password = makeAppPassword()
  const made = await withScram(db, { ...args, kind: 'app', secret: hashToken(password), protocols: args.protocols?.join(' ') ?? null, submission: args.submission === undefined ? null : JSON.stringify(args.submission) }, password)
  const kind = await db.write(addCredential, made)
  return kind === 'added' ? { kind, id: made.id, password } : { kind }
}

/** Takes a credential away: from the next login on it is void. False when the account has none of that id. */
export async function removeCredential(db: Database, account: AccountId, id: string): Promise<boolean> {
  return await db.write(deleteCredential, { account, id })
}

/** What an account can log in with, the password first. */
export async function credentialsOf(db: Database, account: AccountId): Promise<readonly CredentialInfo[]> {
  const rows = await db.all(LIST, { account })
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    name: row.name,
    createdMs: row.created_ms,
    usedMs: row.used_ms,
    expiresMs: row.expires_ms,
    protocols: protocolsOf(row.protocols),
  }))
}

/** A password as it is kept: what proves it, and nothing that tells it. */
export type SealedPassword = Pick<NewCredential, 'secret' | 'salt' | 'iterations' | 'storedKey' | 'serverKey'>

/** Whether a password may be one: see `setPassword`. */
export function isPassword(password: string): boolean {
  return password.length <= MAX_PASSWORD_CHARS && prepare(password) !== null
}

/** Makes of a password what is kept of it, for an account that is still to be made; null for one that `setPassword` forbids. */
export async function sealPassword(password: string): Promise<SealedPassword | null> {
  const prepared = password.length > MAX_PASSWORD_CHARS ? null : prepare(password)
  if (prepared === null) return null
  return { secret: await hashPassword(prepared), ...(await scramColumns(prepared, randomBytes(SCRAM_SALT_BYTES), SCRAM_ITERATIONS)) }
}

/** Gives a new account its password, inside the write that makes the account. */
export function* insertPassword(tx: Tx, args: { readonly account: AccountId; readonly id: string; readonly sealed: SealedPassword; readonly nowMs: number }): Work<void> {
  const { sealed, ...rest } = args
  yield* tx.run(INSERT, { ...rest, ...sealed, kind: 'password', name: '', expiresMs: null, protocols: null, submission: null })
}

/** Adds SCRAM keys on the salt that the account's other credentials have, so that each of them can be proved: see `scramSecretsOf`. */
async function withScram(
  db: Database,
  credential: Pick<NewCredential, 'account' | 'kind' | 'name' | 'secret' | 'nowMs' | 'expiresMs' | 'protocols' | 'submission'>,
  password: string,
): Promise<NewCredential> {
  const { account, kind, name, secret, nowMs, expiresMs, protocols, submission } = credential
  const shared = await db.one(SALT, { account })
  const salt = shared === null ? randomBytes(SCRAM_SALT_BYTES) : Buffer.from(shared.scram_salt, 'base64')
  const iterations = shared?.scram_iterations ?? SCRAM_ITERATIONS
  return { account, id: makeId('c', nowMs), kind, name, secret, ...(await scramColumns(password, salt, iterations)), nowMs, expiresMs, protocols, submission }
}

async function scramColumns(password: string, salt: Uint8Array, iterations: number): Promise<Omit<SealedPassword, 'secret'>> {
  const { storedKey, serverKey } = await deriveScramKeys(password, salt, iterations)
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
  return { salt: base64(salt), iterations, storedKey: base64(storedKey), serverKey: base64(serverKey) }
}

import type { AccountId, OrganizationId } from '../../../base/brand.ts'
import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Work, write } from '../../../infra/db/transaction.ts'
import { MAX_PASSKEYS } from './limits.ts'
import type { Passkey, PasskeyLogin } from './passkey.ts'

interface Row {
  readonly id: string
  readonly account: AccountId
  readonly name: string
  readonly public_key: string
  readonly counter: number
  readonly transports: string
  readonly created_ms: number
  readonly used_ms: number | null
}

interface LoginRow extends Row {
  readonly organization: OrganizationId
  readonly login: string
  readonly role: string
}

const COLUMNS = 'p.id, p.account, p.name, p.public_key, p.counter, p.transports, p.created_ms, p.used_ms'
// Who is suspended does not log in, and what containment has made void does not either: core/filter/outbound.
const BY_ID = statement<{ id: string }, LoginRow>(`SELECT ${COLUMNS}, a.organization, a.login, a.role
  FROM passkey p JOIN account a ON a.id = p.account JOIN organization o ON o.id = a.organization
  WHERE p.id = $id AND a.state = 'active' AND o.state = 'active' AND p.created_ms > COALESCE((SELECT void_ms FROM containment WHERE account = a.id), -1)`)
const LIST = statement<{ account: string }, Row>(`SELECT ${COLUMNS} FROM passkey p WHERE p.account = $account ORDER BY p.created_ms, p.id LIMIT 500`)
const HOLD = statement<{ account: string }>('UPDATE account SET credential_version = credential_version + 1 WHERE id = $account')
const COUNT = statement<{ account: string }, { n: number }>('SELECT count(*) AS n FROM passkey WHERE account = $account')
const INSERT = statement<{ account: string; id: string; name: string; publicKey: string; counter: number; transports: string; nowMs: number }>(
  `INSERT INTO passkey (account, id, name, public_key, counter, transports, created_ms, used_ms)
  VALUES ($account, $id, $name, $publicKey, $counter, $transports, $nowMs, NULL) ON CONFLICT DO NOTHING`,
)
// An authenticator that does not count says 0 for ever. WebAuthn §6.1.1.
const USE = statement<{ account: string; id: string; counter: number; nowMs: number }>(
  'UPDATE passkey SET counter = $counter, used_ms = $nowMs WHERE account = $account AND id = $id AND (counter < $counter OR (counter = 0 AND $counter = 0))',
)
const DELETE = statement<{ account: string; id: string }>('DELETE FROM passkey WHERE account = $account AND id = $id')

interface NewPasskey {
  readonly account: AccountId
  readonly id: string
  readonly name: string
  readonly publicKey: string
  readonly counter: number
  readonly transports: string
  readonly nowMs: number
}

const add = write('passkey.add', function* (tx, args: NewPasskey): Work<'added' | 'too-many' | 'taken'> {
  yield* tx.run(HOLD, { account: args.account }) // Two at once happen one after the other.
  if (((yield* tx.one(COUNT, { account: args.account }))?.n ?? 0) >= MAX_PASSKEYS) return 'too-many'
  return (yield* tx.run(INSERT, { ...args })) === 1 ? 'added' : 'taken'
})

/** Notes that a passkey was used, with what its authenticator has counted. False when it had counted so far before: then somebody has a copy of it. */
export const notePasskeyUse = write('passkey.use', function* (tx, args: { readonly account: AccountId; readonly id: string; readonly counter: number; readonly nowMs: number }): Work<boolean> {
  return (yield* tx.run(USE, args)) === 1
})

/** Takes a passkey away. False when the account has none of that id. */
export const removePasskey = write('passkey.remove', function* (tx, args: { readonly account: AccountId; readonly id: string }): Work<boolean> {
  return (yield* tx.run(DELETE, args)) === 1
})

/** Keeps a passkey of an account. `taken`: it is there already, of this account or another. */
export async function addPasskey(db: Database, passkey: Omit<Passkey, 'createdMs' | 'usedMs'>, nowMs: number): Promise<'added' | 'too-many' | 'taken'> {
  const { account, id, name, publicKey, counter, transports } = passkey
  return await db.write(add, { account, id, name, publicKey: Buffer.from(publicKey).toString('base64'), counter, transports: JSON.stringify(transports), nowMs })
}

/** The passkey of that id with its owner, who may log in; null for none. */
export async function passkeyById(db: Database, id: string): Promise<PasskeyLogin | null> {
  const row = await db.one(BY_ID, { id })
  return row === null ? null : { ...toPasskey(row), organization: row.organization, login: row.login, role: row.role }
}

/** The passkeys of an account, oldest first. */
export async function passkeysOf(db: Database, account: AccountId): Promise<readonly Passkey[]> {
  return (await db.all(LIST, { account })).map(toPasskey)
}

function toPasskey(row: Row): Passkey {
  return {
    id: row.id,
    account: row.account,
    name: row.name,
    publicKey: new Uint8Array(Buffer.from(row.public_key, 'base64')),
    counter: row.counter,
    transports: JSON.parse(row.transports) as readonly string[], // Written by `addPasskey` only.
    createdMs: row.created_ms,
    usedMs: row.used_ms,
  }
}

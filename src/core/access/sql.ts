import type { AccountId, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { write } from '../../infra/db/transaction.ts'
import type { AccessStore, Credential, LoginRecord, MailProtocol, StoredScram, SubmissionBounds } from './store.ts'

/** A credential's columns; all null where an account has none. */
interface CredentialRow {
  readonly id: string | null
  readonly kind: Credential['kind']
  readonly name: string
  readonly secret: string
  readonly scram_salt: string | null
  readonly scram_iterations: number | null
  readonly scram_stored_key: string | null
  readonly scram_server_key: string | null
  readonly used_ms: number | null
  readonly expires_ms: number | null
  readonly protocols: string | null
  readonly submission: string | null
}

interface LoginRow extends CredentialRow {
  readonly account: AccountId
  readonly organization: OrganizationId
  readonly login: string
  readonly role: LoginRecord['role']
  readonly account_state: string
  readonly organization_state: string
  readonly credential_version: number
  readonly totp: string | null
}

// The limit is MAX_CREDENTIALS; no write lets an account have more. What containment has made void is not there: core/filter/outbound.
const FIND = statement<{ login: string }, LoginRow>(`SELECT a.id AS account, a.organization, a.login, a.role,
    a.state AS account_state, o.state AS organization_state, a.credential_version,
    (SELECT state FROM totp WHERE account = a.id) AS totp,
    c.id, c.kind, c.name, c.secret, c.scram_salt, c.scram_iterations, c.scram_stored_key, c.scram_server_key, c.used_ms, c.expires_ms, c.protocols, c.submission
  FROM account a JOIN organization o ON o.id = a.organization LEFT JOIN credential c ON c.account = a.id
    AND c.created_ms > COALESCE((SELECT void_ms FROM containment WHERE account = a.id), -1)
  WHERE a.login = $login ORDER BY c.id LIMIT 100`)
const NOTE_USE = statement<{ account: string; id: string; nowMs: number }>(
  'UPDATE credential SET used_ms = $nowMs WHERE account = $account AND id = $id',
)
const RENEW = statement<{ account: string; id: string; before: string; after: string }>(
  'UPDATE credential SET secret = $after WHERE account = $account AND id = $id AND secret = $before',
)

interface Use {
  readonly account: AccountId
  readonly id: string
  readonly nowMs: number
}

const noteUse = write('access.note_use', function* (tx, args: Use) {
  yield* tx.run(NOTE_USE, args)
})

const renewHash = write('access.renew_hash', function* (
  tx,
  args: { readonly account: AccountId; readonly id: string; readonly before: string; readonly after: string },
) {
  return (yield* tx.run(RENEW, args)) === 1
})

/** The one `AccessStore`, on both databases. */
export function accessStore(db: Database): AccessStore {
  return {
    async findLogin(login) {
      const rows = await db.all(FIND, { login })
      const [first] = rows
      if (first === undefined) return null
      return {
        account: first.account,
        organization: first.organization,
        login: first.login,
        role: first.role,
        state: first.account_state === 'active' && first.organization_state === 'active' ? 'active' : 'suspended',
        version: first.credential_version,
        secondFactor: first.totp === 'on' ? 'on' : 'off',
        credentials: rows.flatMap((row) => toCredential(row) ?? []),
      }
    },
    async noteUse(account, id, nowMs) {
      await db.write(noteUse, { account, id, nowMs })
    },
    async renewHash(account, id, before, after) {
      return (await db.write(renewHash, { account, id, before, after })) ? 'renewed' : 'changed'
    },
  }
}

function toCredential(row: CredentialRow): Credential | null {
  if (row.id === null) return null
  const { id, kind, name, secret } = row
  return { id, kind, name, secret, scram: toScram(row), usedMs: row.used_ms, expiresMs: row.expires_ms, protocols: protocolsOf(row.protocols), submission: submissionOf(row.submission) }
}

function toScram(row: CredentialRow): StoredScram | null {
  const { scram_salt: salt, scram_iterations: iterations, scram_stored_key: storedKey, scram_server_key: serverKey } = row
  if (salt === null || iterations === null || storedKey === null || serverKey === null) return null
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64')
  return { salt: bytes(salt), iterations, storedKey: bytes(storedKey), serverKey: bytes(serverKey) }
}

/** What a program's credential is confined to, as its column has it. */
export function submissionOf(column: string | null): SubmissionBounds | null {
  return column === null ? null : (JSON.parse(column) as SubmissionBounds) // Written by `addAppPassword` only.
}

/** The protocols of an app password, as its column has them. */
export function protocolsOf(column: string | null): readonly MailProtocol[] | null {
  return column === null ? null : (column.split(' ') as MailProtocol[]) // Written by `addAppPassword` only.
}

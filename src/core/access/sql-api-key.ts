import type { OrganizationId } from '../../base/brand.ts'
import { makeId } from '../../base/ids.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { write } from '../../infra/db/transaction.ts'
import { NOTE_USE_EVERY_MS } from './limits.ts'
import { type ApiKeyMode, apiKeyMode, hashToken, makeApiKey } from './token.ts'

/** What a program may call with. Its text is known only to its holder. */
export interface ApiKey {
  readonly id: string
  readonly organization: OrganizationId
  /** What its owner calls it. */
  readonly name: string
  readonly mode: ApiKeyMode
  /** What it may do, such as `send`; `*` is everything. */
  readonly scopes: readonly string[]
  readonly createdMs: number
  /** To within an hour; null when never. */
  readonly usedMs: number | null
  /** Null while it is valid. */
  readonly revokedMs: number | null
}

interface Row {
  readonly id: string
  readonly organization: OrganizationId
  readonly name: string
  readonly mode: ApiKeyMode
  readonly scopes: string
  readonly created_ms: number
  readonly used_ms: number | null
  readonly revoked_ms: number | null
}

const COLUMNS = 'id, organization, name, mode, scopes, created_ms, used_ms, revoked_ms'
const INSERT = statement<{ organization: string; id: string; hash: string; name: string; mode: string; scopes: string; nowMs: number }>(
  `INSERT INTO api_key (organization, id, hash, name, mode, scopes, created_ms, used_ms, revoked_ms)
  VALUES ($organization, $id, $hash, $name, $mode, $scopes, $nowMs, NULL, NULL)`,
)
const BY_HASH = statement<{ hash: string }, Row>(`SELECT ${COLUMNS} FROM api_key WHERE hash = $hash AND revoked_ms IS NULL`)
const LIST = statement<{ organization: string; after: string }, Row>(
  `SELECT ${COLUMNS} FROM api_key WHERE organization = $organization AND id > $after ORDER BY id LIMIT 500`,
)
const REVOKE = statement<{ organization: string; id: string; nowMs: number }>(
  'UPDATE api_key SET revoked_ms = $nowMs WHERE organization = $organization AND id = $id AND revoked_ms IS NULL',
)
const REVOKE_NAMED = statement<{ organization: string; name: string; nowMs: number }>(
  'UPDATE api_key SET revoked_ms = $nowMs WHERE organization = $organization AND name = $name AND revoked_ms IS NULL',
)
const NOTE_USE = statement<{ organization: string; id: string; nowMs: number }>(
  'UPDATE api_key SET used_ms = $nowMs WHERE organization = $organization AND id = $id',
)

interface NewKey {
  readonly organization: OrganizationId
  readonly id: string
  readonly hash: string
  readonly name: string
  readonly mode: ApiKeyMode
  readonly scopes: string
  readonly nowMs: number
}

const addKey = write('access.add_api_key', function* (tx, { others, ...key }: NewKey & { readonly others: 'keep' | 'revoke' }) {
  if (others === 'revoke') yield* tx.run(REVOKE_NAMED, { organization: key.organization, name: key.name, nowMs: key.nowMs })
  yield* tx.run(INSERT, key)
})

const revoke = write('access.revoke_api_key', function* (
  tx,
  args: { readonly organization: OrganizationId; readonly id: string; readonly nowMs: number },
) {
  return (yield* tx.run(REVOKE, args)) === 1
})

const noteUse = write('access.note_key_use', function* (
  tx,
  args: { readonly organization: OrganizationId; readonly id: string; readonly nowMs: number },
) {
  yield* tx.run(NOTE_USE, args)
})

/** What a new key is made of. `others: 'revoke'` ends the organization's other keys of that name in the same write. */
export interface ApiKeyArgs {
  readonly organization: OrganizationId
  readonly name: string
  readonly mode: ApiKeyMode
  readonly scopes: readonly string[]
  readonly others: 'keep' | 'revoke'
  readonly nowMs: number
}

/** Makes an API key and returns its text: the only time it is seen, because only its hash is kept. */
export async function createApiKey(db: Database, args: ApiKeyArgs): Promise<{ readonly id: string; readonly key: string }> {
  const { organization, name, mode, scopes, others, nowMs } = args
  const key = makeApiKey(mode)
  const id = makeId('k', nowMs)
  await db.write(addKey, { organization, id, hash: hashToken(key), name, mode, scopes: JSON.stringify(scopes), others, nowMs })
  return { id, key }
}

/** The valid key of that text, or null. Its use is noted, hourly at most. */
export async function useApiKey(db: Database, text: string, nowMs: number): Promise<ApiKey | null> {
  if (apiKeyMode(text) === null) return null
  const row = await db.one(BY_HASH, { hash: hashToken(text) })
  if (row === null) return null
  const { organization, id } = row
  if (row.used_ms === null || nowMs - row.used_ms >= NOTE_USE_EVERY_MS) await db.write(noteUse, { organization, id, nowMs })
  return toKey(row)
}

/** At most 500 keys of an organization after an id, in id order, revoked ones too; '' begins. */
export async function apiKeysAfter(db: Database, organization: OrganizationId, after: string): Promise<readonly ApiKey[]> {
  return (await db.all(LIST, { organization, after })).map(toKey)
}

/** Ends a key at once. False when the organization has no valid key of that id. */
export async function revokeApiKey(db: Database, organization: OrganizationId, id: string, nowMs: number): Promise<boolean> {
  return await db.write(revoke, { organization, id, nowMs })
}

function toKey(row: Row): ApiKey {
  return {
    id: row.id,
    organization: row.organization,
    name: row.name,
    mode: row.mode,
    scopes: JSON.parse(row.scopes) as readonly string[], // Written by `createApiKey` only.
    createdMs: row.created_ms,
    usedMs: row.used_ms,
    revokedMs: row.revoked_ms,
  }
}

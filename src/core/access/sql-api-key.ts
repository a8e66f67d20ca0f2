import type { OrganizationId } from '../../base/brand.ts'
import { makeId } from '../../base/ids.ts'
import { remembered } from '../../base/remembered.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { MAX_KEYS, NOTE_KEY_USE_EVERY_MS } from './limits.ts'
import { type Rights, UNBOUND } from './rights.ts'
import { type ApiKeyMode, apiKeyMode, hashToken, makeApiKey } from './token.ts'

/** What a program may call with. Its text is known only to its holder. */
export interface ApiKey extends Rights {
  readonly id: string
  readonly organization: OrganizationId
  /** What its owner calls it. */
  readonly name: string
  readonly mode: ApiKeyMode
  readonly createdMs: number
  /** To within a minute; null when never. */
  readonly usedMs: number | null
  /** Null while it is valid. */
  readonly revokedMs: number | null
}

type Bounds = Omit<Rights, 'scopes' | 'expiresMs'>

interface Row {
  readonly id: string
  readonly organization: OrganizationId
  readonly name: string
  readonly mode: ApiKeyMode
  readonly scopes: string
  readonly bounds: string | null
  readonly created_ms: number
  readonly used_ms: number | null
  readonly revoked_ms: number | null
  readonly expires_ms: number | null
}

type Mine = { organization: string; id: string }

const COLUMNS = 'id, organization, name, mode, scopes, bounds, created_ms, used_ms, revoked_ms, expires_ms'
const INSERT = statement<{ [K in keyof NewKey]: NewKey[K] }>(
  `INSERT INTO api_key (organization, id, hash, name, mode, scopes, bounds, created_ms, used_ms, revoked_ms, expires_ms)
  VALUES ($organization, $id, $hash, $name, $mode, $scopes, $bounds, $nowMs, NULL, NULL, $expiresMs)`,
)
const BY_HASH = statement<{ hash: string; nowMs: number }, Row>(
  `SELECT ${COLUMNS} FROM api_key WHERE hash = $hash AND revoked_ms IS NULL AND (expires_ms IS NULL OR expires_ms > $nowMs)`,
)
const BY_ID = statement<Mine, Row>(`SELECT ${COLUMNS} FROM api_key WHERE organization = $organization AND id = $id`)
const LIST = statement<{ organization: string; after: string }, Row>(
  `SELECT ${COLUMNS} FROM api_key WHERE organization = $organization AND id > $after ORDER BY id LIMIT 500`,
)
const VALID = statement<{ organization: string; nowMs: number }, { n: number }>(
  'SELECT count(*) AS n FROM api_key WHERE organization = $organization AND revoked_ms IS NULL AND (expires_ms IS NULL OR expires_ms > $nowMs)',
)
const REVOKE = statement<Mine & { nowMs: number }>(
  'UPDATE api_key SET revoked_ms = $nowMs WHERE organization = $organization AND id = $id AND revoked_ms IS NULL',
)
const REVOKE_NAMED = statement<{ organization: string; name: string; nowMs: number }>(
  'UPDATE api_key SET revoked_ms = $nowMs WHERE organization = $organization AND name = $name AND revoked_ms IS NULL',
)
const END = statement<Mine & { untilMs: number; nowMs: number }>(
  `UPDATE api_key SET expires_ms = CASE WHEN expires_ms < $untilMs THEN expires_ms ELSE $untilMs END
  WHERE organization = $organization AND id = $id AND revoked_ms IS NULL AND (expires_ms IS NULL OR expires_ms > $nowMs)`,
)
const RENAME = statement<Mine & { name: string }>('UPDATE api_key SET name = $name WHERE organization = $organization AND id = $id AND revoked_ms IS NULL')
const NOTE_USE = statement<Mine & { nowMs: number }>('UPDATE api_key SET used_ms = $nowMs WHERE organization = $organization AND id = $id')

interface NewKey {
  readonly organization: OrganizationId
  readonly id: string
  readonly hash: string
  readonly name: string
  readonly mode: ApiKeyMode
  readonly scopes: string
  readonly bounds: string | null
  readonly expiresMs: number | null
  readonly nowMs: number
}

function* isFull(tx: Tx, organization: OrganizationId, nowMs: number): Work<boolean> {
  return ((yield* tx.one(VALID, { organization, nowMs }))?.n ?? 0) >= MAX_KEYS
}

const addKey = write('access.add_api_key', function* (tx, { others, ...key }: NewKey & { readonly others: 'keep' | 'revoke' }): Work<'added' | 'too-many'> {
  if (others === 'revoke') yield* tx.run(REVOKE_NAMED, { organization: key.organization, name: key.name, nowMs: key.nowMs })
  if (yield* isFull(tx, key.organization, key.nowMs)) return 'too-many'
  yield* tx.run(INSERT, key)
  return 'added'
})

const rotate = write('access.rotate_api_key', function* (tx, { old, untilMs, ...fresh }: NewKey & { readonly old: string; readonly untilMs: number }): Work<'rotated' | 'none' | 'too-many'> {
  if (yield* isFull(tx, fresh.organization, fresh.nowMs)) return 'too-many'
  // The one before it is touched first: of two rotations at once both see what the other did.
  if ((yield* tx.run(END, { organization: fresh.organization, id: old, untilMs, nowMs: fresh.nowMs })) === 0) return 'none'
  yield* tx.run(INSERT, fresh)
  return 'rotated'
})

const revoke = write('access.revoke_api_key', function* (tx, args: { readonly organization: OrganizationId; readonly id: string; readonly nowMs: number }) {
  return (yield* tx.run(REVOKE, args)) === 1
})

const rename = write('access.rename_api_key', function* (tx, args: { readonly organization: OrganizationId; readonly id: string; readonly name: string }) {
  return (yield* tx.run(RENAME, args)) === 1
})

const noteUse = write('access.note_key_use', function* (tx, args: { readonly organization: OrganizationId; readonly id: string; readonly nowMs: number }) {
  yield* tx.run(NOTE_USE, args)
})

/** What a new key is made of; without bounds of its own it has none. `others: 'revoke'` ends the organization's other keys of that name in the same write. */
export interface ApiKeyArgs extends Partial<Omit<Rights, 'scopes'>> {
  readonly organization: OrganizationId
  readonly name: string
  readonly mode: ApiKeyMode
  readonly scopes: readonly string[]
  readonly others: 'keep' | 'revoke'
  readonly nowMs: number
}

/** A key that was just made. */
export interface MadeKey {
  readonly id: string
  readonly key: string
}

/** Makes an API key and returns its text: the only time it is seen, because only its hash is kept. Null when the organization has `MAX_KEYS`. */
export async function createApiKey(db: Database, { others, nowMs, ...args }: ApiKeyArgs): Promise<MadeKey | null> {
  const made = { id: makeId('k', nowMs), key: makeApiKey(args.mode) }
  return (await db.write(addKey, { ...rowOf(made, { ...UNBOUND, ...args }, nowMs), others })) === 'added' ? made : null
}

/** Makes a key like another, which ends at `untilMs` unless it ended earlier: meanwhile both are valid. */
export async function rotateApiKey(db: Database, old: ApiKey, untilMs: number, nowMs: number): Promise<MadeKey | 'none' | 'too-many'> {
  const made = { id: makeId('k', nowMs), key: makeApiKey(old.mode) }
  const done = await db.write(rotate, { ...rowOf(made, old, nowMs), old: old.id, untilMs })
  return done === 'rotated' ? made : done
}

/** The valid key of that text, or null. */
export async function findApiKey(db: Database, text: string, nowMs: number): Promise<ApiKey | null> {
  if (apiKeyMode(text) === null) return null
  const row = await db.one(BY_HASH, { hash: hashToken(text), nowMs })
  return row === null ? null : toKey(row)
}

/** Notes that a key was used, at most once a minute: nobody need wait for it. */
export async function noteKeyUse(db: Database, { organization, id, usedMs }: ApiKey, nowMs: number): Promise<void> {
  if (usedMs === null || nowMs - usedMs >= NOTE_KEY_USE_EVERY_MS) await db.write(noteUse, { organization, id, nowMs })
}

/** The key of that id, valid or not; null when the organization has none. */
export async function apiKeyById(db: Database, organization: OrganizationId, id: string): Promise<ApiKey | null> {
  const row = await db.one(BY_ID, { organization, id })
  return row === null ? null : toKey(row)
}

/** At most 500 keys of an organization after an id, in id order, revoked ones too; '' begins. */
export async function apiKeysAfter(db: Database, organization: OrganizationId, after: string): Promise<readonly ApiKey[]> {
  return (await db.all(LIST, { organization, after })).map(toKey)
}

/** Ends a key at once. False when the organization has no valid key of that id. */
export async function revokeApiKey(db: Database, organization: OrganizationId, id: string, nowMs: number): Promise<boolean> {
  return await db.write(revoke, { organization, id, nowMs })
}

/** Calls a key something else. False when the organization has no key of that id that was not ended. */
export async function renameApiKey(db: Database, organization: OrganizationId, id: string, name: string): Promise<boolean> {
  return await db.write(rename, { organization, id, name })
}

function rowOf({ id, key }: MadeKey, rights: Rights & Pick<ApiKey, 'organization' | 'name' | 'mode'>, nowMs: number): NewKey {
  const { organization, name, mode, scopes, domains, streams, networks, caps, expiresMs } = rights
  const bounds: Bounds = { domains, streams, networks, caps }
  return { organization, id, hash: hashToken(key), name, mode, scopes: JSON.stringify(scopes), bounds: JSON.stringify(bounds), expiresMs, nowMs }
}

// Written by `rowOf` only. The row is read for each request, so that a key ends at once; what it may do is taken apart once.
const boundsIn = remembered(MAX_KEYS, (text) => JSON.parse(text) as Bounds)
const scopesIn = remembered(MAX_KEYS, (text) => JSON.parse(text) as readonly string[])

function toKey(row: Row): ApiKey {
  return {
    ...UNBOUND,
    ...(row.bounds === null ? {} : boundsIn(row.bounds)),
    id: row.id,
    organization: row.organization,
    name: row.name,
    mode: row.mode,
    scopes: scopesIn(row.scopes),
    expiresMs: row.expires_ms,
    createdMs: row.created_ms,
    usedMs: row.used_ms,
    revokedMs: row.revoked_ms,
  }
}

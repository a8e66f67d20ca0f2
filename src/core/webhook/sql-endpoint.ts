import type { MessageId, OrganizationId } from '../../base/brand.ts'
import { makeId } from '../../base/ids.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { seal, unseal } from '../access/seal.ts'
import { appendEvent } from '../event/sql.ts'
import { releaseMessage } from '../mailbox/sql-purge.ts'
import { type Chat, CHAT_TYPES } from './chat.ts'
import type { DisabledReason, Endpoint } from './endpoint.ts'
import { MAX_ENDPOINTS } from './limits.ts'
import type { PublicType } from './public-types.ts'
import { makeSigningKey, type Scheme, schemeOf } from './signature.ts'

const COLUMNS = 'organization, id, url, description, types, state, reason, failing_since_ms, created_ms, old_until_ms, public_key, chat'

interface Row {
  readonly organization: OrganizationId
  readonly id: string
  readonly url: string
  readonly description: string
  readonly types: string | null
  readonly state: Endpoint['state']
  readonly reason: DisabledReason | null
  readonly failing_since_ms: number | null
  readonly created_ms: number
  readonly old_until_ms: number | null
  readonly public_key: string | null
  readonly chat: string | null
}

interface Key {
  readonly organization: OrganizationId
  readonly id: string
}

/** What its owner decides of an endpoint. */
export interface EndpointWishes {
  /** As `parseTarget` took it. */
  readonly url: string
  readonly description: string
  readonly types: readonly PublicType[] | null
}

const COUNT = statement<{ organization: string }, { count: number }>('SELECT count(*) AS count FROM webhook WHERE organization = $organization')
const INSERT = statement<{ organization: string; id: string; url: string; description: string; types: string | null; sealed: string; publicKey: string | null; chat: string | null; nowMs: number }>(
  `INSERT INTO webhook (organization, id, url, description, types, state, reason, failing_since_ms, paused_until_ms, sealed_secret, old_secret, old_until_ms, sequence, created_ms, public_key, chat)
  VALUES ($organization, $id, $url, $description, $types, 'enabled', NULL, NULL, NULL, $sealed, NULL, NULL, 0, $nowMs, $publicKey, $chat)`,
)
const BY_ID = statement<{ organization: string; id: string }, Row>(`SELECT ${COLUMNS} FROM webhook WHERE organization = $organization AND id = $id`)
const LIST = statement<{ organization: string; after: string }, Row>(`SELECT ${COLUMNS} FROM webhook WHERE organization = $organization AND id > $after ORDER BY id LIMIT 500`)
const ENABLED = statement<{ organization: string; id: string }, Row>(
  `SELECT ${COLUMNS} FROM webhook WHERE (organization, id) > ($organization, $id) AND state = 'enabled' ORDER BY organization, id LIMIT 500`,
)
const ANY_ENABLED = statement<Record<never, never>, { id: string }>("SELECT id FROM webhook WHERE state = 'enabled' LIMIT 1")
const CHANGE = statement<{ organization: string; id: string; url: string; description: string; types: string | null }>(
  'UPDATE webhook SET url = $url, description = $description, types = $types WHERE organization = $organization AND id = $id',
)
const ENABLE = statement<{ organization: string; id: string }>(
  "UPDATE webhook SET state = 'enabled', reason = NULL, failing_since_ms = NULL, paused_until_ms = NULL WHERE organization = $organization AND id = $id AND state = 'disabled'",
)
const DISABLE = statement<{ organization: string; id: string; reason: string }, { url: string }>(
  "UPDATE webhook SET state = 'disabled', reason = $reason WHERE organization = $organization AND id = $id AND state = 'enabled' RETURNING url",
)
const SECRETS = statement<{ organization: string; id: string }, { sealed_secret: string; old_secret: string | null; old_until_ms: number | null }>(
  'SELECT sealed_secret, old_secret, old_until_ms FROM webhook WHERE organization = $organization AND id = $id',
)
const ROTATE = statement<{ organization: string; id: string; sealed: string; publicKey: string | null; untilMs: number }>(
  'UPDATE webhook SET old_secret = sealed_secret, old_until_ms = $untilMs, sealed_secret = $sealed, public_key = $publicKey WHERE organization = $organization AND id = $id',
)
const REMOVE = statement<{ organization: string; id: string }>('DELETE FROM webhook WHERE organization = $organization AND id = $id')
const ROUTED = statement<{ organization: string; id: string }, { id: string }>('SELECT id FROM inbound_route WHERE organization = $organization AND webhook = $id LIMIT 1')
// The same rows as are forgotten: each lets go of its message.
const MESSAGES = statement<{ organization: string; id: string }, { message: MessageId }>(
  `SELECT message FROM (SELECT message FROM webhook_call WHERE organization = $organization AND endpoint = $id ORDER BY id LIMIT 500) gone WHERE message IS NOT NULL ORDER BY message`,
)
const FORGET_ATTEMPTS = statement<{ organization: string; id: string }>(
  `DELETE FROM webhook_attempt WHERE organization = $organization AND endpoint = $id AND call IN (SELECT id FROM webhook_call WHERE organization = $organization AND endpoint = $id ORDER BY id LIMIT 500)`,
)
const FORGET_CALLS = statement<{ organization: string; id: string }>(
  `DELETE FROM webhook_call WHERE organization = $organization AND endpoint = $id AND id IN (SELECT id FROM webhook_call WHERE organization = $organization AND endpoint = $id ORDER BY id LIMIT 500)`,
)

const add = write('webhook.add', function* (tx, { types, ...args }: Key & EndpointWishes & { readonly sealed: string; readonly publicKey: string | null; readonly chat: string | null; readonly nowMs: number }): Work<boolean> {
  const { count } = (yield* tx.one(COUNT, args)) ?? { count: 0 }
  if (Number(count) >= MAX_ENDPOINTS) return false
  yield* tx.run(INSERT, { ...args, types: jsonOf(types) })
  return true
})

const change = write('webhook.change', function* (tx, { types, state, nowMs, ...args }: Key & EndpointWishes & { readonly state: Endpoint['state']; readonly nowMs: number }): Work<boolean> {
  if ((yield* tx.run(CHANGE, { ...args, types: jsonOf(types) })) === 0) return false
  if (state === 'enabled') yield* tx.run(ENABLE, args)
  else yield* disable(tx, args, 'by-hand', nowMs)
  return true
})

const rotate = write('webhook.rotate', function* (tx, args: Key & { readonly sealed: string; readonly publicKey: string | null; readonly untilMs: number }): Work<boolean> {
  return (yield* tx.run(ROTATE, args)) === 1
})

const remove = write('webhook.remove', function* (tx, args: Key): Work<'removed' | 'none' | 'in-use'> {
  if ((yield* tx.one(ROUTED, args)) !== null) return 'in-use'
  return (yield* tx.run(REMOVE, args)) === 1 ? 'removed' : 'none'
})

const forget = write('webhook.forget', function* (tx, args: Key): Work<number> {
  for (const { message } of yield* tx.all(MESSAGES, args)) yield* releaseMessage(tx, message)
  yield* tx.run(FORGET_ATTEMPTS, args)
  return yield* tx.run(FORGET_CALLS, args)
})

/** Switches an endpoint off, inside a write, with an event for its organization. Nothing happens when it is off. */
export function* disable(tx: Tx, { organization, id }: Key, reason: DisabledReason, nowMs: number): Work<void> {
  const found = yield* tx.one(DISABLE, { organization, id, reason })
  if (found === null) return
  yield* appendEvent(tx, { atMs: nowMs, organization, account: null, message: null, delivery: null, type: 'webhook.disabled', version: 1, data: { webhook: id, url: found.url, reason } })
}

/** Makes an endpoint, signed for as `scheme` says (`v1`). A chat is told of alerts when no types are named. A secret is shown this once, a private key never. Refused when the organization has as many as it may have. */
export async function createEndpoint(
  db: Database,
  own: Uint8Array,
  args: EndpointWishes & { readonly organization: OrganizationId; readonly scheme?: Scheme; readonly chat?: Chat | null; readonly nowMs: number },
): Promise<Result<{ readonly endpoint: Endpoint; readonly secret: string | null }, 'too-many'>> {
  const { organization, url, description, chat = null, nowMs } = args
  const types = args.types ?? (chat === null ? null : CHAT_TYPES)
  const id = makeId('h', nowMs)
  const { secret, publicKey } = makeSigningKey(args.scheme ?? 'v1')
  const isAdded = await db.write(add, { organization, id, url, description, types, sealed: seal(own, placeOf(id), secret), publicKey, chat: chat === null ? null : JSON.stringify(chat), nowMs })
  if (!isAdded) return fail('too-many')
  const endpoint: Endpoint = { id, organization, url, description, types, state: 'enabled', reason: null, failingSinceMs: null, createdMs: nowMs, publicKey, chat, oldSecretUntilMs: null }
  return ok({ endpoint, secret: publicKey === null ? secret : null })
}

/** Changes an endpoint. Switching it on forgets its failures. False when the organization has none of that id. */
export async function changeEndpoint(db: Database, args: Key & EndpointWishes & { readonly state: Endpoint['state']; readonly nowMs: number }): Promise<boolean> {
  return await db.write(change, args)
}

/** What verifies calls from now on: a secret, shown this once, or a public key; the other is null. */
export interface Rotated {
  readonly secret: string | null
  readonly publicKey: string | null
}

/**
 * Gives an endpoint a new secret or pair of keys, of its present scheme unless `scheme` names one; until `untilMs` the present one signs, too, and one before that no more.
 * Null when there is no such endpoint.
 */
export async function rotateSecret(db: Database, own: Uint8Array, { scheme, ...args }: Key & { readonly scheme?: Scheme | undefined; readonly untilMs: number }): Promise<Rotated | null> {
  const before = await endpointById(db, args.organization, args.id)
  if (before === null) return null
  const { secret, publicKey } = makeSigningKey(scheme ?? schemeOf(before.publicKey))
  if (!(await db.write(rotate, { ...args, sealed: seal(own, placeOf(args.id), secret), publicKey }))) return null
  return { secret: publicKey === null ? secret : null, publicKey }
}

/** Removes an endpoint with all that was to be sent there and how it went. `in-use`: a route leads mail to it. */
export async function removeEndpoint(db: Database, { organization, id }: Key): Promise<'removed' | 'none' | 'in-use'> {
  const done = await db.write(remove, { organization, id })
  if (done === 'removed') while ((await db.write(forget, { organization, id })) > 0);
  return done
}

/** An endpoint of an organization, or null. */
export async function endpointById(db: Database, organization: OrganizationId, id: string): Promise<Endpoint | null> {
  const row = await db.one(BY_ID, { organization, id })
  return row === null ? null : toEndpoint(row)
}

/** At most 500 endpoints of an organization after an id, oldest first; '' begins. */
export async function endpointsAfter(db: Database, organization: OrganizationId, after: string): Promise<readonly Endpoint[]> {
  return (await db.all(LIST, { organization, after })).map(toEndpoint)
}

/** All endpoints that are told of events, of every organization. */
export async function enabledEndpoints(db: Database): Promise<readonly Endpoint[]> {
  const found: Endpoint[] = []
  for (let rows = await db.all(ENABLED, { organization: '', id: '' }); rows.length > 0; rows = await db.all(ENABLED, found.at(-1) ?? { organization: '', id: '' })) found.push(...rows.map(toEndpoint))
  return found
}

/** Whether anybody wants to be told of anything. */
export async function hasEnabledEndpoint(db: Database): Promise<boolean> {
  return (await db.one(ANY_ENABLED, {})) !== null
}

/** The secrets that sign now, the newest first. Empty when they cannot be read, such as after the secret of the installation was lost. */
export async function secretsOf(db: Database, own: Uint8Array, { organization, id }: Key, nowMs: number): Promise<readonly string[]> {
  const row = await db.one(SECRETS, { organization, id })
  if (row === null) return []
  const old = row.old_until_ms !== null && row.old_until_ms > nowMs ? row.old_secret : null
  return [row.sealed_secret, old].flatMap((sealed) => (sealed === null ? [] : (unseal(own, placeOf(id), sealed) ?? [])))
}

function placeOf(id: string): string {
  return `webhook ${id}`
}

function jsonOf(types: readonly PublicType[] | null): string | null {
  return types === null ? null : JSON.stringify(types)
}

function toEndpoint(row: Row): Endpoint {
  return {
    id: row.id,
    organization: row.organization,
    url: row.url,
    description: row.description,
    types: row.types === null ? null : (JSON.parse(row.types) as readonly PublicType[]), // Written by `jsonOf` only.
    state: row.state,
    reason: row.reason,
    failingSinceMs: row.failing_since_ms,
    createdMs: row.created_ms,
    publicKey: row.public_key,
    chat: row.chat === null ? null : (JSON.parse(row.chat) as Chat), // Written above only.
    oldSecretUntilMs: row.old_until_ms,
  }
}

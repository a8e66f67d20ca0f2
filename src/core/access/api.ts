import { createRoute, z } from '@hono/zod-openapi'
import type { OrganizationId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { HOUR_MS } from '../../base/duration.ts'
import { isoTime } from '../../base/iso-time.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../infra/http/api/api.ts'
import { type Caller, changerOf, ownerOf } from '../../infra/http/api/caller.ts'
import { body, json } from '../../infra/http/api/json.ts'
import { afterId, idPageQuery, pageOf, toPage } from '../../infra/http/api/page.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import { MAX_KEYS } from './limits.ts'
import { beyond, type Rights } from './rights.ts'
import { apiKeyChange, apiKeyShape, apiKeyWishes, keyRotation, newApiKeyShape, rotatedKeyShape } from './shape.ts'
import { type ApiKey, apiKeyById, apiKeysAfter, createApiKey, renameApiKey, revokeApiKey, rotateApiKey } from './sql-api-key.ts'

const params = z.object({ id: z.string().max(100) })
const middleware = needsScope('develop', { domains: 'obeyed' })
const reading = needsScope('develop') // Who is confined to domains does not learn of other keys.

const list = createRoute({
  method: 'get', path: '/api_keys', summary: 'List API keys, oldest first; those that have ended, too', middleware: reading,
  request: { query: idPageQuery },
  responses: { 200: json(pageOf(apiKeyShape), 'A page of keys') },
})

const show = createRoute({
  method: 'get', path: '/api_keys/{id}', summary: 'Show an API key', middleware: reading, request: { params },
  responses: { 200: json(apiKeyShape, 'The key') },
})

const create = createRoute({
  method: 'post', path: '/api_keys', summary: 'Make an API key; its text is shown this once', middleware,
  request: { body: body(apiKeyWishes) },
  responses: { 201: json(newApiKeyShape, 'The key and its text') },
})

const change = createRoute({
  method: 'patch', path: '/api_keys/{id}', summary: 'Call an API key something else', middleware, request: { params, body: body(apiKeyChange) },
  responses: { 200: json(apiKeyShape, 'The key as it is now') },
})

const rotate = createRoute({
  method: 'post', path: '/api_keys/{id}/rotate', summary: 'Put a new key in the place of one; for a while both are valid', middleware,
  request: { params, body: { required: false, content: { 'application/json': { schema: keyRotation } } } },
  responses: { 201: json(rotatedKeyShape, 'The new key, shown this once') },
})

const revoke = createRoute({
  method: 'delete', path: '/api_keys/{id}', summary: 'End an API key at once', middleware, request: { params },
  responses: { 200: json(z.object({ object: z.literal('api_key'), id: z.string(), deleted: z.literal(true) }), 'It opens nothing any more') },
})

/** What the routes are made of. */
export interface ApiKeyApiOptions {
  readonly db: Database
  readonly clock: Clock
  /** The name of a domain of an organization, by its id; null when it has none such. */
  readonly domainName: (organization: OrganizationId, id: string) => Promise<string | null>
}

/** `/v1/api_keys`: what `merpati key` does. Nobody makes, changes, rotates or ends a key that may do more than he. */
export function apiKeyApi({ db, clock, domainName }: ApiKeyApiOptions): Api {
  const api = newApi()
  const own = async (caller: Caller, id: string): Promise<ApiKey> => {
    const key = await apiKeyById(db, ownerOf(caller), id)
    if (key === null) throw notFound(id)
    return key
  }
  const named = async (organization: OrganizationId, id: string): Promise<string> => {
    const name = await domainName(organization, id)
    if (name === null) throw invalid([{ field: 'domain_id', code: 'no_such_domain', message: `there is no domain ${id}` }])
    return name
  }
  api.openapi(list, async (context) => {
    const { limit, ...from } = context.req.valid('query')
    const rows = await apiKeysAfter(db, ownerOf(context.get('caller')), afterId(from))
    return context.json(toPage(rows.slice(0, limit + 1), limit, ({ id }) => id, (key) => shown(key, clock.nowMs())), 200)
  })
  api.openapi(show, async (context) => context.json(shown(await own(context.get('caller'), context.req.valid('param').id), clock.nowMs()), 200))
  api.openapi(create, async (context) => {
    const { name, mode, streams, networks, ...given } = context.req.valid('json')
    const caller = context.get('caller')
    const organization = changerOf(caller)
    const nowMs = clock.nowMs()
    const expiresMs = given.expires_at === null ? null : Date.parse(given.expires_at)
    if (expiresMs !== null && expiresMs <= nowMs) throw invalid([{ field: 'expires_at', code: 'too_early', message: 'is over' }])
    const domains = given.domain_id === undefined ? given.domains : [await named(organization, given.domain_id)]
    const rights: Rights = { scopes: given.scopes ?? PERMITTED[given.permission ?? 'usual'], domains, streams, networks, expiresMs, caps: { messagesPerHour: given.messages_per_hour, messagesPerDay: given.messages_per_day } }
    within(caller, rights)
    const made = await createApiKey(db, { ...rights, organization, name, mode, others: 'keep', nowMs })
    if (made === null) throw tooMany()
    return context.json({ ...shown(await own(caller, made.id), nowMs), key: made.key, token: made.key }, 201)
  })
  api.openapi(change, async (context) => {
    const caller = context.get('caller')
    const organization = changerOf(caller)
    const key = await own(caller, context.req.valid('param').id)
    within(caller, key)
    if (!(await renameApiKey(db, organization, key.id, context.req.valid('json').name))) throw notFound(key.id)
    return context.json(shown(await own(caller, key.id), clock.nowMs()), 200)
  })
  api.openapi(rotate, async (context) => {
    const caller = context.get('caller')
    changerOf(caller)
    const old = await own(caller, context.req.valid('param').id)
    within(caller, old)
    const { overlap_hours: hours } = keyRotation.parse(context.req.valid('json') ?? {})
    const nowMs = clock.nowMs()
    const untilMs = Math.min(nowMs + hours * HOUR_MS, old.expiresMs ?? Infinity)
    const made = await rotateApiKey(db, old, untilMs, nowMs)
    if (made === 'too-many') throw tooMany()
    if (made === 'none') throw notFound(old.id)
    return context.json({ ...shown(await own(caller, made.id), nowMs), key: made.key, token: made.key, old_key_until: isoTime(untilMs) }, 201)
  })
  api.openapi(revoke, async (context) => {
    const caller = context.get('caller')
    const organization = changerOf(caller)
    const key = await own(caller, context.req.valid('param').id)
    within(caller, key)
    if (!(await revokeApiKey(db, organization, key.id, clock.nowMs()))) throw notFound(key.id)
    return context.json({ object: 'api_key' as const, id: key.id, deleted: true as const }, 200)
  })
  return api
}

/** Scopes in the words of Resend. */
const PERMITTED: Readonly<Record<'full_access' | 'sending_access' | 'usual', readonly string[]>> = { full_access: ['*'], sending_access: ['send'], usual: ['send', 'read'] }

/** Throws what keeps a caller from what takes those rights. */
export function within(caller: Caller, rights: Rights): void {
  const missing = beyond(caller, rights)
  if (missing !== null) throw new Problem(403, 'more_rights', `This takes more rights than yours: ${missing}`)
}

function notFound(id: string): Problem {
  return new Problem(404, 'not_found', `There is no valid key ${id}`)
}

function tooMany(): Problem {
  return new Problem(422, 'too_many', `An organization has at most ${MAX_KEYS} valid keys`)
}

/** Whether a key opens anything now. */
function stateOf({ revokedMs, expiresMs }: ApiKey, nowMs: number): 'valid' | 'expired' | 'revoked' {
  if (revokedMs !== null) return 'revoked'
  return expiresMs !== null && expiresMs <= nowMs ? 'expired' : 'valid'
}

function shown(key: ApiKey, nowMs: number): z.infer<typeof apiKeyShape> {
  const list = <T extends string>(values: readonly T[] | null): T[] | null => (values === null ? null : [...values])
  const { id, name, mode, scopes, domains, streams, networks, caps, expiresMs, usedMs, createdMs } = key
  return {
    ...{ object: 'api_key' as const, id, name, mode, scopes: [...scopes], domains: list(domains), streams: list(streams) as z.infer<typeof apiKeyShape>['streams'], networks: list(networks) },
    ...{ messages_per_hour: caps.messagesPerHour, messages_per_day: caps.messagesPerDay, expires_at: isoTime(expiresMs) },
    ...{ state: stateOf(key, nowMs), created_at: isoTime(createdMs), last_used_at: isoTime(usedMs) },
  }
}

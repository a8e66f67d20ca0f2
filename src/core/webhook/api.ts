import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../base/clock.ts'
import { HOUR_MS } from '../../base/duration.ts'
import { isoTime } from '../../base/iso-time.ts'
import type { Result } from '../../base/result.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, needsScope, newApi } from '../../infra/http/api/api.ts'
import { type Caller, changerOf, ownerOf } from '../../infra/http/api/caller.ts'
import { body, json } from '../../infra/http/api/json.ts'
import { afterId, idPageQuery, pageOf, toPage } from '../../infra/http/api/page.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import type { Endpoint } from './endpoint.ts'
import { MAX_ENDPOINTS } from './limits.ts'
import { newWebhookShape, rotatedShape, rotation, webhookChange, webhookShape, webhookWishes } from './shape.ts'
import { schemeOf } from './signature.ts'
import { changeEndpoint, createEndpoint, endpointById, endpointsAfter, removeEndpoint, rotateSecret } from './sql-endpoint.ts'

const params = z.object({ id: z.string().max(100) })

const list = createRoute({
  method: 'get',
  path: '/webhooks',
  summary: 'List webhooks, oldest first',
  middleware: needsScope('read'),
  request: { query: idPageQuery },
  responses: { 200: json(pageOf(webhookShape), 'A page of webhooks') },
})

const create = createRoute({
  method: 'post',
  path: '/webhooks',
  summary: 'Make a webhook; its secret is shown this once, its public key always',
  middleware: needsScope('develop'),
  request: { body: body(webhookWishes) },
  responses: { 201: json(newWebhookShape, 'The webhook, and its secret if it has one') },
})

const show = createRoute({
  method: 'get',
  path: '/webhooks/{id}',
  summary: 'Show a webhook',
  middleware: needsScope('read'),
  request: { params },
  responses: { 200: json(webhookShape, 'The webhook') },
})

const change = createRoute({
  method: 'patch',
  path: '/webhooks/{id}',
  summary: 'Change a webhook, or switch it on or off; switching it on forgets its failures',
  middleware: needsScope('develop'),
  request: { params, body: body(webhookChange) },
  responses: { 200: json(webhookShape, 'The webhook as it is now') },
})

const remove = createRoute({
  method: 'delete',
  path: '/webhooks/{id}',
  summary: 'Remove a webhook, with all that waits for it',
  middleware: needsScope('develop'),
  request: { params },
  responses: { 200: json(z.object({ object: z.literal('webhook'), id: z.string(), deleted: z.literal(true) }), 'It is gone') },
})

const rotate = createRoute({
  method: 'post',
  path: '/webhooks/{id}/rotate',
  summary: 'Give a webhook a new secret or pair of keys; for a while both sign',
  middleware: needsScope('develop'),
  request: { params, body: { required: false, content: { 'application/json': { schema: rotation } } } },
  responses: { 200: json(rotatedShape, 'The new secret, shown this once, or the new public key') },
})

/** What the routes are made of. */
export interface WebhookApiOptions {
  readonly db: Database
  readonly clock: Clock
  /** The installation's. */
  readonly secret: Uint8Array
  /** Reads an address and looks where it leads: `checkTarget`. A refusal is a sentence. */
  readonly check: (url: string) => Promise<Result<URL, string>>
}

/** `/v1/webhooks`: what `merpati webhook` does, for the caller's organization. */
export function webhookApi(options: WebhookApiOptions): Api {
  const { db, clock, secret } = options
  const api = newApi()
  api.openapi(list, async (context) => {
    const { limit, ...from } = context.req.valid('query')
    const rows = await endpointsAfter(db, ownerOf(context.get('caller')), afterId(from))
    return context.json(toPage(rows.slice(0, limit + 1), limit, ({ id }) => id, shown), 200)
  })
  api.openapi(create, async (context) => {
    const { endpoint = '', url = endpoint, description, events, signature: scheme, chat } = context.req.valid('json')
    const organization = changerOf(context.get('caller'))
    await checked(url, endpoint === '' ? 'url' : 'endpoint', options)
    const made = await createEndpoint(db, secret, { organization, url, description, types: events, scheme, chat: chat?.kind === 'telegram' ? { kind: 'telegram', chatId: chat.chat_id } : chat, nowMs: clock.nowMs() })
    if (!made.ok) throw new Problem(422, 'too_many', `An organization has at most ${MAX_ENDPOINTS} webhooks`)
    return context.json({ ...shown(made.value.endpoint), secret: made.value.secret, signing_secret: made.value.secret }, 201)
  })
  api.openapi(show, async (context) => context.json(shown(await foundEndpoint(db, context.get('caller'), context.req.valid('param').id)), 200))
  api.openapi(change, async (context) => {
    const { endpoint, url = endpoint, description, events, enabled, status } = context.req.valid('json')
    const organization = changerOf(context.get('caller'))
    const before = await foundEndpoint(db, context.get('caller'), context.req.valid('param').id)
    if (url !== undefined) await checked(url, endpoint === undefined ? 'url' : 'endpoint', options)
    const wishes = { url: url ?? before.url, description: description ?? before.description, types: events === undefined ? before.types : events }
    const state = status ?? (enabled === undefined ? before.state : STATES[`${enabled}`])
    if (!(await changeEndpoint(db, { organization, id: before.id, ...wishes, state, nowMs: clock.nowMs() }))) throw notFound(before.id)
    return context.json(shown(await foundEndpoint(db, context.get('caller'), before.id)), 200)
  })
  api.openapi(remove, async (context) => {
    const { id } = context.req.valid('param')
    const done = await removeEndpoint(db, { organization: changerOf(context.get('caller')), id })
    if (done === 'none') throw notFound(id)
    if (done === 'in-use') throw new Problem(409, 'in_use', 'A route leads mail to this webhook: remove the route first')
    return context.json({ object: 'webhook' as const, id, deleted: true as const }, 200)
  })
  api.openapi(rotate, async (context) => {
    const { id } = context.req.valid('param')
    const { overlap_hours: hours, signature: scheme } = rotation.parse(context.req.valid('json') ?? {})
    const untilMs = clock.nowMs() + hours * HOUR_MS
    const fresh = await rotateSecret(db, secret, { organization: changerOf(context.get('caller')), id, scheme, untilMs })
    if (fresh === null) throw notFound(id)
    return context.json({ object: 'webhook' as const, id, signature: schemeOf(fresh.publicKey), secret: fresh.secret, signing_secret: fresh.secret, public_key: fresh.publicKey, old_secret_until: isoTime(untilMs) }, 200)
  })
  return api
}

const STATES = { true: 'enabled', false: 'disabled' } as const

/** The caller's endpoint of that id; a problem when there is none. */
export async function foundEndpoint(db: Database, caller: Caller, id: string): Promise<Endpoint> {
  const found = await endpointById(db, ownerOf(caller), id)
  if (found === null) throw notFound(id)
  return found
}

function notFound(id: string): Problem {
  return new Problem(404, 'not_found', `There is no webhook ${id}`)
}

/** Throws what is wrong with an address, under the name that it was given by. */
async function checked(url: string, field: 'url' | 'endpoint', { check }: WebhookApiOptions): Promise<void> {
  const found = await check(url)
  if (!found.ok) throw new Problem(422, 'validation_error', `${field}: ${found.error}`, { errors: [{ field, code: 'not_allowed', message: found.error }] })
}

function shown({ id, url, description, types, state, reason, failingSinceMs, publicKey, chat, oldSecretUntilMs, createdMs }: Endpoint): z.infer<typeof webhookShape> {
  return {
    ...{ object: 'webhook' as const, id, url, endpoint: url, description, events: types === null ? null : [...types], state, status: state, disabled_reason: reason },
    ...{ failing_since: isoTime(failingSinceMs), signature: schemeOf(publicKey), public_key: publicKey, chat: chat?.kind === 'telegram' ? { kind: chat.kind, chat_id: chat.chatId } : chat, old_secret_until: isoTime(oldSecretUntilMs), created_at: isoTime(createdMs) },
  }
}

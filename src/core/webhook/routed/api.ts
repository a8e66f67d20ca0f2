import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../../base/clock.ts'
import type { Fault } from '../../../base/fault.ts'
import { makeId } from '../../../base/ids.ts'
import { isoTime } from '../../../base/iso-time.ts'
import type { Database } from '../../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../../infra/http/api/api.ts'
import { type Caller, changerOf, ownerOf } from '../../../infra/http/api/caller.ts'
import { body, json } from '../../../infra/http/api/json.ts'
import { afterOf, pageOf, pageQuery, toPage } from '../../../infra/http/api/page.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import { parseAddress } from '../../../proto/mail/address.ts'
import type { SegmentReader } from '../../mailbox/body.ts'
import { MAX_ALIAS_TARGETS, MAX_ROUTES_A_DOMAIN } from '../../route/limits.ts'
import { readPattern } from '../../route/place.ts'
import { type InboundRoute, putRoute, removeRoute, routeById, routesAfter } from '../../route/sql-pattern.ts'
import { callById } from '../sql-log.ts'
import { routedFiles } from './content.ts'
import { carriedBytes } from './sql-body.ts'

const address = z.string().max(320).openapi({ example: 'ticket-*@example.org', description: 'An address of a domain of the organization; `*` stands for any letters.' })
const targets = z.array(z.string().max(320)).max(MAX_ALIAS_TARGETS).openapi({ description: 'Addresses here or elsewhere that get it.' })
const webhook = z.string().max(100).nullable().openapi({ description: 'The id of a webhook that is given the message, parsed (`email.routed`). Without it and without targets mail is refused.' })
const routeShape = z.object({ id: z.string().openapi({ example: 'r-P7AGWW7YrykFne2Cn6S' }), address, targets, webhook, created_at: z.iso.datetime() }).openapi('Route')
const wishes = z.strictObject({ address, targets: targets.default([]), webhook: webhook.default(null) }).openapi('RouteWishes')
const changes = z
  .strictObject({ address: address.optional(), targets: targets.optional(), webhook: webhook.optional() })
  .refine((asked) => Object.values(asked).some((value) => value !== undefined), { error: 'say what to change: address, targets or webhook' })
  .openapi('RouteChange')

const params = z.object({ id: z.string().max(100) })

const list = createRoute({
  method: 'get', path: '/routes', summary: 'List routes of mail that comes in, oldest first', middleware: needsScope('read'), request: { query: pageQuery },
  responses: { 200: json(pageOf(routeShape), 'A page of routes') },
})

const create = createRoute({
  method: 'post', path: '/routes', summary: 'Lead mail for an address, or for all that fit a pattern, to mailboxes, elsewhere or to a webhook', middleware: needsScope('admin'), request: { body: body(wishes) },
  responses: { 201: json(routeShape, 'The route') },
})

const show = createRoute({
  method: 'get', path: '/routes/{id}', summary: 'Show a route', middleware: needsScope('read'), request: { params },
  responses: { 200: json(routeShape, 'The route') },
})

const change = createRoute({
  method: 'patch', path: '/routes/{id}', summary: 'Change a route', middleware: needsScope('admin'), request: { params, body: body(changes) },
  responses: { 200: json(routeShape, 'The route as it is now') },
})

const remove = createRoute({
  method: 'delete', path: '/routes/{id}', summary: 'Remove a route; what waits for its webhook is still told', middleware: needsScope('admin'), request: { params },
  responses: { 200: json(z.object({ id: z.string(), deleted: z.literal(true) }), 'It is gone') },
})

const file = createRoute({
  method: 'get', path: '/webhooks/{id}/deliveries/{delivery}/attachments/{number}', summary: 'Fetch a file of a message that a webhook was given', middleware: needsScope('read'),
  request: { params: params.extend({ delivery: z.string().max(100), number: z.coerce.number().int().min(1).max(1_000) }) },
  responses: { 200: { description: 'The file', content: { 'application/octet-stream': { schema: z.string() } } } },
})

/** What the routes are made of. */
export interface RouteApiOptions {
  readonly db: Database
  readonly clock: Clock
  readonly segments: SegmentReader
}

/** `/v1/routes`: what `merpati route` does, for the caller's organization. */
export function routeApi(options: RouteApiOptions): Api {
  const { db, clock } = options
  const api = newApi()
  api.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid('query')
    const rows = await routesAfter(db, ownerOf(context.get('caller')), afterOf(cursor))
    return context.json(toPage(rows.slice(0, limit + 1), limit, ({ id }) => id, shown), 200)
  })
  api.openapi(create, async (context) => {
    changerOf(context.get('caller'))
    const asked = context.req.valid('json')
    return context.json(shown(await put(options, context.get('caller'), makeId('r', clock.nowMs()), asked)), 201)
  })
  api.openapi(show, async (context) => context.json(shown(await found(db, context.get('caller'), context.req.valid('param').id)), 200))
  api.openapi(change, async (context) => {
    changerOf(context.get('caller'))
    const before = await found(db, context.get('caller'), context.req.valid('param').id)
    const { address: where = addressOf(before), targets: leads = before.targets, webhook: hook = before.webhook } = context.req.valid('json')
    return context.json(shown(await put(options, context.get('caller'), before.id, { address: where, targets: leads, webhook: hook })), 200)
  })
  api.openapi(remove, async (context) => {
    const { id } = context.req.valid('param')
    if (!(await db.write(removeRoute, { organization: changerOf(context.get('caller')), id }))) throw notFound(id)
    return context.json({ id, deleted: true as const }, 200)
  })
  api.openapi(file, async (context) => {
    const { id: endpoint, delivery, number } = context.req.valid('param')
    const call = await callById(db, { organization: ownerOf(context.get('caller')), endpoint, id: delivery })
    const bytes = call === null || call.message === null ? null : await carriedBytes(options, call)
    const part = bytes === null ? undefined : routedFiles(bytes).find((each) => each.number === number)
    if (part === undefined) throw new Problem(404, 'not_found', `There is no file ${number} of delivery ${delivery}`)
    // Never shown by a browser as what its sender says it is.
    return new Response(new Uint8Array(part.bytes), { status: 200, headers: { 'content-type': 'application/octet-stream', 'content-disposition': 'attachment' } })
  })
  return api
}

interface Wanted {
  readonly address: string
  readonly targets: readonly string[]
  readonly webhook: string | null
}

async function put({ db, clock }: RouteApiOptions, caller: Caller, id: string, { address: text, targets: asked, webhook: hook }: Wanted): Promise<InboundRoute> {
  const organization = ownerOf(caller)
  const place = readPattern(text)
  if (place === null) throw invalid([{ field: 'address', code: 'invalid_address', message: 'is no address of a domain, or has too many stars' }])
  const done = await db.write(putRoute, { organization, id, domain: place.domain, pattern: place.local, targets: leadsOf(asked), webhook: hook, nowMs: clock.nowMs() })
  switch (done) {
    case 'put':
      return await found(db, caller, id)
    case 'no-domain':
      throw invalid([{ field: 'address', code: 'unknown_domain', message: 'is at no domain of your organization' }])
    case 'no-webhook':
      throw invalid([{ field: 'webhook', code: 'unknown', message: `there is no webhook ${hook ?? ''}` }])
    case 'taken':
      throw new Problem(409, 'exists', `${text} is there already: as an account, an alias or a route`)
    case 'too-many':
      throw new Problem(422, 'too_many', `A domain has at most ${MAX_ROUTES_A_DOMAIN} routes`)
  }
}

function leadsOf(asked: readonly string[]): readonly string[] {
  const faults: Fault[] = []
  const leads = asked.flatMap((text, at) => {
    const parsed = parseAddress(text)
    if (parsed.ok && parsed.value.domain !== null) return [parsed.value.text]
    faults.push({ field: `targets.${at}`, code: 'invalid_address', message: 'is no address' })
    return []
  })
  if (faults.length > 0) throw invalid(faults)
  return leads
}

async function found(db: Database, caller: Caller, id: string): Promise<InboundRoute> {
  const route = await routeById(db, ownerOf(caller), id)
  if (route === null) throw notFound(id)
  return route
}

function notFound(id: string): Problem {
  return new Problem(404, 'not_found', `There is no route ${id}`)
}

function addressOf({ pattern, domain }: InboundRoute): string {
  return `${pattern}@${domain}`
}

function shown(route: InboundRoute): z.infer<typeof routeShape> {
  return { id: route.id, address: addressOf(route), targets: [...route.targets], webhook: route.webhook, created_at: isoTime(route.createdMs) }
}

import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../base/clock.ts'
import { makeId } from '../../base/ids.ts'
import { isoTime } from '../../base/iso-time.ts'
import { OPERATOR } from '../../base/operator.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../infra/http/api/api.ts'
import { changerOf } from '../../infra/http/api/caller.ts'
import { body, json } from '../../infra/http/api/json.ts'
import { pageOf, wholePage } from '../../infra/http/api/page.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import { parseDomain } from '../../proto/mail/domain.ts'
import { organizationMeant } from '../organization/api.ts'
import type { Override } from '../pool/resolve.ts'
import { endStop, stopSite, suspensionsInForce } from '../pool/sql-stop.ts'
import type { Suspension } from '../pool/suspension.ts'
import type { Routed } from './route-of.ts'
import { explainLane } from './sql-explain-lane.ts'
import { allTransports, putTransport, removeTransport } from './sql-transport.ts'
import { type Transport, TRANSPORT_PATTERN } from './transport.ts'
import { laneShape, suspendWishes, suspensionShape, transportShape, transportWishes } from './http-shape.ts'

const middleware = needsScope(OPERATOR)
const domainParams = z.object({ domain: z.string().max(255) })
const patternParams = z.object({ pattern: z.string().max(255) })

const stopped = createRoute({
  method: 'get', path: '/lanes', summary: 'List what is stopped, and why', middleware,
  responses: { 200: json(pageOf(suspensionShape), 'All suspensions in force') },
})

const explain = createRoute({
  method: 'get', path: '/lanes/{domain}', summary: 'Show the servers of a domain, the limits that hold there, and who said so', middleware, request: { params: domainParams },
  responses: { 200: json(laneShape, 'The lane') },
})

const stop = createRoute({
  method: 'post', path: '/lanes/{domain}/suspend', summary: 'Stop mail to the servers of a domain, which may serve other domains too', middleware,
  request: { params: domainParams, body: body(suspendWishes) },
  responses: { 201: json(suspensionShape, 'The suspension; senders hear of it within seconds') },
})

const suspensionParams = z.object({ id: z.string().max(500) })

const showStop = createRoute({
  method: 'get', path: '/lanes/suspensions/{id}', summary: 'Show a suspension that is in force', middleware, request: { params: suspensionParams },
  responses: { 200: json(suspensionShape, 'The suspension') },
})

const resume = createRoute({
  method: 'delete', path: '/lanes/suspensions/{id}', summary: 'End a suspension, or what a rule has set off', middleware, request: { params: suspensionParams },
  responses: { 200: json(z.object({ id: z.string(), deleted: z.literal(true) }), 'It has ended') },
})

const list = createRoute({
  method: 'get', path: '/transports', summary: 'List where mail goes when MX records do not say it', middleware,
  responses: { 200: json(pageOf(transportShape), 'All of them; passwords are not shown') },
})

const show = createRoute({
  method: 'get', path: '/transports/{pattern}', summary: 'Show where mail for a domain goes', middleware, request: { params: patternParams },
  responses: { 200: json(transportShape, 'Where it goes; a password is not shown') },
})

const put = createRoute({
  method: 'put', path: '/transports/{pattern}', summary: 'Say where mail for a domain goes', middleware, request: { params: patternParams, body: body(transportWishes) },
  responses: { 200: json(transportShape, 'Where it goes; senders hear of it within seconds') },
})

const remove = createRoute({
  method: 'delete', path: '/transports/{pattern}', summary: 'Leave it to the usual way', middleware, request: { params: patternParams },
  responses: { 200: json(z.object({ pattern: z.string(), deleted: z.literal(true) }), 'It goes the usual way') },
})

/** What the routes are made of. */
export interface OutboundApiOptions {
  readonly db: Database
  readonly clock: Clock
  /** Finds the servers of a domain, as senders do. It has a deadline of its own. */
  readonly route: (domain: string) => Promise<Routed>
  readonly overrides: (domain: string, isChosen: boolean) => readonly Override[]
  /** For how long this system has been known to receivers. */
  readonly ageDays: () => number
}

/** `/v1/lanes` and `/v1/transports`: what `merpati lane` and `merpati transport` do, for operators. */
export function outboundApi(options: OutboundApiOptions): Api {
  const api = newApi()
  addLanes(api, options)
  addTransports(api, options)
  return api
}

function addLanes(api: Api, { db, clock, route, overrides, ageDays }: OutboundApiOptions): void {
  api.openapi(stopped, async (context) => context.json(wholePage((await suspensionsInForce(db, clock.nowMs())).map(shownSuspension)), 200))
  api.openapi(explain, async (context) => {
    const domain = nameOf(context.req.valid('param').domain)
    const routed = await route(domain)
    const { suspensions, limits, servers, ...lane } = await explainLane(db, { domain, routed, sourceAgeDays: ageDays(), overrides: overrides(domain, routed.isChosen), nowMs: clock.nowMs() })
    const shown = limits.map(({ limit, value, origin, text }) => ({ limit, value, origin: origin.kind, text: { ...text } }))
    return context.json({ ...lane, servers: [...servers], limits: shown, suspensions: suspensions.map(shownSuspension) }, 200)
  })
  api.openapi(stop, async (context) => {
    changerOf(context.get('caller'))
    const { organization, covers, minutes, reason } = context.req.valid('json')
    const owner = organization === null ? null : await organizationMeant(db, organization)
    const { site } = await route(nameOf(context.req.valid('param').domain))
    const nowMs = clock.nowMs()
    const untilMs = minutes === null ? null : nowMs + minutes * 60_000
    const suspension = await stopSite(db, { id: makeId('x', nowMs), site, organization: owner?.id ?? null, covers, reason, untilMs, nowMs })
    return context.json(shownSuspension(suspension), 201)
  })
  api.openapi(showStop, async (context) => {
    const { id } = context.req.valid('param')
    const found = (await suspensionsInForce(db, clock.nowMs())).find((each) => each.id === id)
    if (found === undefined) throw notStopped(id)
    return context.json(shownSuspension(found), 200)
  })
  api.openapi(resume, async (context) => {
    changerOf(context.get('caller'))
    const { id } = context.req.valid('param')
    const ended = await endStop(db, id, clock.nowMs())
    if (ended === 'none') throw notStopped(id)
    if (ended === 'a-stream') throw new Problem(409, 'a_stream', 'A stream goes on with POST /v1/streams/{id}/resume, which asks what the cause was')
    return context.json({ id, deleted: true as const }, 200)
  })
}

function addTransports(api: Api, { db }: OutboundApiOptions): void {
  api.openapi(list, async (context) => context.json(wholePage(Object.entries(await allTransports(db)).map(([pattern, transport]) => shownTransport(pattern, transport))), 200))
  api.openapi(show, async (context) => {
    const pattern = context.req.valid('param').pattern.toLowerCase()
    const found = new Map(Object.entries(await allTransports(db))).get(pattern)
    if (found === undefined) throw notSaid(pattern)
    return context.json(shownTransport(pattern, found), 200)
  })
  api.openapi(put, async (context) => {
    changerOf(context.get('caller'))
    const pattern = context.req.valid('param').pattern.toLowerCase()
    if (!TRANSPORT_PATTERN.test(pattern)) throw invalid([{ field: 'pattern', code: 'invalid_pattern', message: 'is no domain, nor "*.domain" or "*"' }])
    const transport = context.req.valid('json')
    await db.write(putTransport, { pattern, transport })
    return context.json(shownTransport(pattern, transport), 200)
  })
  api.openapi(remove, async (context) => {
    changerOf(context.get('caller'))
    const pattern = context.req.valid('param').pattern.toLowerCase()
    if (!(await db.write(removeTransport, { pattern }))) throw notSaid(pattern)
    return context.json({ pattern, deleted: true as const }, 200)
  })
}

function notStopped(id: string): Problem {
  return new Problem(404, 'not_found', `There is no suspension ${id}`)
}

function notSaid(pattern: string): Problem {
  return new Problem(404, 'not_found', `Nothing is said of ${pattern}`)
}

function nameOf(text: string): string {
  const name = parseDomain(text)
  if (name === null) throw invalid([{ field: 'domain', code: 'invalid_domain', message: 'is no domain name' }])
  return name
}

function shownSuspension({ id, scope, key, covers, by, rule, reason, firstReply, startedMs, untilMs }: Suspension): z.infer<typeof suspensionShape> {
  return { id, what: key.slice(scope.length + 1), covers, by: rule ?? by, reason, first_reply: firstReply, since: isoTime(startedMs), until: isoTime(untilMs) }
}

function shownTransport(pattern: string, transport: Transport): z.infer<typeof transportShape> {
  const none = { hosts: [], protocol: null, security: null, user: null, text: null }
  switch (transport.kind) {
    case 'direct':
      return { pattern, kind: 'direct', ...none }
    case 'refuse':
      return { pattern, kind: 'refuse', ...none, text: transport.text }
    case 'relay': {
      const { hosts, protocol, security, login } = transport
      return { pattern, kind: 'relay', hosts: [...hosts], protocol, security, user: login?.user ?? null, text: null }
    }
  }
}

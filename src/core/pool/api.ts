import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../base/clock.ts'
import { OPERATOR } from '../../base/operator.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../infra/http/api/api.ts'
import { changerOf } from '../../infra/http/api/caller.ts'
import { body, json } from '../../infra/http/api/json.ts'
import { pageOf, wholePage } from '../../infra/http/api/page.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import { organizationMeant } from '../organization/api.ts'
import { overflowFaultIn } from './pick-pool.ts'
import { poolShape, poolWishes, sourceChange, sourceShape, sourceWishes } from './shape.ts'
import { shownSource } from './shown-source.ts'
import { SOURCE_NAME } from './source.ts'
import { type KeptPool, type KeptSource, moveSource, putPool, putSource, removePool, removeSource, type SourceBook, sourceBook } from './sql-source.ts'

const params = z.object({ name: z.string().max(32) })
const middleware = needsScope(OPERATOR)
const gone = json(z.object({ name: z.string(), deleted: z.literal(true) }), 'It is gone')

const listSources = createRoute({
  method: 'get', path: '/sources', summary: 'List the addresses that mail leaves from, with their health and warm-up', middleware,
  responses: { 200: json(pageOf(sourceShape), 'All sources') },
})

const addSource = createRoute({
  method: 'post', path: '/sources', summary: 'Add an address; it carries mail once it is in a pool', middleware, request: { body: body(sourceWishes) },
  responses: { 201: json(sourceShape, 'The source') },
})

const showSource = createRoute({
  method: 'get', path: '/sources/{name}', summary: 'Show an address that mail leaves from', middleware, request: { params },
  responses: { 200: json(sourceShape, 'The source') },
})

const changeSource = createRoute({
  method: 'patch', path: '/sources/{name}', summary: 'Let a source rest or work again, begin its warm-up, or change its name in EHLO', middleware, request: { params, body: body(sourceChange) },
  responses: { 200: json(sourceShape, 'The source as it is now') },
})

const endSource = createRoute({
  method: 'delete', path: '/sources/{name}', summary: 'Remove a source from all pools, with what is known of its warm-up', middleware, request: { params },
  responses: { 200: gone },
})

const listPools = createRoute({
  method: 'get', path: '/pools', summary: 'List pools and their sources', middleware,
  responses: { 200: json(pageOf(poolShape), 'All pools') },
})

const showPool = createRoute({
  method: 'get', path: '/pools/{name}', summary: 'Show a pool', middleware, request: { params },
  responses: { 200: json(poolShape, 'The pool') },
})

const put = createRoute({
  method: 'put', path: '/pools/{name}', summary: 'Make a pool of exactly these sources, or change one', middleware, request: { params, body: body(poolWishes) },
  responses: { 200: json(poolShape, 'The pool') },
})

const endPool = createRoute({
  method: 'delete', path: '/pools/{name}', summary: 'Remove a pool; its sources stay', middleware, request: { params },
  responses: { 200: gone },
})

const memberParams = params.extend({ source: z.string().max(32) })

const join = createRoute({
  method: 'put', path: '/pools/{name}/sources/{source}', summary: 'Put a source into a pool', middleware, request: { params: memberParams },
  responses: { 200: json(poolShape, 'The pool as it is now') },
})

const leave = createRoute({
  method: 'delete', path: '/pools/{name}/sources/{source}', summary: 'Take a source out of a pool', middleware, request: { params: memberParams },
  responses: { 200: json(poolShape, 'The pool as it is now') },
})

/** What the routes are made of. */
export interface PoolApiOptions {
  readonly db: Database
  readonly clock: Clock
  /** The name in EHLO of a source of which nothing else is said. */
  readonly hostname: string
}

/** `/v1/sources` and `/v1/pools`: what `merpati source` and `merpati pool` do, for operators. */
export function poolApi(options: PoolApiOptions): Api {
  const api = newApi()
  addSources(api, options)
  addPools(api, options)
  return api
}

function addSources(api: Api, { db, clock, hostname }: PoolApiOptions): void {
  const shown = async (name: string): Promise<z.infer<typeof sourceShape>> => {
    const book = await sourceBook(db)
    return shownSource(foundSource(book, name), book.pools, clock.nowMs())
  }
  api.openapi(listSources, async (context) => {
    const { sources, pools } = await sourceBook(db)
    return context.json(wholePage([...sources.values()].map((source) => shownSource(source, pools, clock.nowMs()))), 200)
  })
  api.openapi(addSource, async (context) => {
    changerOf(context.get('caller'))
    const { name, address, ehlo = hostname, weight, warmup } = context.req.valid('json')
    const { sources } = await sourceBook(db)
    const other = [...sources.values()].find((source) => source.id === name || source.address === address)
    if (other !== undefined) throw new Problem(409, 'exists', `${other.address} is source ${other.id} already`)
    const plan = warmup === null ? null : { profile: warmup.profile, targetPerDay: warmup.target_per_day, percent: 100 }
    await db.write(putSource, { id: name, address, ehlo, state: plan === null ? 'active' : 'warming', weight, plan, nowMs: clock.nowMs() })
    return context.json(await shown(name), 201)
  })
  api.openapi(showSource, async (context) => context.json(await shown(context.req.valid('param').name), 200))
  api.openapi(changeSource, async (context) => {
    changerOf(context.get('caller'))
    const { id, address, ...before } = foundSource(await sourceBook(db), context.req.valid('param').name)
    const { state = before.state, ehlo = before.ehlo, weight = before.weight, warmup } = context.req.valid('json')
    const begun = warmup === undefined || warmup === null ? null : { profile: warmup.profile, targetPerDay: warmup.target_per_day, percent: 100 }
    await db.write(putSource, { id, address, ehlo, state: begun === null ? state : 'warming', weight, plan: warmup === null ? 'none' : begun, nowMs: clock.nowMs() })
    return context.json(await shown(id), 200)
  })
  api.openapi(endSource, async (context) => {
    changerOf(context.get('caller'))
    const { name } = context.req.valid('param')
    if (!(await db.write(removeSource, { id: name }))) throw new Problem(404, 'not_found', `There is no source ${name}`)
    return context.json({ name, deleted: true as const }, 200)
  })
}

function addPools(api: Api, { db }: PoolApiOptions): void {
  api.openapi(listPools, async (context) => context.json(wholePage((await sourceBook(db)).pools.map(shownPool)), 200))
  api.openapi(showPool, async (context) => context.json(shownPool(foundPool(await sourceBook(db), context.req.valid('param').name)), 200))
  api.openapi(put, async (context) => {
    changerOf(context.get('caller'))
    const { name } = context.req.valid('param')
    const { kind, organization, overflow, overflow_mode: mode, sources } = context.req.valid('json')
    const book = await sourceBook(db)
    if (!SOURCE_NAME.test(name)) throw invalid([{ field: 'name', code: 'invalid_name', message: 'is up to 32 lower-case letters, digits and hyphens' }])
    if ((kind === 'dedicated') !== (organization !== null)) throw invalid([{ field: 'organization', code: 'mismatch', message: 'a dedicated pool has one, and no other pool has' }])
    const owner = organization === null ? null : await organizationMeant(db, organization)
    if (overflow !== null && !book.pools.some(({ id }) => id === overflow)) throw invalid([{ field: 'overflow', code: 'unknown', message: `there is no pool ${overflow}` }])
    const fault = overflowFaultIn(book, overflow)
    if (fault !== null) throw invalid([{ field: 'overflow', code: 'apart', message: fault }])
    const missing = sources.find((source) => !book.sources.has(source))
    if (missing !== undefined) throw invalid([{ field: 'sources', code: 'unknown', message: `there is no source ${missing}` }])
    await db.write(putPool, { id: name, kind, organization: owner?.id ?? null, overflow, mode, sources })
    return context.json(shownPool(foundPool(await sourceBook(db), name)), 200)
  })
  api.openapi(endPool, async (context) => {
    changerOf(context.get('caller'))
    const { name } = context.req.valid('param')
    if (!(await db.write(removePool, { id: name }))) throw new Problem(404, 'not_found', `There is no pool ${name}`)
    return context.json({ name, deleted: true as const }, 200)
  })
  const move = async (name: string, source: string, to: 'in' | 'out'): Promise<z.infer<typeof poolShape>> => {
    const book = await sourceBook(db)
    const pool = foundPool(book, name)
    await db.write(moveSource, { pool: pool.id, source: foundSource(book, source).id, to })
    return shownPool(foundPool(await sourceBook(db), name))
  }
  api.openapi(join, async (context) => {
    changerOf(context.get('caller'))
    const { name, source } = context.req.valid('param')
    return context.json(await move(name, source, 'in'), 200)
  })
  api.openapi(leave, async (context) => {
    changerOf(context.get('caller'))
    const { name, source } = context.req.valid('param')
    return context.json(await move(name, source, 'out'), 200)
  })
}

function foundSource({ sources }: SourceBook, name: string): KeptSource {
  const source = sources.get(name)
  if (source === undefined) throw new Problem(404, 'not_found', `There is no source ${name}`)
  return source
}

function foundPool({ pools }: SourceBook, name: string): KeptPool {
  const pool = pools.find(({ id }) => id === name)
  if (pool === undefined) throw new Problem(404, 'not_found', `There is no pool ${name}`)
  return pool
}

function shownPool({ id, kind, organization, overflow, mode, sources }: KeptPool): z.infer<typeof poolShape> {
  return { name: id, kind, organization, overflow, overflow_mode: mode, sources: [...sources] }
}

import { type Hook, OpenAPIHono, type z } from '@hono/zod-openapi'
import type { HonoRequest, MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { Log } from '../../../base/log.ts'
import { Unavailable } from '../../../base/unavailable.ts'
import { OPERATOR } from '../../../base/operator.ts'
import { allowing } from './allowed.ts'
import type { Caller } from './caller.ts'
import { type Alone, conditional } from './conditional.ts'
import { expanding } from './expand.ts'
import type { Ask, Inside } from './inside.ts'
import { legible } from './legible.ts'
import { type FieldFault, Problem, problemResponse } from './problem.ts'
import type { RateLimit } from './rate.ts'
import { repeatable, type Repeats } from './repeat.ts'
import { type Watch, watched } from './watch.ts'
import { ClientLeft } from '../request.ts'

/** What routes find in their context. */
export interface ApiEnv {
  /** `isTooLarge`: the body was larger than anybody may send, and is not here. */
  readonly Bindings: { readonly address: string; readonly inside?: Inside; readonly isTooLarge?: boolean }
  readonly Variables: { requestId: string; caller: Caller }
}

/**
 * The body of a request for one of the paths that take large ones, read when the handler asks: nobody without a key makes us hold megabytes. Throws `Problem`
 * 413 beyond `maxBytes`, 503 while too many are held.
 */
export type LargeBody = (maxBytes: number) => Promise<Uint8Array<ArrayBuffer>>

/** A part of the API: routes with their schemas. */
export type Api = OpenAPIHono<ApiEnv>

/** An empty part. What its schemas refuse becomes a problem that names the field. */
export function newApi(): Api {
  return new OpenAPIHono<ApiEnv>({ defaultHook: refuse })
}

const refuse: Hook<unknown, ApiEnv, string, unknown> = (result) => {
  if (result.success) return undefined
  throw invalid(faultsOf(result.error.issues))
}

/** What a schema found wrong, field by field. */
export function faultsOf(issues: z.ZodError['issues']): readonly FieldFault[] {
  return issues.flatMap(({ path, code, message, ...issue }): FieldFault[] => {
    if (code === 'unrecognized_keys') return (issue as unknown as { readonly keys: readonly string[] }).keys.map((key) => ({ field: [...path, key].join('.'), code: 'unknown_field', message: 'there is no such field' }))
    const isTime = code === 'invalid_format' && (issue as unknown as { readonly format: string }).format === 'datetime' // Every fault of that code has it; taken apart, its type does not say so.
    return [{ field: path.join('.'), code, message: isTime ? 'want a time such as 2026-01-31T09:00:00Z' : message }]
  })
}

/** Faults that one answer tells of. */
const MAX_FAULTS = 100

/** The answer to a request whose fields are wrong. */
export function invalid(faults: readonly FieldFault[]): Problem {
  const errors = faults.slice(0, MAX_FAULTS)
  const [first] = errors
  return new Problem(422, 'validation_error', first === undefined ? 'The request is not understood' : `${first.field === '' ? 'The request' : first.field}: ${first.message}`, { errors })
}

/** What tells a session and who speaks for it. */
export interface SessionRequest {
  readonly method: string
  readonly cookie: string | undefined
  readonly origin: string | undefined
  /** The header X-CSRF-Token. */
  readonly csrf: string | undefined
}

/** What the whole API is made of. */
export interface ApiOptions {
  /** The caller whose key that is; null for no valid key. Throws `Problem` 429 for whoever has tried too many. */
  readonly authenticate: (key: string | null, address: string) => Promise<Caller | null>
  /** The caller whose session that is, for requests without a key; null for no session. Throws `Problem` 403 for what a page of ours did not send. */
  readonly session: (request: SessionRequest) => Promise<Caller | null>
  /** Requests that need neither: `POST /v1/session`. The description of the API is one of them in any case. */
  readonly open: ReadonlySet<string>
  readonly newId: () => string
  readonly log: Log
  /** Sees what callers change. */
  readonly watch: Watch
  /** Keeps a thing for a change under a condition. */
  readonly alone: Alone
  /** Remembers what comes again. */
  readonly repeats: Repeats
  /** Counts requests. */
  readonly rate: RateLimit
  /** Why a path that other services have is not there, and what to do instead; null for all others. */
  readonly notHere: (path: string) => string | null
  /** Told of every answer, for the numbers. */
  readonly answered: (told: Answered) => void
}

/** An answer of the API, as numbers and traces know it. */
export interface Answered {
  readonly method: string
  /** The template of its path. */
  readonly route: string
  readonly status: number
  /** The id that the client was told. */
  readonly requestId: string
  readonly tookMs: number
}

/** Paths that need no key: the description of the API, and what leads there. */
const OPEN: ReadonlySet<string> = new Set(['GET /v1', 'GET /v1/', 'GET /v1/openapi.json'])

/** Routes without a description. */
const PLAIN: ReadonlySet<string> = new Set(['GET /v1', 'GET /v1/openapi.json', 'GET /v1/docs'])

/** The root of the API: ids of requests, keys, problems. Parts are mounted below it. */
export function rootApi(options: ApiOptions): Api {
  const root = newApi()
  const allowed = allowing(() => root, PLAIN)
  const ask: Ask = async (path, inside) => await root.fetch(new Request(`http://merpati${path}`), { address: '', inside })
  root.use('*', track(options))
  root.use('*', allowed.options)
  root.use('*', async ({ req, env, set }, next) => {
    const asked = `${req.method} ${req.path}`
    if (!OPEN.has(asked) && !options.open.has(asked)) set('caller', env.inside?.caller ?? (await callerOf({ authorization: req.header('authorization'), session: sessionRequest(req), address: env.address }, options)))
    await next()
  })
  root.use('*', limited(options.rate))
  root.use('*', legible(invalid))
  root.use('*', async ({ req }, next) => {
    const why = options.notHere(req.path)
    if (why !== null) throw new Problem(404, 'not_found', why)
    await next()
  })
  root.use('*', expanding(ask))
  root.use('*', conditional(options.alone, ask))
  root.use('*', repeatable(options.repeats))
  root.use('*', watched(options.watch, ask))
  root.notFound(({ req, get }) => problemResponse(allowed.problem(req.method, req.path), get('requestId')))
  root.onError((error, { get, req }) => problemResponse(problemOf(error, options.log, req.path), get('requestId')))
  return root
}

/** A client's own id of a request is echoed, when it is one that cannot hurt a log. */
export function requestIdOf(asked: string, newId: () => string): string {
  return /^[\w.-]{1,64}$/.test(asked) ? asked : newId()
}

function track({ newId, answered }: ApiOptions): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const beganMs = performance.now()
    context.set('requestId', requestIdOf(context.req.header('request-id') ?? '', newId))
    await next()
    context.header('request-id', context.get('requestId'))
    // RFC 7240 §4.1: jobs go on after their answer in any case.
    if (context.res.status === 202 && /\brespond-async\b/i.test(context.req.header('prefer') ?? '')) context.header('preference-applied', 'respond-async')
    if (context.env.inside !== undefined) return
    answered({ method: context.req.method, route: context.req.routePath, status: context.res.status, requestId: context.get('requestId'), tookMs: performance.now() - beganMs })
  }
}

/** Counts every request that comes from outside. Where a plan has counted it, too, its numbers are the ones that are told. */
function limited(rate: RateLimit): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    if (context.env.inside !== undefined) return await next()
    const caller = context.get('caller') as Caller | undefined // Requests that need no key have none.
    const told = rate({ caller: caller ?? null, address: context.env.address, of: 'request' })
    await next()
    if (!context.res.headers.has('ratelimit-limit')) for (const [name, value] of Object.entries(told)) context.header(name, value)
  }
}

/** What of a request says who asks. */
export interface Credentials {
  /** The header Authorization. */
  readonly authorization: string | undefined
  readonly session: SessionRequest
  readonly address: string
}

/** Who asks, by a key or a session. Throws `Problem` for whoever has neither. */
export async function callerOf({ authorization: header, session: request, address }: Credentials, { authenticate, session }: ApiOptions): Promise<Caller> {
  const mine = header === undefined ? await session(request) : null
  if (mine !== null) return mine
  const key = /^Bearer +(\S{1,200}) *$/i.exec(header ?? '')?.[1] ?? null
  const caller = await authenticate(key, address)
  if (caller !== null) return caller
  const headers = { 'www-authenticate': 'Bearer realm="merpati"' }
  if (header === undefined) throw new Problem(401, 'missing_api_key', 'Send the header "Authorization: Bearer sk_..."; "merpati key create" makes a key', { headers })
  throw new Problem(401, 'invalid_api_key', 'This key is not valid: it may have been revoked, or not copied whole', { headers })
}

/** What of a request tells a session. */
export function sessionRequest(req: HonoRequest): SessionRequest {
  return { method: req.method, cookie: req.header('cookie'), origin: req.header('origin'), csrf: req.header('x-csrf-token') }
}

/**
 * Lets only callers on that may do it. Whoever is confined to domains comes no further than here, unless the route says that it looks at `caller.domains` itself
 * (`domains: 'obeyed'`): a route that does not know of them cannot leak.
 */
export function needsScope(scope: string, { domains: reach = 'unknown' }: { readonly domains?: 'obeyed' | 'unknown' } = {}): MiddlewareHandler<ApiEnv> {
  return async ({ get }, next) => {
    const { domains } = get('caller')
    const fault = scopeFault(get('caller'), scope)
    if (fault !== null) throw fault
    if (domains !== null && reach === 'unknown') throw new Problem(403, 'confined_to_domains', `This key is for ${domains.join(', ')} alone, and this is about the whole organization`)
    await next()
  }
}

/** Why a caller may not do what needs a scope; null when it may. */
export function scopeFault({ scopes }: Caller, scope: string): Problem | null {
  if (scopes.includes(scope) || (scope !== OPERATOR && scopes.includes('*'))) return null
  return new Problem(403, 'missing_scope', `This key may not do that: it needs the scope "${scope}" and has ${scopes.map((each) => `"${each}"`).join(', ') || 'none'}`)
}

/** What an error says to whoever asked: a bug is logged, and its answer tells nothing of our insides. */
export function problemOf(error: Error, log: Log, path: string): Problem {
  if (error instanceof Problem) return error
  if (error instanceof Unavailable) return new Problem(503, 'unavailable', 'The database does not answer. Nothing was changed; try again', { headers: { 'retry-after': '5' } })
  if (error instanceof ClientLeft) return new Problem(400, 'bad_request', 'The body did not come whole')
  // What the framework refuses before a handler sees it: a body that is no JSON.
  if (error instanceof HTTPException && error.status === 415) return new Problem(415, 'unsupported_media_type', 'Say what the body is: Content-Type: application/json')
  if (error instanceof HTTPException && error.status < 500) return new Problem(error.status, 'bad_request', 'The body is not JSON in UTF-8')
  log.error('api.failed', { path, error })
  return new Problem(500, 'internal_error', 'Something went wrong on our side; the log of the server tells more, under the id of this request')
}

import type { HttpAnswer, HttpRequest } from '../request.ts'
import type { Handler } from '../routes.ts'
import type { Api } from './api.ts'
import type { DirectHandler } from './direct.ts'
import { Held } from './held.ts'
import { Problem, problemAnswer } from './problem.ts'

/** What serving an API is made of. */
export interface ApiHandlerOptions {
  /** Called at the first request: an idle program does not carry what it needs. */
  readonly load: () => Promise<LoadedApi>
}

/** An API, and the POSTs by path that are served without the framework. */
export interface LoadedApi {
  readonly api: Api
  readonly direct: ReadonlyMap<string, DirectHandler>
  /** The path that is meant by one of another service's. */
  readonly pathMeant: (path: string) => string
}

/** Serves an API by our own listener. */
export function apiHandler({ load }: ApiHandlerOptions): Handler {
  let loading: Promise<LoadedApi> | null = null
  const held = new Held()
  return async (asked, signal) => {
    loading ??= load()
    const { api, direct, pathMeant } = await loading.catch((error: unknown) => {
      loading = null
      throw error
    })
    const request = { ...asked, path: pathMeant(asked.path) }
    const handle = request.method === 'POST' ? direct.get(request.path) : undefined
    if (handle !== undefined) {
      using taken = held.open(request)
      return await handle(request, taken.readFor)
    }
    if (UNASKABLE.has(request.method)) return await refusedMethod(request, api, signal)
    const body = await bodyOf(request)
    if (body === 'too-large') return await answerOf(await api.fetch(requestOf(request, null, signal), { address: request.address, isTooLarge: true }))
    return await answerOf(await api.fetch(requestOf(request, body, signal), { address: request.address }))
  }
}

/** Methods that a `Request` of the platform cannot have: https://fetch.spec.whatwg.org/#forbidden-method. No route takes them. */
const UNASKABLE: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])

/** 405 with what the path takes, or 404: RFC 9110 §15.5.6. */
async function refusedMethod(request: HttpRequest, api: Api, signal: AbortSignal): Promise<HttpAnswer> {
  const known = await answerOf(await api.fetch(requestOf({ ...request, method: 'OPTIONS' }, null, signal), { address: request.address }))
  const { allow, 'request-id': requestId = '' } = known.headers ?? {}
  return allow === undefined ? known : problemAnswer(new Problem(405, 'method_not_allowed', `${request.path} takes ${allow}, and no ${request.method}`, { headers: { allow } }), requestId)
}

async function bodyOf(request: HttpRequest): Promise<Uint8Array<ArrayBuffer> | null | 'too-large'> {
  if (request.method === 'GET' || request.method === 'HEAD') return null
  const body = await request.body()
  return body === null ? 'too-large' : new Uint8Array(body)
}

/** The host in the URL means nothing: which ones are ours was decided before. */
function requestOf({ method, path, query, headers }: HttpRequest, body: Uint8Array<ArrayBuffer> | null, signal: AbortSignal): Request {
  const own = new Headers()
  for (const [name, value] of Object.entries(headers)) if (typeof value === 'string' && !name.startsWith(':')) own.set(name, value)
  const isEmpty = body === null || body.length === 0
  // Clients call JSON what they do not send: where a body may be left out, that is no fault.
  if (isEmpty && /^application\/json\b/i.test(own.get('content-type') ?? '')) own.delete('content-type')
  const search = query.size === 0 ? '' : `?${query}`
  return new Request(`http://merpati${path}${search}`, { method, headers: own, signal, ...(isEmpty ? {} : { body }) })
}

async function answerOf(response: Response): Promise<HttpAnswer> {
  const headers = Object.fromEntries(response.headers)
  delete headers['content-length'] // The listener counts by itself.
  return { status: response.status, headers, body: new Uint8Array(await response.arrayBuffer()) }
}

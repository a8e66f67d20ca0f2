import { MAX_BODY_BYTES } from '../limits.ts'
import type { Handler, HttpAnswer, HttpRequest } from '../server.ts'
import type { Api } from './api.ts'
import { Problem, problemResponse } from './problem.ts'

/** Serves an API by our own listener. `load` is called at the first request: an idle program does not carry what it needs. */
export function apiHandler(load: () => Promise<Api>): Handler {
  let loading: Promise<Api> | null = null
  return async (request, signal) => {
    loading ??= load()
    const api = await loading.catch((error: unknown) => {
      loading = null
      throw error
    })
    const body = await bodyOf(request)
    if (body === 'too-large') return await answerOf(problemResponse(new Problem(413, 'too_large', `The body is larger than ${MAX_BODY_BYTES} octets`), ''))
    return await answerOf(await api.fetch(requestOf(request, body, signal), { address: request.address }))
  }
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
  const search = query.size === 0 ? '' : `?${query}`
  return new Request(`http://merpati${path}${search}`, { method, headers: own, signal, ...(body === null || body.length === 0 ? {} : { body }) })
}

async function answerOf(response: Response): Promise<HttpAnswer> {
  const headers = Object.fromEntries(response.headers)
  delete headers['content-length'] // The listener counts by itself.
  return { status: response.status, headers, body: new Uint8Array(await response.arrayBuffer()) }
}

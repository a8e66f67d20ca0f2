import type { HttpAnswer, HttpRequest } from './request.ts'

/** Answers one kind of request. `signal` aborts when the client leaves or we stop. A rejection is a bug: it is logged and answered 500. */
export type Handler = (request: HttpRequest, signal: AbortSignal) => Promise<HttpAnswer> | HttpAnswer

/**
 * Handlers by method and exact path: `GET /healthz`, or for all below a path, whatever the method: `/v1`. A GET handler answers HEAD too.
 * `POST ~/a/b` stands for that path in letters of any case.
 */
export type Routes = ReadonlyMap<string, Handler>

/** Who answers such a request; without anybody, what is to be answered. */
export function handlerFor(routes: Routes, method: string, path: string): Handler {
  const verb = method === 'HEAD' ? 'GET' : method
  return routes.get(`${verb} ${path}`) ?? routes.get(topOf(path)) ?? routes.get(`${verb} ~${path.toLowerCase()}`) ?? (() => notFound(routes, path))
}

/** `/v1` of `/v1/queue`. */
function topOf(path: string): string {
  const end = path.indexOf('/', 1)
  return end === -1 ? path : path.slice(0, end)
}

/** RFC 9110 §15.5.6: a known path with another method is 405, with what is allowed. */
function notFound(routes: Routes, path: string): HttpAnswer {
  const allowed = [...routes.keys()].filter((key) => key.endsWith(` ${path}`) || key.endsWith(` ~${path.toLowerCase()}`)).map((key) => key.slice(0, key.indexOf(' ')))
  if (allowed.length === 0) return { status: 404, body: 'Not found.\n' }
  return { status: 405, headers: { allow: allowed.join(', ') } }
}

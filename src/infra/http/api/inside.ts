import type { Context } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { ApiEnv } from './api.ts'
import type { Caller } from './caller.ts'

/** Who has seen to it that a request comes from inside: it is answered without a key. */
export interface Inside {
  readonly caller: Caller
  readonly requestId: string
}

/** Asks the API from inside of a request: a GET of that path, as that caller. */
export type Ask = (path: string, inside: Inside) => Promise<Response>

/** The route that will answer, as the description of the API writes it; null when there is none. */
export function templateOf(context: Context<ApiEnv>): string | null {
  // All that match are known before the first of them runs; what stands before every route has a star.
  const path = matchedRoutes(context).find((each) => !each.path.endsWith('*'))?.path
  return path === undefined ? null : path.replace(/:(\w+)/g, '{$1}')
}

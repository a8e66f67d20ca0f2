import type { Context, MiddlewareHandler } from 'hono'
import type { ApiEnv } from './api.ts'
import { OPERATOR } from '../../../base/operator.ts'
import type { Caller } from './caller.ts'
import { type Ask, templateOf } from './inside.ts'

/** A request of a caller that may change something. */
export interface Change {
  readonly caller: Caller
  readonly request: string
  readonly address: string
  readonly method: string
  readonly path: string
  /** The template of the path: `/v1/webhooks/{id}`. */
  readonly route: string
  /** It is about what belongs to no organization. */
  readonly isOfPlatform: boolean
  /** Its body as JSON; null when it has none, or something else. */
  asked(): Promise<unknown>
  /** What a GET of a path shows to somebody of the organization who may see everything, and to operators; null for nothing. */
  look(path: string): Promise<unknown>
}

/** How it ended. */
export interface ChangeEnd {
  /** True when it was answered with 2xx. */
  readonly isDone: boolean
  /** The body of the answer as JSON; null when it is none. */
  readonly answer: unknown
}

/** What sees one change from beginning to end. */
export interface Watched {
  /** Runs the handler. */
  run(handle: () => Promise<void>): Promise<void>
  /** Called when the answer is there, before the caller hears it. */
  ended(end: ChangeEnd): Promise<void>
}

/** Sees changes. It is called before the handler. Null: of no interest. */
export type Watch = (change: Change) => Promise<Watched | null>

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Lets `watch` see every request that may change something. It stands before all routes, so that none can be left out. */
export function watched(watch: Watch, fetchInside: Ask): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const caller = context.get('caller') as Caller | undefined // Requests that need no key have none.
    const route = templateOf(context)
    const seen = READING.has(context.req.method) || caller === undefined || route === null ? null : await watch(changeOf(context, route, caller, fetchInside))
    if (seen === null) return await next()
    await seen.run(next)
    await seen.ended({ isDone: context.res.ok, answer: await jsonOf(context.res.clone()) })
  }
}

function changeOf(context: Context<ApiEnv>, route: string, caller: Caller, fetchInside: Ask): Change {
  const { req, env } = context
  const requestId = context.get('requestId')
  const isOfPlatform = req.query('platform') === 'true'
  return {
    ...{ caller, request: requestId, address: env.address, method: req.method, path: req.path, route, isOfPlatform },
    // The framework keeps the text for the handler.
    asked: async () => parsed(await req.text()),
    async look(path) {
      const all: Caller = { ...caller, mode: 'live', scopes: ['*', ...caller.scopes.filter((scope) => scope === OPERATOR)], domains: null }
      const shown = await fetchInside(isOfPlatform ? `${path}?platform=true` : path, { caller: all, requestId })
      return shown.ok ? await jsonOf(shown) : null
    },
  }
}

async function jsonOf(response: Response): Promise<unknown> {
  return parsed(await response.text())
}

function parsed(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return null // It is no JSON: there is nothing to show of it.
  }
}

import type { MiddlewareHandler } from 'hono'
import type { ApiEnv } from './api.ts'
import { type Ask, templateOf } from './inside.ts'
import { Problem } from './problem.ts'

/** Things that one request may take along: each is a request of its own. */
const MAX_EXPANDED = 5

/**
 * `?expand=events,transcript`: what a GET below a thing would answer comes along in it, under that name. It stands before all routes; whoever may not ask for
 * the one below is told so.
 */
export function expanding(ask: Ask): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const wanted = context.req.method === 'GET' ? context.req.query('expand') : undefined
    await next()
    const { res } = context
    if (wanted === undefined || res.status !== 200) return
    const names = [...new Set(wanted.split(',', MAX_EXPANDED + 1))]
    const isThing = (templateOf(context) ?? '').includes('{') && (res.headers.get('content-type') ?? '').startsWith('application/json')
    if (!isThing || names.length > MAX_EXPANDED || names.some((name) => !/^[a-z_]{1,40}$/.test(name))) throw refused(isThing ? `want up to ${MAX_EXPANDED} names with commas between` : 'works for one thing with a path of its own')
    const body = (await res.clone().json()) as Record<string, unknown>
    const inside = { caller: context.get('caller'), requestId: context.get('requestId') }
    for (const name of names) {
      const below = await ask(`${context.req.path}/${name}`, inside)
      const answer = (await below.json().catch(() => null)) as Readonly<Record<string, unknown>> | null // What is no JSON cannot stand in JSON.
      if (!below.ok || answer === null || name in body) throw refused(`${name}: ${name in body ? 'is there already' : String(answer?.['detail'] ?? 'cannot stand in JSON')}`)
      body[name] = answer
    }
    context.res = new Response(JSON.stringify(body), { status: 200, headers: { 'content-type': 'application/json' } })
  }
}

function refused(message: string): Problem {
  return new Problem(422, 'validation_error', `expand: ${message}`, { errors: [{ field: 'expand', code: 'invalid_expand', message }] })
}

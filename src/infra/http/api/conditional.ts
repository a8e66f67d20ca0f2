import type { Context, MiddlewareHandler } from 'hono'
import type { ApiEnv } from './api.ts'
import type { Caller } from './caller.ts'
import { readTags, sinceTag, tagOf } from './etag.ts'
import { type Ask, templateOf } from './inside.ts'
import { Problem } from './problem.ts'

/** Keeps a name for one request at a time, on all nodes. Gives what lets it go again, and never rejects; null while another has it. */
export type Alone = (name: string) => Promise<(() => Promise<void>) | null>

const CHANGING: ReadonlySet<string> = new Set(['PATCH', 'PUT', 'DELETE'])

/**
 * ETags of things that have a path of their own, and what is asked under a condition (RFC 9110 §13). It stands before all routes, so that each has it and none need know of it.
 * A change with If-Match has its thing to itself from the comparison to its end: of two with the same tag one is done.
 */
export function conditional(alone: Alone, ask: Ask): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const { method, path } = context.req
    const template = context.env.inside === undefined ? templateOf(context) : null
    if (template === null || !template.includes('{')) return await next()
    if (method === 'GET' || method === 'HEAD') {
      await next()
      if (context.req.query('expand') === undefined) await tagged(context)
      return
    }
    const match = context.req.header('if-match')
    const noneMatch = context.req.header('if-none-match')
    if (!CHANGING.has(method) || (match === undefined && noneMatch === undefined)) return await next()
    const caller = context.get('caller') as Caller | undefined // Requests that need no key have none.
    if (caller === undefined) return await next()
    const release = await alone(`${caller.organization} ${path}`)
    if (release === null) throw failed('Somebody else is changing it this moment: read it again', [])
    try {
      compare({ match, noneMatch }, await lookAt(context, caller, ask))
      await next()
      const now = context.res.ok && method !== 'DELETE' ? await seenAfter(context, caller, ask) : undefined
      if (now !== undefined) context.header('etag', tagOf(now))
    } finally {
      await release()
    }
  }
}

/** Marks an answer with its tag; whoever has seen it already is told so, and no more. */
async function tagged(context: Context<ApiEnv>): Promise<void> {
  const { res } = context
  if (res.status !== 200 || !(res.headers.get('content-type') ?? '').startsWith('application/json')) return
  const tag = tagOf(await res.clone().json())
  const known = readTags(context.req.header('if-none-match') ?? '')
  // RFC 9110 §13.1.2: weak comparison.
  if (known !== null && (known === '*' || known.some((each) => each.replace(/^W\//, '') === tag))) context.res = new Response(null, { status: 304, headers: { etag: tag } })
  else context.header('etag', tag)
}

/** What is there now, as whoever asks may see it; undefined for nothing. */
async function lookAt(context: Context<ApiEnv>, caller: Caller, ask: Ask): Promise<unknown> {
  const { path, url } = context.req
  const shown = await ask(path + new URL(url).search, { caller, requestId: context.get('requestId') })
  if (shown.ok) return await shown.json()
  if (shown.status === 404) return undefined
  if (shown.status === 405) throw failed(`${path} has no GET, and so no ETag: leave the condition out`, [])
  throw new Problem(shown.status, shown.status === 403 ? 'missing_scope' : 'unavailable', 'A condition needs to see what is there, and that is not allowed, or did not work')
}

/** What a change has made of it. The change is done: whoever cannot see it now, or finds it under another name, gets no tag and hears so all the same. */
async function seenAfter(context: Context<ApiEnv>, caller: Caller, ask: Ask): Promise<unknown> {
  const shown = await ask(context.req.path, { caller, requestId: context.get('requestId') })
  return shown.ok ? await shown.json() : undefined
}

interface Conditions {
  readonly match: string | undefined
  readonly noneMatch: string | undefined
}

/** Throws what keeps a change from being made. Of what is not there the route tells by itself: RFC 9110 §13.2.1 has conditions wait for what would succeed without them. */
function compare({ match, noneMatch }: Conditions, body: unknown): void {
  if (noneMatch !== undefined) {
    const tags = tagsOf('If-None-Match', noneMatch)
    if (body !== undefined && (tags === '*' || tags.includes(tagOf(body)))) throw failed('It is there already', [])
  }
  if (match === undefined || body === undefined) return
  const tags = tagsOf('If-Match', match)
  if (tags === '*') return
  const told = tags.map((tag) => sinceTag(tag, body))
  if (told.some(({ kind }) => kind === 'same')) return
  const fields = told.flatMap((since) => (since.kind === 'changed' ? since.fields : []))
  throw failed(fields.length === 0 ? 'It has changed since you read it: read it again' : `Since you read it somebody has changed ${fields.join(', ')}: read it again`, fields)
}

function tagsOf(field: string, text: string): '*' | readonly string[] {
  const tags = readTags(text)
  if (tags === null) throw new Problem(400, 'bad_request', `${field} holds tags in quotes, such as the ETag of a GET, or *`)
  return tags
}

function failed(detail: string, fields: readonly string[]): Problem {
  return new Problem(412, 'precondition_failed', detail, { errors: fields.map((field) => ({ field, code: 'changed', message: 'has changed since' })) })
}

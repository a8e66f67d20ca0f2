import { hash } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import type { ApiEnv } from './api.ts'
import type { Caller } from './caller.ts'
import { Problem } from './problem.ts'

/** Characters of an Idempotency-Key: field.md S-API1. */
export const MAX_KEY_CHARS = 256

/** Octets of an answer that is kept for a request that comes again. Only exports have longer ones, and these change nothing. */
const MAX_ANSWER_BYTES = 256 * 1024

/** A request that may come again. */
export interface Claim {
  readonly organization: string
  /** What its sender calls it. */
  readonly key: string
  /** Of everything that it asks for. */
  readonly digest: string
  /** What its sender has shown: his answer is kept under it, because it may hold what is told once. */
  readonly credential: string
}

/** What is known of a request. `lost`: it was done, and its answer is kept under another login of the same caller. */
export type Begun = { readonly kind: 'begun' | 'conflict' | 'busy' | 'lost' } | { readonly kind: 'known'; readonly answer: string }

/** Remembers requests and their answers for a day. */
export interface Repeats {
  /** Whose paths keep their requests themselves, in the write that does what they ask. */
  readonly exact: (path: string) => boolean
  readonly begin: (claim: Claim) => Promise<Begun>
  /** Keeps the answer; null for a request that was not done, and may come again. Never rejects: the caller must hear what was done. */
  readonly end: (claim: Claim, answer: string | null) => Promise<void>
}

/** An answer as it is kept. */
interface Kept {
  readonly status: number
  readonly type: string
  readonly body: string
}

/**
 * Lets a POST with an Idempotency-Key be done once, and answers it the same when it comes again. It stands before all routes. A crash between what was done and its end leaves
 * the key busy for some minutes, after which it begins anew.
 */
export function repeatable(repeats: Repeats): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const { req, env } = context
    const caller = context.get('caller') as Caller | undefined // Requests that need no key have none.
    const key = req.method === 'POST' && caller !== undefined && env.inside === undefined ? req.header('idempotency-key') : undefined
    if (key === undefined || caller === undefined || repeats.exact(req.path)) return await next()
    const claim = await claimOf(context, caller, key)
    const begun = await repeats.begin(claim)
    if (begun.kind !== 'begun') return again(begun)
    await next()
    await repeats.end(claim, context.res.ok ? await keptOf(context.res.clone()) : null)
  }
}

/** Whether a text may be a key. Throws `Problem` 400 when it may not. */
export function checkedKey(key: string): string {
  if (key.length > MAX_KEY_CHARS || !/^[ -~]+$/.test(key)) throw new Problem(400, 'invalid_idempotency_key', `An Idempotency-Key has 1 to ${MAX_KEY_CHARS} characters of ASCII`)
  return key
}

/** The answer to another request with a key that is known. */
export function keyTaken(): Problem {
  return new Problem(409, 'invalid_idempotent_request', 'This Idempotency-Key belongs to another request: a new request needs a new key')
}

async function claimOf({ req }: Context<ApiEnv>, { organization, mode, actor }: Caller, key: string): Promise<Claim> {
  // The framework keeps the text for the handler.
  const all = `${req.path}${new URL(req.url).search} ${actor.kind} ${actor.id} ${hash('sha256', await req.text())}`
  // Keys of test keys are their own: a test must not be in the way of what it tests.
  return { organization, key: `${mode} ${checkedKey(key)}`, digest: hash('sha256', all), credential: req.header('authorization') ?? req.header('cookie') ?? '' }
}

async function keptOf(response: Response): Promise<string | null> {
  const body = await response.text()
  return body.length > MAX_ANSWER_BYTES ? null : JSON.stringify({ status: response.status, type: response.headers.get('content-type') ?? '', body } satisfies Kept)
}

function again(begun: Exclude<Begun, { readonly kind: 'begun' }>): Response {
  switch (begun.kind) {
    case 'known': {
      const { status, type, body } = JSON.parse(begun.answer) as Kept // Written by `keptOf` only.
      return new Response(body === '' ? null : body, { status, headers: { 'idempotent-replayed': 'true', ...(type === '' ? {} : { 'content-type': type }) } })
    }
    case 'busy':
      throw new Problem(409, 'concurrent_idempotent_requests', 'The first request with this Idempotency-Key is still under way: ask again in a moment', { headers: { 'retry-after': '1' } })
    case 'lost':
      throw new Problem(409, 'already_done', 'This request was done, and its answer can be read only with the key or the session that made it')
    default:
      throw keyTaken()
  }
}

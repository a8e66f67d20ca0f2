import type { MiddlewareHandler } from 'hono'
import { MAX_BODY_BYTES } from '../limits.ts'
import type { ApiEnv } from './api.ts'
import { type FieldFault, Problem } from './problem.ts'

/** In JSON only an escape makes a NUL or half a letter: whatever has no such escape need not be walked through. */
const ESCAPED = /\\u(?:0000|d[89a-f])/i

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** What a body holds. Throws `Problem` 400 for what is not UTF-8 (RFC 8259 §8.1): letters that were guessed would be kept as if they had been sent. */
export function textOf(body: Uint8Array): string {
  try {
    return utf8.decode(body)
  } catch (error) {
    if (error instanceof TypeError) throw notJson()
    throw error
  }
}

/** Reads JSON. Throws `Problem` 400 for what is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    if (error instanceof SyntaxError) throw notJson()
    throw error
  }
}

function notJson(): Problem {
  return new Problem(400, 'bad_request', 'The body is not JSON in UTF-8')
}

/**
 * Where a body says what is no text: NUL, which PostgreSQL keeps nowhere and no field of mail may hold, and half of a letter (RFC 7493 §2.1), which UTF-8 has
 * no octets for. `value` is what `text` was parsed to.
 */
export function illegible(text: string, value: unknown): readonly FieldFault[] {
  return ESCAPED.test(text) ? faultsIn(value) : []
}

/** Walks without recursion: how deep a value goes is its sender's choice. */
function faultsIn(value: unknown): readonly FieldFault[] {
  const faults: FieldFault[] = []
  const waiting: (readonly [field: string, value: unknown])[] = [['', value]]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [field, each] = next
    if (typeof each === 'string' && !isText(each)) faults.push(notText(field))
    if (typeof each !== 'object' || each === null) continue
    for (const [name, below] of Object.entries(each)) {
      const path = field === '' ? name : `${field}.${name}`
      if (isText(name)) waiting.push([path, below])
      else faults.push(notText(path.toWellFormed()))
    }
  }
  return faults
}

function isText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

function notText(field: string): FieldFault {
  return { field, code: 'no_text', message: 'holds a NUL or half of a letter (a lone surrogate): send text that is whole' }
}

/** Throws `Problem` 415 for a body that was packed: RFC 9110 §15.5.16. A small one could unpack to anything. */
export function checkUnpacked(coding: string | undefined): void {
  if (coding === undefined || coding.toLowerCase() === 'identity') return
  throw new Problem(415, 'unsupported_media_type', `Send the body as it is, without Content-Encoding: ${coding}`, { headers: { 'accept-encoding': 'identity' } })
}

/** Refuses, before all routes, a body that is too large or not UTF-8, and what is no text wherever it stands: in the path, the query or the body. */
export function legible(refused: (faults: readonly FieldFault[]) => Problem): MiddlewareHandler<ApiEnv> {
  return async ({ req, env }, next) => {
    checkUnpacked(req.header('content-encoding'))
    if (env.isTooLarge === true) throw new Problem(413, 'too_large', `The body is larger than ${MAX_BODY_BYTES} octets`)
    const { pathname, searchParams } = new URL(req.url)
    if (pathname.includes('%00')) throw new Problem(404, 'not_found', 'There is no such thing: its path holds a NUL, and no name or id does')
    const unread = [...searchParams].filter((pair) => !pair.every(isText)).map(([name]) => notText(name))
    if (unread.length > 0) throw refused(unread)
    if (/^application\/(?:[\w.+-]+\+)?json\b/i.test(req.header('content-type') ?? '')) {
      const text = textOf(new Uint8Array(await req.arrayBuffer())) // The framework keeps it for the handler.
      const faults = ESCAPED.test(text) ? faultsIn(parsedJson(text)) : []
      if (faults.length > 0) throw refused(faults)
    }
    await next()
  }
}

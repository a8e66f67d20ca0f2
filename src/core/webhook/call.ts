import type { Clock } from '../../base/clock.ts'
import { Unavailable } from '../../base/unavailable.ts'
import type { Attempt, Endpoint, LeasedCall, Outcome } from './endpoint.ts'
import { CALL_WITHIN_MS, MAX_RESPONSE_BYTES, NAMES_WITHIN_MS } from './limits.ts'
import { outcomeOf } from './schedule.ts'
import { signatureHeaders } from './signature.ts'
import { addressesOf, type AskAddresses, parseTarget, type TargetRules } from './target.ts'

/** What is posted, as `infra/net/post-to.ts` wants it. */
export interface PostRequest {
  readonly url: URL
  readonly addresses: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly maxBytes: number
  readonly withinMs: number
}

/** What came of it. */
export type PostAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter: string | null; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly why: string }

/** What calls are made with. */
export interface CallOptions {
  readonly post: (request: PostRequest, signal: AbortSignal) => Promise<PostAnswer>
  readonly ask: AskAddresses
  /** What is posted for a call; null when the message that it carries is gone. */
  readonly bodyOf: (call: LeasedCall) => Promise<string | null>
  readonly rules: TargetRules
  readonly userAgent: string
  readonly clock: Clock
  /** Numbers from 0 up to 1. */
  readonly chance: () => number
}

/** A try and what follows from it; null when it was cut short because we stop: it counts as none. */
export type Called = { readonly attempt: Attempt; readonly outcome: Outcome } | null

const UTF8 = new TextDecoder('utf-8')

/** Calls an endpoint once. Never rejects for what a network does. */
export async function makeCall({ call, endpoint, secrets }: { readonly call: LeasedCall; readonly endpoint: Endpoint; readonly secrets: readonly string[] }, options: CallOptions, signal: AbortSignal): Promise<Called> {
  const { clock, chance } = options
  const startMs = clock.nowMs()
  const answer = await answerOf(call, endpoint, secrets, options, signal)
  if (answer.kind === 'failed' && signal.aborted) return null
  const nowMs = clock.nowMs()
  const status = answer.kind === 'answered' ? answer.status : null
  const outcome = outcomeOf({ status, retryAfter: answer.kind === 'answered' ? answer.retryAfter : null, tries: call.tries, nowMs }, chance)
  const error = outcome.kind === 'delivered' ? null : errorOf(answer)
  return { attempt: { atMs: startMs, durationMs: Math.max(0, nowMs - startMs), status, error, response: answer.kind === 'answered' ? textOf(answer.bytes) : '' }, outcome }
}

async function answerOf(call: LeasedCall, endpoint: Endpoint, secrets: readonly string[], { post, ask, bodyOf, rules, userAgent, clock }: CallOptions, signal: AbortSignal): Promise<PostAnswer> {
  if (secrets.length === 0) return { kind: 'failed', why: 'its secret cannot be read any more: give it a new one' }
  const target = parseTarget(endpoint.url, rules) // The rules may have changed since.
  if (!target.ok) return { kind: 'failed', why: target.error }
  const found = await addressesOf(target.value, rules, ask, AbortSignal.any([signal, AbortSignal.timeout(NAMES_WITHIN_MS)]))
  if (found.kind === 'none') return { kind: 'failed', why: found.why }
  const body = await bodyOf(call).catch(cannotRead)
  if (typeof body !== 'string') return body ?? { kind: 'failed', why: 'the message that it carries is gone' }
  const headers = { ...signatureHeaders(secrets, call.id, clock.nowMs(), body), 'content-type': 'application/json', 'user-agent': userAgent }
  return await post({ url: target.value, addresses: found.addresses, headers, body, maxBytes: MAX_RESPONSE_BYTES, withinMs: CALL_WITHIN_MS }, signal)
}

function errorOf(answer: PostAnswer): string {
  if (answer.kind === 'failed') return plain(answer.why)
  const isRedirect = answer.status >= 300 && answer.status < 400
  return isRedirect ? `it answered ${answer.status}, and redirects are not followed` : `it answered ${answer.status}`
}

/** Whatever it is, it becomes text that every database keeps. */
function textOf(bytes: Uint8Array): string {
  return plain(UTF8.decode(bytes))
}

function plain(text: string): string {
  return text.slice(0, MAX_RESPONSE_BYTES).replaceAll('\0', '').toWellFormed()
}

/** A store that is silent is no fault of the endpoint, but the call has to come back. */
function cannotRead(error: unknown): PostAnswer {
  if (error instanceof Unavailable) return { kind: 'failed', why: 'the message that it carries cannot be read now' }
  throw error
}

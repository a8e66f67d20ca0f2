import type { Outcome } from './endpoint.ts'
import { JITTER, MAX_RETRY_AFTER_MS, RETRY_MS } from './limits.ts'

/** What a try came to. `status` null: nobody answered. */
export interface Tried {
  readonly status: number | null
  /** The header `Retry-After`, as it came. */
  readonly retryAfter: string | null
  /** Tries before this one, since the call was put into the queue. */
  readonly tries: number
  readonly nowMs: number
}

/** What follows from a try. `chance` gives numbers from 0 up to 1. */
export function outcomeOf({ status, retryAfter, tries, nowMs }: Tried, chance: () => number): Outcome {
  if (status !== null && status >= 200 && status < 300) return { kind: 'delivered' }
  if (status === 410) return { kind: 'failed', gone: true }
  const waitMs = RETRY_MS[tries]
  if (waitMs === undefined) return { kind: 'failed', gone: false }
  const dueMs = nowMs + Math.round(waitMs * (1 + JITTER * chance()))
  const askedMs = retryAfter === null ? null : retryAfterMs(retryAfter, nowMs)
  if (askedMs === null) return { kind: 'retry', dueMs, pausedUntilMs: null }
  // Who asks for time means all calls, not this one alone.
  return { kind: 'retry', dueMs: Math.max(dueMs, nowMs + askedMs), pausedUntilMs: nowMs + askedMs }
}

/** How long a server asks to be left alone. RFC 9110 §10.2.3: seconds, or a date. Null for what is neither or has passed. */
export function retryAfterMs(text: string, nowMs: number): number | null {
  const trimmed = text.slice(0, 100).trim()
  const askedMs = /^\d{1,9}$/.test(trimmed) ? Number(trimmed) * 1_000 : httpDateMs(trimmed) - nowMs
  return askedMs > 0 ? Math.min(askedMs, MAX_RETRY_AFTER_MS) : null // NaN is not.
}

/** The one form of RFC 9110 §5.6.7 that may still be sent. */
function httpDateMs(text: string): number {
  return /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text) ? Date.parse(text) : Number.NaN
}

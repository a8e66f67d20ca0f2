import { MIN_WAIT_MS, PASSED_FOR_MS, UNCONFIRMED_FOR_MS } from './limits.ts'

/** What is remembered of a key. */
export interface GreyEntry {
  readonly firstMs: number
  /** Null until it came back after its wait. */
  readonly passedMs: number | null
  /** When it was last let through; `firstMs` before. */
  readonly usedMs: number
}

/** What becomes of a recipient. */
export type GreyDecision =
  /** Come back: `new` for the first time, `early` for one that came back too soon, which does not begin again. */
  | { readonly kind: 'wait'; readonly why: 'new' | 'early'; readonly forMs: number }
  /** Go on: it has `returned` after its wait, or is `known` since. */
  | { readonly kind: 'pass'; readonly why: 'returned' | 'known' }

/** Decides by what is remembered; null when that is nothing. deliverability §5.2. */
export function decideGrey(entry: GreyEntry | null, nowMs: number): GreyDecision {
  if (entry === null) return { kind: 'wait', why: 'new', forMs: MIN_WAIT_MS }
  // A clock that was set back has nobody wait longer than for the first time.
  const ageMs = Math.max(0, nowMs - entry.firstMs)
  if (entry.passedMs !== null) return nowMs - entry.usedMs <= PASSED_FOR_MS ? { kind: 'pass', why: 'known' } : { kind: 'wait', why: 'new', forMs: MIN_WAIT_MS }
  if (ageMs > UNCONFIRMED_FOR_MS) return { kind: 'wait', why: 'new', forMs: MIN_WAIT_MS }
  return ageMs < MIN_WAIT_MS ? { kind: 'wait', why: 'early', forMs: MIN_WAIT_MS - ageMs } : { kind: 'pass', why: 'returned' }
}

/** What is remembered after that. */
export function afterGrey(entry: GreyEntry | null, decision: GreyDecision, nowMs: number): GreyEntry {
  switch (decision.kind) {
    case 'wait':
      return decision.why === 'early' && entry !== null ? entry : { firstMs: nowMs, passedMs: null, usedMs: nowMs }
    case 'pass':
      return { firstMs: entry?.firstMs ?? nowMs, passedMs: entry?.passedMs ?? nowMs, usedMs: nowMs }
  }
}

import { capOnDay, totalOf } from './warmup.ts'
import type { WarmupPlan, WarmupState } from './warmup.ts'

/**
 * What happens to mail that a warming source has no room for. `to-shared`: it goes by a warm shared pool. `defer`: it waits for tomorrow.
 * `strict-split`: the old addresses of a migration carry it.
 */
export type OverflowMode = 'to-shared' | 'defer' | 'strict-split'

/** A delivery that found no room. */
export interface OverflowQuestion {
  readonly mode: OverflowMode
  /** Is its tenant or stream paused? Then nothing overflows: a pause is no lack of room. */
  readonly isPaused: boolean
  /** Is the tenant good enough for the shared pool? */
  readonly isSharedEligible: boolean
  /** When the delivery expires. */
  readonly expiresMs: number
  /** From `takeBudget`. */
  readonly roomAgainMs: number
}

/** Where it goes, or until when it waits. */
export type Overflow = { readonly kind: 'shared' } | { readonly kind: 'old-source' } | { readonly kind: 'wait'; readonly untilMs: number }

/** Decides what becomes of a delivery that a warming source has no room for. */
export function overflowOf({ mode, isPaused, isSharedEligible, expiresMs, roomAgainMs }: OverflowQuestion): Overflow {
  const wait: Overflow = { kind: 'wait', untilMs: roomAgainMs }
  if (isPaused) return wait
  if (mode === 'strict-split') return { kind: 'old-source' }
  const mayWait = mode === 'defer' && roomAgainMs < expiresMs
  return mayWait || !isSharedEligible ? wait : { kind: 'shared' }
}

/**
 * In a strict split: do the old addresses carry this delivery, whatever room there is on the new ones? They do unless its `chance` (0 to 1,
 * 1 excluded) is within the share of a target that a day of the plan has reached. Without a target there is nothing to split by.
 */
export function isForOldSources(mode: OverflowMode, news: readonly WarmupState[], chance: number): boolean {
  return mode === 'strict-split' && news.length > 0 && news.every((state) => state.plan.targetPerDay !== null && !isForNewSource(state.plan, totalOf(state).day, state.plan.targetPerDay, chance))
}

/**
 * In a strict split: does this delivery go by the new address? It gets the share of the target that its day of the plan has reached.
 * `chance` is 0 to 1, 1 excluded.
 */
export function isForNewSource(plan: WarmupPlan, day: number, targetPerDay: number, chance: number): boolean {
  return chance < Math.min(1, capOnDay(plan, 'total', day) / Math.max(1, targetPerDay))
}

import { CANARIES_TO_LIFT, CANARY_EVERY_MS, LOOK_AGAIN_MS, MAX_REASON_CHARS, SPREAD_MS } from './limits.ts'
import type { Scope } from './rule.ts'

/** Mail that waits for a reason, and whom it concerns. Plain, so that it can be stored, shown and ended by a person. */
export interface Suspension {
  readonly id: string
  readonly scope: Scope
  /** `scopeKey` of whom it concerns. */
  readonly key: string
  /** `pause` waits for a person; `suspend` for time, or for a check; `slow` lets mail go at a part of its rate. */
  readonly what: 'suspend' | 'pause' | 'slow'
  /** `bulk`: transactional mail goes on. */
  readonly covers: 'all' | 'bulk'
  /** `standing`: what became of the mail before it; `domain`: its author's domain fails what receivers ask for (`core/standing`). */
  readonly by: 'rule' | 'user' | 'standing' | 'domain'
  readonly rule: string | null
  readonly reason: string
  /** What the peer said first; null when nobody said anything. */
  readonly firstReply: string | null
  readonly startedMs: number
  /** Null: until somebody ends it. */
  readonly untilMs: number | null
  /** How often one message goes out to see whether the rest may; null for never. */
  readonly canaryEveryMs: number | null
  readonly canaryDueMs: number
  /** Canaries that arrived in a row. */
  readonly arrived: number
}

/** What makes a suspension. */
export interface NewSuspension {
  readonly id: string
  readonly scope: Scope
  readonly key: string
  readonly what: Suspension['what']
  readonly covers: Suspension['covers']
  readonly by: Suspension['by']
  readonly rule: string | null
  readonly reason: string
  readonly firstReply: string | null
  readonly untilMs: number | null
  readonly canary: boolean
}

/** Begins a suspension. The first canary goes after a full interval: what was refused just now would be refused again. */
export function suspend(wanted: NewSuspension, nowMs: number): Suspension {
  const { canary, ...rest } = wanted
  return {
    ...rest,
    reason: wanted.reason.slice(0, MAX_REASON_CHARS),
    firstReply: wanted.firstReply === null ? null : wanted.firstReply.slice(0, MAX_REASON_CHARS),
    startedMs: nowMs,
    canaryEveryMs: canary ? CANARY_EVERY_MS : null,
    canaryDueMs: nowMs + CANARY_EVERY_MS,
    arrived: 0,
  }
}

/** Does it hold now? */
export function isInForce({ untilMs }: Suspension, nowMs: number): boolean {
  return untilMs === null || nowMs < untilMs
}

/** The suspension after one canary left, or null when none may leave now: at most one goes in each interval. */
export function takeCanary(suspension: Suspension, nowMs: number): Suspension | null {
  const { canaryEveryMs, canaryDueMs } = suspension
  if (canaryEveryMs === null || nowMs < canaryDueMs || !isInForce(suspension, nowMs)) return null
  return { ...suspension, canaryDueMs: nowMs + canaryEveryMs }
}

/** A canary was delivered. The third in a row ends the suspension: nobody needs to wait for a block that is gone. */
export function canaryArrived(suspension: Suspension, nowMs: number): Suspension {
  if (!isInForce(suspension, nowMs)) return suspension
  const arrived = suspension.arrived + 1
  return arrived < CANARIES_TO_LIFT ? { ...suspension, arrived } : endSuspension({ ...suspension, arrived }, nowMs)
}

/** A canary was not delivered. */
export function canaryFailed(suspension: Suspension): Suspension {
  return { ...suspension, arrived: 0 }
}

/** Ends a suspension now; one that has ended stays as it was. */
export function endSuspension(suspension: Suspension, nowMs: number): Suspension {
  return isInForce(suspension, nowMs) ? { ...suspension, untilMs: nowMs } : suspension
}

/**
 * When a delivery that waits for a suspension comes due: at its end, spread over ten minutes by `chance` (0 to 1, 1 excluded).
 * The attempt that did not happen is not counted. One of them should come at `canaryDueMs` instead, or there is no canary.
 */
export function dueAfter({ untilMs }: Suspension, nowMs: number, chance: number): number {
  const spreadMs = Math.floor(Math.min(Math.max(chance, 0), 1) * SPREAD_MS)
  return Math.max(nowMs, untilMs ?? nowMs + LOOK_AGAIN_MS) + spreadMs
}

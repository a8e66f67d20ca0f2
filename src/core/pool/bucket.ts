import { CLOCK_STEP_MS } from './limits.ts'
import type { Rate } from './rate.ts'

/**
 * A token bucket, plain so that it can be stored. `level` counts messages times `perMs`, a whole number: a rate of
 * one an hour loses nothing however often it is asked.
 */
export interface BucketState {
  level: number
  perMs: number
  /** When `level` was true. */
  atMs: number
}

/** `'go'`, and the message is counted; or when to ask again. */
export type Permission = 'go' | { readonly waitUntilMs: number }

/** A bucket that is full: the first `burst` messages may go at once. */
export function fullBucket({ perMs }: Rate, burst: number, nowMs: number): BucketState {
  return { level: burst * perMs, perMs, atMs: nowMs }
}

/**
 * Takes one message out of `bucket`, or says when there will be one if nobody else comes first. Over any time of `t` ms at most
 * `burst + t * rate` messages go. O(1).
 */
export function takeFrom(bucket: BucketState, rate: Rate, burst: number, nowMs: number): Permission {
  fill(bucket, rate, burst, nowMs)
  if (bucket.level >= rate.perMs) {
    bucket.level -= rate.perMs
    return 'go'
  }
  return { waitUntilMs: bucket.atMs + Math.ceil((rate.perMs - bucket.level) / rate.count) }
}

function fill(bucket: BucketState, rate: Rate, burst: number, nowMs: number): void {
  if (bucket.perMs !== rate.perMs) {
    // The rate was changed: what is in the bucket stays the same number of messages.
    bucket.level = Math.floor((bucket.level / bucket.perMs) * rate.perMs)
    bucket.perMs = rate.perMs
  }
  const capacity = burst * rate.perMs
  const passedMs = nowMs - bucket.atMs
  if (passedMs > 0) {
    const missing = capacity - bucket.level
    bucket.level = passedMs >= missing / rate.count ? capacity : bucket.level + passedMs * rate.count
    bucket.atMs = nowMs
  } else if (passedMs < -CLOCK_STEP_MS) {
    bucket.atMs = nowMs
  }
  if (bucket.level > capacity) bucket.level = capacity
}

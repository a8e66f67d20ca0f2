import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../base/duration.ts'

/** Upper ends of the buckets of time to deliver; a last one takes what is longer. Fixed, since stored counts mean nothing without them. */
export const BUCKETS_MS: readonly number[] = [
  500, SECOND_MS, 2 * SECOND_MS, 5 * SECOND_MS, 10 * SECOND_MS, 20 * SECOND_MS, 30 * SECOND_MS, MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS,
  10 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS, 24 * HOUR_MS,
]

/** The bucket of a time: the first whose end it does not exceed. */
export function bucketOf(tookMs: number): number {
  const found = BUCKETS_MS.findIndex((endMs) => tookMs <= endMs)
  return found === -1 ? BUCKETS_MS.length : found
}

/**
 * The time within which a share of all was done, as far as buckets tell: the end of the bucket in which it lies, so never too good.
 * Null when there is nothing, or when it lies beyond the last end.
 */
export function percentileMs(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  let left = Math.ceil(total * share)
  for (const [i, count] of counts.entries()) {
    left -= count
    if (left <= 0) return BUCKETS_MS[i] ?? null
  }
  return null
}

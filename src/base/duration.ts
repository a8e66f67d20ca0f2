/** A second in milliseconds, which all durations of ours are counted in. */
export const SECOND_MS = 1_000

/** A minute in milliseconds. */
export const MINUTE_MS = 60 * SECOND_MS

/** An hour in milliseconds. */
export const HOUR_MS = 60 * MINUTE_MS

/** A day of 24 hours in milliseconds. */
export const DAY_MS = 24 * HOUR_MS

/** The day (UTC) of a time, counted since 1970. */
export function dayNumber(ms: number): number {
  return Math.floor(ms / DAY_MS)
}

/** How far apart two limits may lie that share one timer. */
const APART_MS = 250

/** The newest limit of each length. Lengths are constants of the program, so there are few. */
const newest = new Map<number, { readonly signal: AbortSignal; readonly untilMs: number }>()

/**
 * A signal that aborts after `ms`, up to a quarter of a second late and never early: shared by all who ask for the same length within that time. For
 * waits that mostly end at once, such as questions whose answers are at hand: a timer for each of them costs more than the answer.
 */
export function timeLimit(ms: number): AbortSignal {
  const nowMs = performance.now()
  const known = newest.get(ms)
  if (known !== undefined && nowMs < known.untilMs) return known.signal
  const signal = AbortSignal.timeout(ms + APART_MS)
  newest.set(ms, { signal, untilMs: nowMs + APART_MS })
  return signal
}

/** Failures in a row after which something is left alone, and for how long: deliverability §2.10. */
const FAILURES = 5
const FIRST_MS = 5 * 60_000
const LONGEST_MS = 60 * 60_000

/** When to try again what has failed: soon at first, after five failures in a row not for a while that doubles. Begun anew after a success. */
export class Backoff {
  #failures = 0
  #until = 0
  #lastMs = 0

  /** When it may be tried again; in the past when now. */
  get untilMs(): number {
    return this.#until
  }

  /** When it failed last. */
  get failedMs(): number {
    return this.#lastMs
  }

  failed(nowMs: number): void {
    this.#lastMs = nowMs
    this.#failures += 1
    const over = this.#failures - FAILURES
    if (over >= 0) this.#until = nowMs + Math.min(FIRST_MS * 2 ** Math.min(over, 10), LONGEST_MS)
  }
}

/** Failures in a row after which a site is left alone, and for how long: deliverability §2.10. */
const FAILURES = 5
const FIRST_MS = 5 * 60_000
const LONGEST_MS = 60 * 60_000

/** Whether a site is worth a connection. While it fails one at a time may try; after five failures in a row nobody, for a while that doubles. */
export class Backoff {
  #failures = 0
  #until = 0

  /** When the next connection may be tried; in the past when now. */
  get untilMs(): number {
    return this.#until
  }

  /** True from the first failure to the next success: one connection at a time finds out. */
  get isFailing(): boolean {
    return this.#failures > 0
  }

  succeeded(): void {
    this.#failures = 0
    this.#until = 0
  }

  failed(nowMs: number): void {
    this.#failures += 1
    const over = this.#failures - FAILURES
    if (over >= 0) this.#until = nowMs + Math.min(FIRST_MS * 2 ** Math.min(over, 10), LONGEST_MS)
  }
}

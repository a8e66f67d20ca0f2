import type { Clock } from '../../../base/clock.ts'
import { CALLER_MS, MAX_CHECKS_PER_CALLER, MAX_KEPT_CHECKS } from './limits.ts'

/** How often each caller has made us ask others' servers of late. One for each thread. */
export class CallerBudget {
  readonly #clock: Clock
  readonly #callers = new Map<string, readonly number[]>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts one look for a caller, and gives 0; or how long he has to wait, in milliseconds. */
  take(caller: string): number {
    const nowMs = this.#clock.nowMs()
    const recent = (this.#callers.get(caller) ?? []).filter((atMs) => atMs > nowMs - CALLER_MS)
    const [first] = recent
    if (recent.length >= MAX_CHECKS_PER_CALLER && first !== undefined) return first + CALLER_MS - nowMs
    if (this.#callers.size > MAX_KEPT_CHECKS) this.#callers.clear()
    this.#callers.set(caller, [...recent, nowMs])
    return 0
  }
}

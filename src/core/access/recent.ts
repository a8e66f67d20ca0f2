import type { Clock } from '../../base/clock.ts'

/** A bounded memory: what was put is there for some time, unless newer things needed the room. */
export class Recent<V> {
  readonly #clock: Clock
  readonly #max: number
  readonly #entries = new Map<string, { readonly value: V; readonly untilMs: number }>()

  constructor(clock: Clock, max: number) {
    this.#clock = clock
    this.#max = max
  }

  /** How many entries take up room. */
  get size(): number {
    return this.#entries.size
  }

  /** What was put under `key` and has not run out, or null. */
  get(key: string): V | null {
    const entry = this.#entries.get(key)
    if (entry === undefined) return null
    if (entry.untilMs > this.#clock.nowMs()) return entry.value
    this.#entries.delete(key)
    return null
  }

  /** Keeps `value` for `forMs` milliseconds. When full, what was put longest ago goes. */
  put(key: string, value: V, forMs: number): void {
    this.#entries.delete(key)
    this.#entries.set(key, { value, untilMs: this.#clock.nowMs() + forMs })
    if (this.#entries.size <= this.#max) return
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      return
    }
  }

  /** Forgets. */
  drop(key: string): void {
    this.#entries.delete(key)
  }
}

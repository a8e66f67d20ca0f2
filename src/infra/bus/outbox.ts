import type { Hint, Hints } from './bus.ts'
import { MAX_COALESCED } from './limits.ts'

/** Gathers hints until they are sent together: the last of each topic. Over the limit new topics are dropped. */
export class Outbox {
  #hints = new Map<string, Hint>()

  get size(): number {
    return this.#hints.size
  }

  add(topic: string, hint: Hint): void {
    if (this.#hints.size >= MAX_COALESCED && !this.#hints.has(topic)) return
    this.#hints.set(topic, hint)
  }

  /** Everything gathered, which is then forgotten. */
  empty(): Hints {
    const hints = [...this.#hints]
    this.#hints = new Map()
    return hints
  }
}

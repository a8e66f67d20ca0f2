import type { Clock } from './clock.ts'

/** How long answers are kept, and of how many keys. */
export interface KeptForOptions {
  readonly clock: Clock
  readonly ms: number
  /** With more keys than this all is forgotten, and asked again. */
  readonly most: number
}

/** Answers by key, each for a while: all who ask for one key share what was asked first. What fails is not kept. */
export class KeptFor<K, V> {
  readonly #options: KeptForOptions
  readonly #kept = new Map<K, { readonly untilMs: number; readonly answer: Promise<V> }>()

  constructor(options: KeptForOptions) {
    this.#options = options
  }

  /** The answer that is kept; else the one that `ask` gives. */
  async of(key: K, ask: (nowMs: number) => Promise<V>): Promise<V> {
    const { clock, ms, most } = this.#options
    const nowMs = clock.nowMs()
    const known = this.#kept.get(key)
    if (known !== undefined && known.untilMs > nowMs) return await known.answer
    if (this.#kept.size >= most) this.#kept.clear()
    const asked = { untilMs: nowMs + ms, answer: ask(nowMs) }
    this.#kept.set(key, asked)
    try {
      return await asked.answer
    } catch (error) {
      if (this.#kept.get(key) === asked) this.#kept.delete(key)
      throw error
    }
  }
}

import { DEFER_MS } from './limits.ts'
import type { OnOutage } from './scanner.ts'

/** What becomes of a message while a scanner is down. */
export type Verdict = { readonly kind: 'defer' | 'tag'; readonly isNews: boolean }

/** How long a scanner has been down, and what that means. What each thread sees is its own. */
export class Outage {
  readonly #policy: OnOutage
  #sinceMs: number | null = null
  #tagging = false

  constructor(policy: OnOutage) {
    this.#policy = policy
  }

  /** It was asked and did not answer. `isNews` when it did the last time, or when mail begins to come in without it: for the log. */
  failed(nowMs: number): Verdict {
    const isFirst = this.#sinceMs === null
    this.#sinceMs ??= nowMs
    const kind = this.#policy === 'tempfail' && nowMs - this.#sinceMs < DEFER_MS ? 'defer' : 'tag'
    const isNews = isFirst || (kind === 'tag' && !this.#tagging)
    this.#tagging = kind === 'tag'
    return { kind, isNews }
  }

  /** It answered. Tells for how long it did not, null when it had not been down. */
  worked(nowMs: number): number | null {
    if (this.#sinceMs === null) return null
    const lastedMs = nowMs - this.#sinceMs
    this.#sinceMs = null
    this.#tagging = false
    return lastedMs
  }
}

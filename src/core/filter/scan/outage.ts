import { createHash } from 'node:crypto'
import { DEFER_MS, MAX_FAILED_MAILS, REMEMBER_FAILED_MS } from './limits.ts'
import type { OnOutage, ScannedMail } from './scanner.ts'

/** What becomes of a message while a scanner is down. */
export type Verdict = { readonly kind: 'defer' | 'tag'; readonly isNews: boolean }

/** What tells one message from others when it comes again. */
export type MailTraits = Pick<ScannedMail, 'from' | 'recipients' | 'login'>

/**
 * How long a scanner has been down, and what that means. What each thread sees is its own. Messages are remembered as well: one that
 * makes the scanner fail while others pass must not be put off for ever.
 */
export class Outage {
  readonly #policy: OnOutage
  #sinceMs: number | null = null
  #tagging = false
  /** When each message failed first, the oldest first. */
  readonly #failed = new Map<string, number>()

  constructor(policy: OnOutage) {
    this.#policy = policy
  }

  /** It was asked and did not answer. `isNews` when it did the last time, or when mail begins to come in without it: for the log. */
  failed(mail: MailTraits, nowMs: number): Verdict {
    const isFirst = this.#sinceMs === null
    this.#sinceMs ??= nowMs
    const kind = this.#policy === 'tempfail' && nowMs - Math.min(this.#sinceMs, this.#firstMs(mail, nowMs)) < DEFER_MS ? 'defer' : 'tag'
    const isNews = isFirst || (kind === 'tag' && !this.#tagging)
    this.#tagging = kind === 'tag'
    return { kind, isNews }
  }

  /** It answered. Tells for how long it did not, null when it had not been down. */
  worked(mail: MailTraits, nowMs: number): number | null {
    if (this.#failed.size > 0) this.#failed.delete(keyOf(mail))
    if (this.#sinceMs === null) return null
    const lastedMs = nowMs - this.#sinceMs
    this.#sinceMs = null
    this.#tagging = false
    return lastedMs
  }

  #firstMs(mail: MailTraits, nowMs: number): number {
    for (const [key, firstMs] of this.#failed) {
      if (this.#failed.size < MAX_FAILED_MAILS && nowMs - firstMs < REMEMBER_FAILED_MS) break
      this.#failed.delete(key)
    }
    const key = keyOf(mail)
    const firstMs = this.#failed.get(key) ?? nowMs
    this.#failed.set(key, firstMs)
    return firstMs
  }
}

function keyOf({ from, recipients, login }: MailTraits): string {
  return createHash('sha256').update(JSON.stringify([login, from, recipients])).digest('base64')
}

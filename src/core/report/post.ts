import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { addressesOf, type AskAddresses, parseTarget, type TargetRules } from '../webhook/target.ts'
import { FIRST_RETRY_MS, MAX_POSTS_REMEMBERED, POST_WITHIN_MS } from './limits.ts'

/** Posts to a server that a stranger has named: `infra/net/post-to.ts`. */
export type Post = (
  asked: { readonly url: URL; readonly addresses: readonly string[]; readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array; readonly maxBytes: number; readonly withinMs: number },
  signal: AbortSignal,
) => Promise<{ readonly kind: 'answered'; readonly status: number } | { readonly kind: 'failed'; readonly why: string }>

/** What posting reports is made of. */
export interface ReportPostsOptions {
  readonly post: Post
  readonly ask: AskAddresses
  readonly rules: TargetRules
  readonly clock: Clock
  readonly log: Log
}

interface Waiting {
  readonly untilMs: number
  readonly waitMs: number
}

/**
 * Posts reports to web addresses, RFC 8460 §5.4, §5.5. One that is not taken waits, twice as long each time; who waits is remembered here alone, so that a restart tries at once.
 * Nobody makes us visit a house with it: addresses are looked at as those of webhooks are.
 */
export class ReportPosts {
  readonly #options: ReportPostsOptions
  readonly #waiting = new Map<string, Waiting>()

  constructor(options: ReportPostsOptions) {
    this.#options = options
  }

  /** Posts a report, unless its time has not come. `refused`: the address can never take it. Never rejects for what a network does. */
  async send(url: URL, name: string, body: Uint8Array, signal: AbortSignal): Promise<'sent' | 'later' | 'refused'> {
    const { post, ask, rules, clock, log } = this.#options
    const key = `${name} ${url.href}`
    const waiting = this.#waiting.get(key)
    if (waiting !== undefined && clock.nowMs() < waiting.untilMs) return 'later'
    if (!parseTarget(url.href, rules).ok) return 'refused'
    const found = await addressesOf(url, rules, ask, signal)
    const answer = found.kind === 'none' ? ({ kind: 'failed', why: found.why } as const) : await post({ url, addresses: found.addresses, headers: { 'content-type': 'application/tlsrpt+gzip' }, body, maxBytes: 0, withinMs: POST_WITHIN_MS }, signal)
    if (answer.kind === 'answered' && answer.status >= 200 && answer.status < 300) {
      this.#waiting.delete(key)
      return 'sent'
    }
    log.info('report.not_posted', { url: url.href, why: answer.kind === 'failed' ? answer.why : `it answered ${answer.status}` })
    const waitMs = waiting === undefined ? FIRST_RETRY_MS : waiting.waitMs * 2
    if (this.#waiting.size >= MAX_POSTS_REMEMBERED) this.#waiting.clear()
    this.#waiting.set(key, { untilMs: clock.nowMs() + waitMs, waitMs })
    return 'later'
  }
}

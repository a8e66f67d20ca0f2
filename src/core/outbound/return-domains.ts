import type { Domain } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { Answer } from '../../base/dns.ts'
import { MINUTE_MS, SECOND_MS } from '../../base/duration.ts'
import { timeLimit } from '../../base/time-limit.ts'
import { leadsTo } from '../domain/check/return-path.ts'
import { bounceName } from '../domain/wanted-records.ts'

/** What finding out is made of. */
export interface ReturnDomainOptions {
  /** Our own name, which takes all bounces. */
  readonly hostname: string
  readonly cname: (name: string, signal: AbortSignal) => Promise<Answer<string>>
  readonly clock: Clock
}

/** Domains that are remembered. */
const MAX_DOMAINS = 1_000

/** How long an answer is believed: who publishes the record waits no longer, and who removes it loses little. */
const KNOWN_MS = 5 * MINUTE_MS

/** How long DNS may hold mail up for this. */
const ASK_WITHIN_MS = 3 * SECOND_MS

/**
 * Finds the name below an author's domain under which bounces of programs' mail come back that would come back to our host: `bounce.` and the domain, when that is an alias of it. A domain whose own
 * MX are here needs none (`core/inbound/return-host`); this is for those whose mail goes elsewhere. Then SPF is aligned with the author as
 * well (RFC 9989 §4.4), and one record in his zone brings MX and SPF. deliverability §4.1. Where DNS does not say so, or does not answer, our own name stands there as before.
 */
export class ReturnDomains {
  readonly #options: ReturnDomainOptions
  readonly #known = new Map<Domain, { readonly untilMs: number; readonly found: Promise<Domain | null> }>()

  constructor(options: ReturnDomainOptions) {
    this.#options = options
  }

  /** That name; null when it is none, or when bounces of that sender do not come back to our host. Never rejects. */
  async of(author: Domain, sender: string): Promise<Domain | null> {
    if (!sender.endsWith(`@${this.#options.hostname}`)) return null
    const nowMs = this.#options.clock.nowMs()
    const known = this.#known.get(author)
    if (known !== undefined && known.untilMs > nowMs) return await known.found
    if (this.#known.size >= MAX_DOMAINS) this.#known.clear()
    const found = this.#ask(author)
    this.#known.set(author, { untilMs: nowMs + KNOWN_MS, found })
    return await found
  }

  async #ask(author: Domain): Promise<Domain | null> {
    const { hostname, cname } = this.#options
    const name = bounceName(author)
    const answer = await cname(name, timeLimit(ASK_WITHIN_MS))
    return leadsTo(answer, hostname) ? name : null
  }
}

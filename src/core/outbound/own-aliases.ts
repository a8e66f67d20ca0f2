import type { Domain } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { Answer } from '../../base/dns.ts'
import { MINUTE_MS, SECOND_MS } from '../../base/duration.ts'
import { KeptFor } from '../../base/kept-for.ts'
import { timeLimit } from '../../base/time-limit.ts'
import { leadsTo } from '../domain/check/return-path.ts'

/** What finding out is made of. */
export interface OwnAliasOptions {
  /** Our own name, which aliases lead to. */
  readonly hostname: string
  /** The name below a domain that may be one. */
  readonly nameOf: (domain: Domain) => Domain
  readonly cname: (name: string, signal: AbortSignal) => Promise<Answer<string>>
  readonly clock: Clock
}

/** Domains that are remembered. */
const MAX_DOMAINS = 1_000

/** How long an answer is believed: who publishes the record waits no longer, and who removes it loses little. */
const KNOWN_MS = 5 * MINUTE_MS

/** How long DNS may hold mail up for this. */
const ASK_WITHIN_MS = 3 * SECOND_MS

/** Finds names below domains that their owners have made aliases of our host. Where DNS does not say so, or does not answer, there is none. */
export class OwnAliases {
  readonly #options: OwnAliasOptions
  readonly #known: KeptFor<Domain, Domain | null>

  constructor(options: OwnAliasOptions) {
    this.#options = options
    this.#known = new KeptFor({ clock: options.clock, ms: KNOWN_MS, most: MAX_DOMAINS })
  }

  /** That name; null when it is none. Never rejects. */
  async of(domain: Domain): Promise<Domain | null> {
    return await this.#known.of(domain, () => this.#ask(domain))
  }

  async #ask(domain: Domain): Promise<Domain | null> {
    const { hostname, nameOf, cname } = this.#options
    const name = nameOf(domain)
    const answer = await cname(name, timeLimit(ASK_WITHIN_MS))
    return leadsTo(answer, hostname) ? name : null
  }
}

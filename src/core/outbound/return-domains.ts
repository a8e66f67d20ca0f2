import type { Domain } from '../../base/brand.ts'
import { bounceName } from '../domain/wanted-records.ts'
import { type OwnAliasOptions, OwnAliases } from './own-aliases.ts'

/** What finding out is made of; the host name is ours, which takes all bounces. */
export type ReturnDomainOptions = Omit<OwnAliasOptions, 'nameOf'>

/**
 * Finds the name below an author's domain under which bounces of programs' mail come back that would come back to our host: `bounce.` and the domain, when that is an alias of it. A domain whose own
 * MX are here needs none (`core/inbound/return-host`); this is for those whose mail goes elsewhere. Then SPF is aligned with the author as
 * well (RFC 9989 §4.4), and one record in his zone brings MX and SPF. deliverability §4.1. Where DNS does not say so, or does not answer, our own name stands there as before.
 */
export class ReturnDomains {
  readonly #hostname: string
  readonly #aliases: OwnAliases

  constructor(options: ReturnDomainOptions) {
    this.#hostname = options.hostname
    this.#aliases = new OwnAliases({ ...options, nameOf: bounceName })
  }

  /** That name; null when it is none, or when bounces of that sender do not come back to our host. Never rejects. */
  async of(author: Domain, sender: string): Promise<Domain | null> {
    return sender.endsWith(`@${this.#hostname}`) ? await this.#aliases.of(author) : null
  }
}

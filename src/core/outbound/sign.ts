import type { Domain, OrganizationId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { Signer, type SigningKey } from '../../proto/dkim/sign.ts'
import { parseAddress } from '../../proto/mail/address.ts'
import { readAuthors } from '../../proto/mail/authors.ts'
import { scanHeader } from '../../proto/mail/header-scan.ts'
import { trafficOf } from '../suppression/suppression.ts'
import { REPORT_PRIORITY } from '../queue/delivery.ts'
import type { LeasedDelivery } from '../queue/delivery.ts'
import type { Form } from './content.ts'
import { headOf } from './head-of.ts'
import { Kept } from './kept.ts'
import { MAX_KEPT } from './limits.ts'

/** What signing and sealing ask of the house. */
export interface SigningOptions {
  /** The keys that sign now for a domain of an organization; none when it is not theirs. */
  readonly keys: (organization: OrganizationId, domain: Domain) => Promise<readonly SigningKey[]>
  readonly clock: Clock
}

/** Signatures, and the domain that they are of; null, and none, when nobody here signs for the author. */
export interface Signed {
  readonly fields: string
  readonly author: Domain | null
}

const UNSIGNED: Signed = { fields: '', author: null }

/** Signs what accounts of the house send, as the domain of their From. RFC 6376. Mail that only passes through is not ours to sign: see `seal.ts`. */
export class MailSigner {
  readonly #options: SigningOptions
  readonly #kept = new Kept<Signed>(MAX_KEPT)

  constructor(options: SigningOptions) {
    this.#options = options
  }

  /** The signatures to put in front of a message. */
  async sign({ message, organization, account, priority, view }: LeasedDelivery, form: Form, pieces: () => AsyncIterable<Uint8Array>): Promise<Signed> {
    // Who logged in has shown that From is his (`core/inbound/identity`), and so has the key of a program; reports are our own, others' bounces that pass through are not.
    if (view.forwardedBy !== undefined || (account === null && priority !== REPORT_PRIORITY && trafficOf(priority) === null)) return UNSIGNED
    // What stands before the bytes may be the recipient's own: an address to unsubscribe at.
    return await this.#kept.of(`${message} ${form} ${view.prefix}`, () => this.#make(organization, pieces))
  }

  async #make(organization: OrganizationId, pieces: () => AsyncIterable<Uint8Array>): Promise<Signed> {
    const domain = authorDomain(await headOf(pieces))
    const keys = domain === null ? [] : await this.#options.keys(organization, domain)
    if (keys.length === 0) return UNSIGNED
    const atSeconds = Math.floor(this.#options.clock.nowMs() / 1000)
    const signer = new Signer(keys, { atSeconds, lifeSeconds: null, header: 'relaxed', body: 'relaxed' })
    for await (const piece of pieces()) signer.push(piece)
    const fields = await signer.finish()
    return fields === null ? UNSIGNED : { fields, author: domain }
  }
}

/** The domain of the one author; null when there is none, or several of different domains. */
function authorDomain(head: Uint8Array): Domain | null {
  const [text] = scanHeader(head).authorTexts.from
  const authors = text === undefined || text === null ? [] : (readAuthors(text) ?? [])
  const domains = new Set(authors.map((author) => domainOf(author)))
  const [only] = domains
  return domains.size === 1 ? (only ?? null) : null
}

function domainOf(author: string): Domain | null {
  const parsed = parseAddress(author)
  return parsed.ok ? parsed.value.domain : null
}

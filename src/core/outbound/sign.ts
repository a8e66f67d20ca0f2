import type { Domain, OrganizationId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { Signer, type SigningKey } from '../../proto/dkim/sign.ts'
import { parseAddress } from '../../proto/mail/address.ts'
import { readAuthors } from '../../proto/mail/authors.ts'
import { scanHeader } from '../../proto/mail/header-scan.ts'
import { type Traffic, trafficOf } from '../suppression/suppression.ts'
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

/** What signing asks of it beside that. */
export interface MailSignerOptions extends SigningOptions {
  /** The keys that sign now for the domain that this server itself is named in; none when nobody here has it. */
  readonly platformKeys: () => Promise<readonly SigningKey[]>
}

/** For how long signatures of what goes to many hold: longer than it is tried, and than filters keep it; no longer, because what is sent anew by others is ours no more. deliverability §1.10. */
const BROADCAST_LIFE_SECONDS = 14 * 86_400

/** Signatures, and the domain that they are of; null, and none, when nobody here signs for the author. */
export interface Signed {
  readonly fields: string
  readonly author: Domain | null
}

const UNSIGNED: Signed = { fields: '', author: null }

/**
 * Signs what accounts of the house send, as the domain of their From. RFC 6376. Mail of programs is signed as the domain of the server, too: feedback loops are enrolled with that, and the
 * address that it names for complaints is there (RFC 9477 §3.1). Mail that only passes through is not ours to sign: see `seal.ts`.
 */
export class MailSigner {
  readonly #options: MailSignerOptions
  readonly #kept = new Kept<Signed>(MAX_KEPT)

  constructor(options: MailSignerOptions) {
    this.#options = options
  }

  /** The signatures to put in front of a message. */
  async sign({ message, organization, account, priority, view }: LeasedDelivery, form: Form, pieces: () => AsyncIterable<Uint8Array>): Promise<Signed> {
    // Who logged in has shown that From is his (`core/inbound/identity`), and so has the key of a program; reports are our own, others' bounces that pass through are not.
    if (view.forwardedBy !== undefined || (account === null && priority !== REPORT_PRIORITY && trafficOf(priority) === null)) return UNSIGNED
    // What stands before the bytes may be the recipient's own: an address to unsubscribe at.
    return await this.#kept.of(`${message} ${form} ${view.prefix}`, () => this.#make(organization, trafficOf(priority), pieces))
  }

  async #make(organization: OrganizationId, traffic: Traffic | null, pieces: () => AsyncIterable<Uint8Array>): Promise<Signed> {
    const { clock, keys: keysOf, platformKeys } = this.#options
    const domain = authorDomain(await headOf(pieces))
    const keys = domain === null ? [] : await keysOf(organization, domain)
    if (keys.length === 0) return UNSIGNED
    const more = traffic === null ? [] : (await platformKeys()).filter((key) => key.domain !== domain)
    const lifeSeconds = traffic === 'broadcast' ? BROADCAST_LIFE_SECONDS : null
    const signer = new Signer([...keys, ...more], { atSeconds: Math.floor(clock.nowMs() / 1000), lifeSeconds, header: 'relaxed', body: 'relaxed' })
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

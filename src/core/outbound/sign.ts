import type { Domain, MessageId, OrganizationId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { Signer, type SigningKey } from '../../proto/dkim/sign.ts'
import { parseAddress } from '../../proto/mail/address.ts'
import { readAuthors } from '../../proto/mail/authors.ts'
import { scanHeader } from '../../proto/mail/header-scan.ts'
import { MAX_HEADER_BYTES } from '../../proto/mail/limits.ts'
import { trafficOf } from '../suppression/suppression.ts'
import { REPORT_PRIORITY } from '../queue/delivery.ts'
import type { LeasedDelivery } from '../queue/delivery.ts'
import type { Form } from './content.ts'

/** What signing asks of the house. */
export interface SigningOptions {
  /** The keys that sign now for a domain of an organization; none when it is not theirs. */
  readonly keys: (organization: OrganizationId, domain: Domain) => Promise<readonly SigningKey[]>
  readonly clock: Clock
}

/** Signatures kept: a message to many domains is signed once. */
const MAX_KEPT = 500

/** Signs what accounts of the house send, as the domain of their From. RFC 6376. Mail that only passes through is not ours to sign. */
export class MailSigner {
  readonly #options: SigningOptions
  readonly #kept = new Map<`${MessageId} ${Form}`, string>()

  constructor(options: SigningOptions) {
    this.#options = options
  }

  /** The signatures to put in front of a message; '' when nobody here signs for its author. */
  async sign({ message, organization, account, priority }: LeasedDelivery, form: Form, pieces: () => AsyncIterable<Uint8Array>): Promise<string> {
    // Who logged in has shown that From is his (`core/inbound/identity`), and so has the key of a program; reports are our own.
    if (account === null && priority !== REPORT_PRIORITY && trafficOf(priority) === null) return ''
    const key = `${message} ${form}` as const
    const kept = this.#kept.get(key)
    if (kept !== undefined) return kept
    const signatures = await this.#make(organization, pieces)
    this.#kept.set(key, signatures)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest)
    return signatures
  }

  async #make(organization: OrganizationId, pieces: () => AsyncIterable<Uint8Array>): Promise<string> {
    const domain = authorDomain(await headOf(pieces))
    const keys = domain === null ? [] : await this.#options.keys(organization, domain)
    if (keys.length === 0) return ''
    const atSeconds = Math.floor(this.#options.clock.nowMs() / 1000)
    const signer = new Signer(keys, { atSeconds, lifeSeconds: null, header: 'relaxed', body: 'relaxed' })
    for await (const piece of pieces()) signer.push(piece)
    return (await signer.finish()) ?? ''
  }
}

async function headOf(pieces: () => AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const piece of pieces()) {
    chunks.push(piece)
    length += piece.length
    if (length >= MAX_HEADER_BYTES) break
  }
  return Buffer.concat(chunks).subarray(0, MAX_HEADER_BYTES)
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

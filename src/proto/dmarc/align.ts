import type { Domain } from '../../base/brand.ts'
import type { Discovery } from './discover.ts'
import type { DmarcReason } from './outcome.ts'
import type { AlignmentMode, DmarcRecord } from './record.ts'
import { organizationOf } from './walk.ts'
import type { TreeWalks } from './walk.ts'

/** A domain that SPF or a signature vouches for, or would if DNS had answered. */
export interface Identifier {
  readonly domain: string
  readonly result: 'pass' | 'temperror'
}

/** All of a message. */
export interface Identifiers {
  readonly spf: Identifier | null
  readonly dkim: readonly Identifier[]
}

/** Which of them are the author's. RFC 9989 §4.4. */
export interface Alignment {
  readonly spf: string | null
  readonly dkim: readonly string[]
  /** What could have made the message pass, had DNS answered. */
  readonly unsure: readonly DmarcReason[]
  /** The author's organizational domain, when it was needed. */
  readonly organization: string | null
}

/** Looks which identifiers are aligned with the author. Walks are made for the ones only that may be: relaxed, and not the author's very name. */
export async function alignedDomains(author: Domain, record: DmarcRecord, ids: Identifiers, discovery: Discovery, walks: TreeWalks): Promise<Alignment> {
  const compare = new Comparison(author, discovery.organization, walks)
  const unsure = new Set<DmarcReason>()
  const judge = async ({ domain, result }: Identifier, mode: AlignmentMode, reason: DmarcReason): Promise<boolean> => {
    const aligned = domain === author ? true : await compare.isAligned(domain, mode)
    if (aligned === null) unsure.add('dns')
    if (aligned !== false && result === 'temperror') unsure.add(reason)
    return aligned === true && result === 'pass'
  }
  const spf = ids.spf !== null && (await judge(ids.spf, record.spf, 'spf-temperror')) ? ids.spf.domain : null
  const dkim: string[] = []
  for (const id of ids.dkim) if (await judge(id, record.dkim, 'dkim-temperror')) dkim.push(id.domain)
  return { spf, dkim, unsure: [...unsure], organization: compare.organization }
}

class Comparison {
  readonly #author: Domain
  readonly #walks: TreeWalks
  /** Null until it is needed, and when it cannot be learned. */
  #organization: string | null
  #isKnown: boolean

  constructor(author: Domain, organization: string | null, walks: TreeWalks) {
    this.#author = author
    this.#walks = walks
    this.#organization = organization
    this.#isKnown = organization !== null
  }

  get organization(): string | null {
    return this.#organization
  }

  /** Null when DNS did not tell. */
  async isAligned(domain: string, mode: AlignmentMode): Promise<boolean | null> {
    if (domain === this.#author) return true
    if (mode === 'strict' || !shareTop(domain, this.#author)) return false
    const organization = await this.#organizationOfAuthor()
    if (organization === null) return null
    // An organizational domain is the name itself or above it, so who is not below ours has another one.
    if (domain !== organization && !domain.endsWith(`.${organization}`)) return false
    const walk = await this.#walks.walk(domain)
    return walk.failedAt === null ? organizationOf(walk) === organization : null
  }

  async #organizationOfAuthor(): Promise<string | null> {
    if (this.#isKnown) return this.#organization
    const walk = await this.#walks.walk(this.#author)
    this.#isKnown = true
    this.#organization = walk.failedAt === null ? organizationOf(walk) : null
    return this.#organization
  }
}

function shareTop(a: string, b: string): boolean {
  return a.slice(a.lastIndexOf('.') + 1) === b.slice(b.lastIndexOf('.') + 1)
}

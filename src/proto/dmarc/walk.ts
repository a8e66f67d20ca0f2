import { isLasting } from '../../base/dns.ts'
import type { Answer } from '../../base/dns.ts'
import { remembered } from '../../base/remembered.ts'
import { hasGoodLabels } from '../mail/domain.ts'
import { MAX_DOMAIN_CHARS } from '../mail/limits.ts'
import { MAX_KNOWN_RECORDS, MAX_TEXTS, MAX_WALK_QUERIES, WALK_LABELS } from './limits.ts'
import { isDmarcRecord, parseDmarcRecord } from './record.ts'
import type { DmarcRecord } from './record.ts'

/** Asks DNS for the TXT records at `name`, the strings of each joined. Never throws for what DNS does. */
export type AskTxt = (name: string, signal: AbortSignal) => Promise<Answer<string>>

/** A record and the name it was published for. */
export interface PublishedRecord {
  readonly domain: string
  readonly record: DmarcRecord
}

/** What a walk up the tree found. RFC 9989 §4.10. */
export interface Walk {
  readonly start: string
  /** Longest name first. */
  readonly found: readonly PublishedRecord[]
  /** The name whose records could not be learned, where the walk ended; null when it came to its end. */
  readonly failedAt: string | null
  /** Names of which there were several records, all left out. */
  readonly several: readonly string[]
}

type Asked = { readonly kind: 'record'; readonly record: DmarcRecord } | { readonly kind: 'none' | 'several' | 'failed' }

/**
 * The walks that one message needs. They share most of their names, and each name is asked for once, so keep one of these for a
 * message and throw it away with it: answers live as long as their TTL in the resolver, not here.
 */
export class TreeWalks {
  readonly #ask: AskTxt
  readonly #signal: AbortSignal
  readonly #names = new Map<string, Promise<Asked>>()
  readonly #walks = new Map<string, Promise<Walk>>()
  #queries = 0

  constructor(ask: AskTxt, signal: AbortSignal) {
    this.#ask = ask
    this.#signal = signal
  }

  /** TXT questions asked so far. */
  get queries(): number {
    return this.#queries
  }

  /** The record of this very name, and no other; what was asked is not asked again by a walk. */
  async at(domain: string): Promise<DmarcRecord | 'none' | 'several' | 'failed'> {
    const asked = await this.#name(domain)
    return asked.kind === 'record' ? asked.record : asked.kind
  }

  /** Goes from `domain` up to the top. At most eight questions. */
  walk(domain: string): Promise<Walk> {
    const known = this.#walks.get(domain)
    if (known !== undefined) return known
    const walk = this.#walk(domain)
    this.#walks.set(domain, walk)
    return walk
  }

  /** Whether the name exists in DNS, which all names do but those of NXDOMAIN (RFC 9989 §4.10.1, RFC 8020); null when it could not be learned. */
  async exists(domain: string): Promise<boolean | null> {
    if (!canBeAsked(domain)) return false
    this.#queries += 1
    const answer = await this.#ask(domain, this.#signal)
    if (answer.kind === 'failed') return isLasting(answer.why) ? answer.why !== 'bad-name' : null
    // An alias to nowhere is a name that exists.
    return answer.kind === 'found' || answer.why === 'nodata' || answer.aliases.length > 0
  }

  async #walk(start: string): Promise<Walk> {
    const found: PublishedRecord[] = []
    const several: string[] = []
    const names = walkNames(start)
    for (const domain of names) {
      const asked = await this.#name(domain)
      if (asked.kind === 'failed') return { start, found, failedAt: domain, several }
      if (asked.kind === 'several') several.push(domain)
      if (asked.kind !== 'record') continue
      found.push({ domain, record: asked.record })
      if (asked.record.psd !== 'u') break // §4.10 (steps 2 and 6).
    }
    return { start, found, failedAt: null, several }
  }

  #name(domain: string): Promise<Asked> {
    const known = this.#names.get(domain)
    if (known !== undefined) return known
    const asked = this.#askName(domain)
    this.#names.set(domain, asked)
    return asked
  }

  async #askName(domain: string): Promise<Asked> {
    const name = `_dmarc.${domain}`
    if (!canBeAsked(name)) return { kind: 'none' }
    this.#queries += 1
    const answer = await this.#ask(name, this.#signal)
    if (answer.kind === 'failed') return { kind: isLasting(answer.why) ? 'none' : 'failed' }
    if (answer.kind === 'none') return { kind: 'none' }
    const own = answer.records.slice(0, MAX_TEXTS).filter((text) => isDmarcRecord(text))
    const [text] = own
    if (own.length > 1) return { kind: 'several' } // §4.10 (step 2): then all of them are left out.
    const record = text === undefined ? null : knownRecord(text)
    return record === null ? { kind: 'none' } : { kind: 'record', record }
  }
}

/** The same few senders come again and again. */
const knownRecord = remembered(MAX_KNOWN_RECORDS, parseDmarcRecord)

/** The names of a walk: the start, then label by label, long names cut to seven at once, down to the last one. RFC 9989 §4.10. */
export function walkNames(domain: string): readonly string[] {
  const names: string[] = []
  let labels = domain.split('.')
  while (labels.length > 0 && names.length < MAX_WALK_QUERIES) {
    names.push(labels.join('.'))
    labels = labels.length > WALK_LABELS ? labels.slice(-WALK_LABELS) : labels.slice(1)
  }
  return names
}

/** The organizational domain that a walk shows. RFC 9989 §4.10.2. */
export function organizationOf({ start, found }: Walk): string {
  for (const { domain, record } of found) {
    if (record.psd === 'n') return domain
    if (record.psd === 'y' && domain !== start) return start.split('.').slice(-(domain.split('.').length + 1)).join('.')
  }
  return found.at(-1)?.domain ?? start
}

function canBeAsked(name: string): boolean {
  return name.length <= MAX_DOMAIN_CHARS && hasGoodLabels(name)
}

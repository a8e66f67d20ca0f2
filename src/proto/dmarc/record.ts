import { MAX_RECORD_CHARS, MAX_TAGS } from './limits.ts'
import { reportUris } from './report-uri.ts'
import type { ReportUri } from './report-uri.ts'

/** What the owner of a domain asks for with mail that does not pass. RFC 9989 §4.7. */
export type DmarcPolicy = 'none' | 'quarantine' | 'reject'

/** How like the author's domain another one must be: of the same organization, or the same. RFC 9989 §4.4. */
export type AlignmentMode = 'relaxed' | 'strict'

/** A policy record as it was published, its defaults filled in. RFC 9989 §4.7. */
export interface DmarcRecord {
  /** As it stands in DNS. */
  readonly text: string
  /** `p`; `none` when it is not there. */
  readonly policy: DmarcPolicy
  /** `sp`: for existing subdomains without a record of their own; null when not said. */
  readonly subdomains: DmarcPolicy | null
  /** `np`: for names below the domain that do not exist; null when not said. */
  readonly nonexistent: DmarcPolicy | null
  /** `psd`: `y` is a public suffix, `n` an organizational domain, `u` leaves it to the walk. */
  readonly psd: 'y' | 'n' | 'u'
  /** `t=y`: the policy is to be applied one step milder. */
  readonly testing: boolean
  readonly dkim: AlignmentMode
  readonly spf: AlignmentMode
  /** `rua` and `ruf`, those that are addresses of mail. */
  readonly aggregateTo: readonly ReportUri[]
  readonly failureTo: readonly ReportUri[]
  /** `fo`, as written; `0` when not said. */
  readonly failureOptions: string
  /**
   * What its policies are good for. `as-none`: one of them is no policy, but somebody reads reports, so it counts as `none`;
   * `ignored`: one is none and nobody reads reports, so the message is not judged at all. RFC 9989 §4.10.1.
   */
  readonly standing: 'valid' | 'as-none' | 'ignored'
}

const VERSION = /^[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)/
const NAME = /^[a-z]+$/

/** Does this text call itself a policy record? The version's value is matched with its case, the tag's name without. RFC 9989 §4.7. */
export function isDmarcRecord(text: string): boolean {
  return VERSION.test(text)
}

/**
 * Reads a policy record; null when it is none. What is not understood counts as not said (RFC 9989 §4.7), but a tag that comes
 * twice spoils the list (RFC 6376 §3.2): which of two policies is meant cannot be known.
 */
export function parseDmarcRecord(text: string): DmarcRecord | null {
  const tags = text.length <= MAX_RECORD_CHARS && isDmarcRecord(text) ? tagsOf(text) : null
  if (tags === null) return null
  const word = (name: string): string => (tags.get(name) ?? '').toLowerCase()
  const policies = [tags.has('p') ? policyOf(word('p')) : 'none', optional(tags, 'sp'), optional(tags, 'np')] as const
  const [policy, subdomains, nonexistent] = policies
  const aggregateTo = reportUris(tags.get('rua') ?? '')
  const isValid = !policies.includes('bad')
  const psd = word('psd')
  return {
    text,
    policy: isValid && policy !== 'bad' ? policy : 'none',
    subdomains: isValid && subdomains !== 'bad' ? subdomains : null,
    nonexistent: isValid && nonexistent !== 'bad' ? nonexistent : null,
    psd: psd === 'y' || psd === 'n' ? psd : 'u',
    testing: word('t') === 'y',
    dkim: word('adkim') === 's' ? 'strict' : 'relaxed',
    spf: word('aspf') === 's' ? 'strict' : 'relaxed',
    aggregateTo: aggregateTo.mail,
    failureTo: reportUris(tags.get('ruf') ?? '').mail,
    failureOptions: /^[01ds:]{1,7}$/.test(word('fo')) ? word('fo') : '0',
    standing: standingOf(isValid, aggregateTo.count > 0),
  }
}

function standingOf(isValid: boolean, hasReader: boolean): DmarcRecord['standing'] {
  if (isValid) return 'valid'
  return hasReader ? 'as-none' : 'ignored'
}

/** Names and values; null when a name comes twice. Pieces that are no tag are passed over. */
function tagsOf(text: string): ReadonlyMap<string, string> | null {
  const tags = new Map<string, string>()
  for (const piece of text.split(';', MAX_TAGS)) {
    const equals = piece.indexOf('=')
    const name = equals === -1 ? '' : piece.slice(0, equals).trim().toLowerCase()
    if (!NAME.test(name)) continue
    if (tags.has(name)) return null
    tags.set(name, piece.slice(equals + 1).trim())
  }
  return tags
}

function optional(tags: ReadonlyMap<string, string>, name: string): DmarcPolicy | null | 'bad' {
  const value = tags.get(name)
  return value === undefined ? null : policyOf(value.toLowerCase())
}

function policyOf(word: string): DmarcPolicy | 'bad' {
  return word === 'none' || word === 'quarantine' || word === 'reject' ? word : 'bad'
}

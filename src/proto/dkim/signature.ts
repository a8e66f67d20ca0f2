import { Buffer } from 'node:buffer'
import { parseDomain } from '../mail/domain.ts'
import { fail, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import type { Canonicalization } from './canonical-body.ts'
import { MAX_SIGNATURE_BYTES, MAX_SIGNED_NAMES, MAX_TIME_DIGITS } from './limits.ts'
import { base64Of, listOf, parseTagList, unfolded } from './tag-list.ts'
import type { Tag } from './tag-list.ts'

/** The algorithms that count. RFC 8301 §3.1 has taken `rsa-sha1` away, RFC 8463 has added Ed25519. */
export type Algorithm = 'rsa-sha256' | 'ed25519-sha256'

/** What DKIM-Signature and ARC-Message-Signature say alike. RFC 6376 §3.5, RFC 8617 §4.1.2. */
export interface SignatureTags {
  readonly algorithm: Algorithm
  readonly value: Uint8Array
  readonly bodyHash: Uint8Array
  readonly header: Canonicalization
  readonly body: Canonicalization
  /** Lower-case A-labels, as it is asked for. */
  readonly domain: string
  readonly selector: string
  /** Names of the signed fields, lower-case, in order, with repetitions. */
  readonly names: readonly string[]
  /** `l=`, octets of the canonical body; null for all. */
  readonly bodyLimit: number | null
  /** `t=` and `x=`, seconds since 1970; null when not said. */
  readonly signedAt: number | null
  readonly expiresAt: number | null
  /** The field's value without that of `b=`: what was signed of it. */
  readonly unsigned: string
}

/** A DKIM-Signature field, understood. RFC 6376 §3.5. */
export interface Signature extends SignatureTags {
  /** Who signed, `i=`: a local part, which may be empty, and a domain at or below `domain`. */
  readonly identity: string
  readonly identityDomain: string
}

/** Why a signature is none. `sha1` and the other two are well-formed, and nothing that we verify. */
export type SignatureFault =
  | 'syntax' | 'version' | 'missing-tag' | 'from-not-signed' | 'identity' | 'times'
  | 'sha1' | 'algorithm' | 'canonicalization' | 'query'

/** What could be read of a broken signature: to say of whom it speaks. */
export interface BrokenSignature {
  readonly fault: SignatureFault
  readonly domain: string | null
  readonly selector: string | null
}

const REQUIRED = ['a', 'b', 'bh', 'd', 'h', 's'] as const
// Selectors and signing domains are DNS names, and unlike host names they may hold underscores.
const DNS_NAME = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/

/** Reads the value of a DKIM-Signature field, given as it stands, folds included, Latin-1. */
export function parseSignature(text: string): Result<Signature, BrokenSignature> {
  const parsed = text.length > MAX_SIGNATURE_BYTES ? fail('syntax' as const) : parseTagList(text)
  if (!parsed.ok) return fail({ fault: 'syntax', domain: null, selector: null })
  const tags = parsed.value
  const read = readSignature(text, tags)
  if (typeof read !== 'string') return ok(read)
  return fail({ fault: read, domain: dnsName(tags.get('d')), selector: dnsName(tags.get('s')) })
}

function readSignature(text: string, tags: ReadonlyMap<string, Tag>): Signature | SignatureFault {
  const version = tags.get('v')?.value
  if (version === undefined || REQUIRED.some((name) => !tags.has(name))) return 'missing-tag'
  if (version !== '1') return 'version'
  const read = readSignatureTags(text, tags)
  if (typeof read === 'string') return read
  if (!read.names.includes('from')) return 'from-not-signed' // §5.4.
  const identity = identityOf(tags.get('i')?.value ?? null, read.domain)
  return identity === null ? 'identity' : { ...read, ...identity }
}

/**
 * Reads the tags of a signature's `text` that DKIM and ARC have both. In ARC, hops that leave `c=` out mean relaxed, and empty
 * entries of `h=` name nothing.
 */
export function readSignatureTags(text: string, tags: ReadonlyMap<string, Tag>, kind: 'dkim' | 'arc' = 'dkim'): SignatureTags | SignatureFault {
  const value = (name: string): string | null => tags.get(name)?.value ?? null
  const b = tags.get('b')
  if (REQUIRED.some((name) => !tags.has(name)) || b === undefined) return 'missing-tag'
  const algorithm = algorithmNamed(value('a'))
  if (algorithm === 'sha1' || algorithm === 'algorithm') return algorithm
  const canon = canonicalizations(value('c') ?? (kind === 'arc' ? 'relaxed/relaxed' : 'simple/simple'))
  if (canon === null) return 'canonicalization'
  if (!listOf(value('q')?.toLowerCase() ?? 'dns/txt').includes('dns/txt')) return 'query'
  const signed = base64Of(b.value)
  const bodyHash = base64Of(value('bh') ?? '')
  const domain = dnsName(tags.get('d'))
  const selector = dnsName(tags.get('s'))
  const bodyLimit = numberOf(value('l'), 76) // §3.5: up to 76 digits; more octets than can be counted are all of them.
  const signedAt = numberOf(value('t'), MAX_TIME_DIGITS)
  const expiresAt = numberOf(value('x'), MAX_TIME_DIGITS)
  if (signed === null || bodyHash === null || domain === null || selector === null) return 'syntax'
  if (bodyLimit === 'bad' || signedAt === 'bad' || expiresAt === 'bad') return 'syntax'
  if (signedAt !== null && expiresAt !== null && expiresAt <= signedAt) return 'times' // §3.5: x= must be greater.
  const names = namesOf(value('h') ?? '', kind)
  if (names === null) return 'syntax'
  const unsigned = withoutValue(text, b)
  return { algorithm, value: signed, bodyHash, ...canon, domain, selector, names, bodyLimit, signedAt, expiresAt, unsigned }
}

function namesOf(value: string, kind: 'dkim' | 'arc'): readonly string[] | null {
  const names = listOf(value.toLowerCase())
  if (names.length > MAX_SIGNED_NAMES) return null
  const kept = kind === 'arc' ? names.filter((name) => name !== '') : names
  return kept.includes('') || !/^[!-~]*$/.test(kept.join('')) ? null : kept
}

/** A field's value without that of a tag, as it is signed. §3.7. */
export function withoutValue(text: string, tag: Tag): string {
  return text.slice(0, tag.start) + text.slice(tag.end)
}

/** `a=`: one of ours, the one that is forbidden, or none that we know. */
export function algorithmNamed(value: string | null): Algorithm | 'sha1' | 'algorithm' {
  const name = value?.toLowerCase()
  if (name === 'rsa-sha1') return 'sha1'
  return name === 'rsa-sha256' || name === 'ed25519-sha256' ? name : 'algorithm'
}

/** `header/body`; a body not named is simple. §3.5. */
function canonicalizations(value: string): { readonly header: Canonicalization; readonly body: Canonicalization } | null {
  const [header = 'simple', body = 'simple', ...more] = unfolded(value).toLowerCase().split('/')
  if (more.length > 0 || !isCanonicalization(header) || !isCanonicalization(body)) return null
  return { header, body }
}

function isCanonicalization(word: string): word is Canonicalization {
  return word === 'simple' || word === 'relaxed'
}

/** `i=`, which must be at the signing domain or below it. Without it the domain signs as a whole. §3.5. */
function identityOf(value: string | null, domain: string): { readonly identity: string; readonly identityDomain: string } | null {
  if (value === null) return { identity: `@${domain}`, identityDomain: domain }
  const at = value.lastIndexOf('@')
  const identityDomain = at === -1 ? null : toDnsName(value.slice(at + 1))
  if (identityDomain === null || (identityDomain !== domain && !identityDomain.endsWith(`.${domain}`))) return null
  return { identity: `${value.slice(0, at)}@${identityDomain}`, identityDomain }
}

/** A number of at most so many digits; null when it is not said. */
export function numberOf(value: string | null, maxDigits: number): number | null | 'bad' {
  if (value === null) return null
  return /^[0-9]+$/.test(value) && value.length <= maxDigits ? Number(value) : 'bad'
}

/** A tag's value as a name in DNS; null when it is none. */
export function dnsName(tag: Tag | undefined): string | null {
  return tag === undefined ? null : toDnsName(tag.value)
}

/** Lower-case A-labels. RFC 8616 §5 lets U-labels stand in a signature; the field came as Latin-1, so they are UTF-8 still. */
function toDnsName(text: string): string | null {
  const lower = text.toLowerCase()
  if (lower.length <= 253 && DNS_NAME.test(lower)) return lower
  return /[^\0-\x7f]/.test(text) ? parseDomain(Buffer.from(text, 'latin1').toString('utf8')) : null
}

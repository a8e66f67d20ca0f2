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

/** A DKIM-Signature field, understood. RFC 6376 §3.5. */
export interface Signature {
  readonly algorithm: Algorithm
  readonly value: Uint8Array
  readonly bodyHash: Uint8Array
  readonly header: Canonicalization
  readonly body: Canonicalization
  /** Lower-case A-labels, as it is asked for. */
  readonly domain: string
  readonly selector: string
  /** Who signed, `i=`: a local part, which may be empty, and a domain at or below `domain`. */
  readonly identity: string
  readonly identityDomain: string
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

const REQUIRED = ['v', 'a', 'b', 'bh', 'd', 'h', 's'] as const
// Selectors and signing domains are DNS names, and unlike host names they may hold underscores.
const DNS_NAME = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/

/** Reads the value of a DKIM-Signature field, given as it stands, folds included, Latin-1. */
export function parseSignature(text: string): Result<Signature, BrokenSignature> {
  const parsed = text.length > MAX_SIGNATURE_BYTES ? fail('syntax' as const) : parseTagList(text)
  if (!parsed.ok) return fail({ fault: 'syntax', domain: null, selector: null })
  const tags = parsed.value
  const domain = dnsName(tags.get('d'))
  const selector = dnsName(tags.get('s'))
  const read = readTags(text, tags, domain, selector)
  return typeof read === 'string' ? fail({ fault: read, domain, selector }) : ok(read)
}

function readTags(text: string, tags: ReadonlyMap<string, Tag>, domain: string | null, selector: string | null): Signature | SignatureFault {
  const value = (name: string): string | null => tags.get(name)?.value ?? null
  const b = tags.get('b')
  if (REQUIRED.some((name) => !tags.has(name)) || b === undefined) return 'missing-tag'
  if (value('v') !== '1') return 'version'
  const algorithm = value('a')?.toLowerCase()
  if (algorithm === 'rsa-sha1') return 'sha1'
  if (algorithm !== 'rsa-sha256' && algorithm !== 'ed25519-sha256') return 'algorithm'
  const canon = canonicalizations(value('c'))
  if (canon === null) return 'canonicalization'
  if (!listOf(value('q')?.toLowerCase() ?? 'dns/txt').includes('dns/txt')) return 'query'
  const signed = base64Of(b.value)
  const bodyHash = base64Of(value('bh') ?? '')
  const bodyLimit = numberOf(value('l'), 76) // §3.5: up to 76 digits; more octets than can be counted are all of them.
  const signedAt = numberOf(value('t'), MAX_TIME_DIGITS)
  const expiresAt = numberOf(value('x'), MAX_TIME_DIGITS)
  if (signed === null || bodyHash === null || domain === null || selector === null) return 'syntax'
  if (bodyLimit === 'bad' || signedAt === 'bad' || expiresAt === 'bad') return 'syntax'
  if (signedAt !== null && expiresAt !== null && expiresAt <= signedAt) return 'times' // §3.5: x= must be greater.
  const names = listOf(value('h') ?? '').map((name) => name.toLowerCase())
  if (names.length > MAX_SIGNED_NAMES || names.some((name) => !/^[!-9;-~]+$/.test(name))) return 'syntax'
  if (!names.includes('from')) return 'from-not-signed' // §5.4.
  const identity = identityOf(value('i'), domain)
  if (identity === null) return 'identity'
  const unsigned = text.slice(0, b.start) + text.slice(b.end)
  return { algorithm, value: signed, bodyHash, ...canon, domain, selector, ...identity, names, bodyLimit, signedAt, expiresAt, unsigned }
}

/** `header/body`; a body not named is simple, and so are both without the tag. §3.5. */
function canonicalizations(value: string | null): { readonly header: Canonicalization; readonly body: Canonicalization } | null {
  const [header = 'simple', body = 'simple', ...more] = unfolded(value ?? 'simple').toLowerCase().split('/')
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

function numberOf(value: string | null, maxDigits: number): number | null | 'bad' {
  if (value === null) return null
  return /^[0-9]+$/.test(value) && value.length <= maxDigits ? Number(value) : 'bad'
}

function dnsName(tag: Tag | undefined): string | null {
  return tag === undefined ? null : toDnsName(tag.value)
}

/** Lower-case A-labels. RFC 8616 §4 lets U-labels stand in a signature; the field came as Latin-1, so they are UTF-8 still. */
function toDnsName(text: string): string | null {
  const lower = text.toLowerCase()
  if (lower.length <= 253 && DNS_NAME.test(lower)) return lower
  return /[^\0-\x7f]/.test(text) ? parseDomain(Buffer.from(text, 'latin1').toString('utf8')) : null
}

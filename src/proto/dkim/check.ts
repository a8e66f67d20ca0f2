import { timingSafeEqual } from 'node:crypto'
import { eachAtOnce } from '../../base/each-at-once.ts'
import { asBuffer } from '../mail/bytes.ts'
import type { Field } from '../mail/headers.ts'
import { findKey, isSignedBy } from './ask-key.ts'
import type { AskKey } from './ask-key.ts'
import type { BodyDigest, BodyNeed } from './body-digest.ts'
import { canonicalField, relaxed, selectFields } from './canonical-header.ts'
import type { DkimFinding, DkimReason, DkimResult } from './finding.ts'
import type { KeyRecord } from './key-record.ts'
import { MAX_SIGNATURES } from './limits.ts'
import type { HeaderView } from './message-pass.ts'
import { parseSignature } from './signature.ts'
import type { Signature, SignatureFault, SignatureTags } from './signature.ts'

interface Candidate {
  readonly field: Field
  readonly signature: Signature
  readonly own: string
  readonly need: BodyNeed
}

/** The signatures of one header, on their way to findings. Who has it passes the body by and asks `judge` at the end. */
export class DkimCheck {
  readonly #header: HeaderView
  /** In the order of the message; a finding already where the field alone decides. */
  readonly #signatures: readonly (Candidate | DkimFinding)[]

  constructor(header: HeaderView) {
    this.#header = header
    const signed = header.fields.filter(({ name }) => name === 'dkim-signature')
    this.#signatures = signed.map((field, index) => (index < MAX_SIGNATURES ? this.#candidate(field) : { ...NOTHING, result: 'policy', reason: 'too-many' }))
  }

  /** The digests that are wanted of the body. */
  get needs(): readonly BodyNeed[] {
    return this.#signatures.flatMap((each) => ('result' in each ? [] : [each.need]))
  }

  /** The findings, top to bottom. Keys are asked for all at once, and only for signatures whose body is as it was signed. */
  async judge(digest: (need: BodyNeed) => BodyDigest, askKey: AskKey, nowMs: number, signal: AbortSignal): Promise<readonly DkimFinding[]> {
    return await eachAtOnce(this.#signatures, async (each) => ('result' in each ? each : await this.#judge(each, digest(each.need), askKey, nowMs, signal)))
  }

  #candidate(field: Field): Candidate | DkimFinding {
    const raw = this.#header.bytes.toString('latin1', field.start, field.end)
    const parsed = parseSignature(raw.slice(field.valueStart - field.start))
    if (!parsed.ok) {
      const { fault, domain, selector } = parsed.error
      return { ...NOTHING, result: RESULT_OF_FAULT[fault], reason: fault, domain, selector }
    }
    const signature = parsed.value
    const own = ownField(field.name, raw.slice(0, field.valueStart - field.start), signature)
    return { field, signature, own, need: { how: signature.body, limit: signature.bodyLimit } }
  }

  async #judge(candidate: Candidate, body: BodyDigest, askKey: AskKey, nowMs: number, signal: AbortSignal): Promise<DkimFinding> {
    const { signature, need } = candidate
    const { domain, selector, identity, algorithm } = signature
    const prefix = asBuffer(signature.value).toString('base64', 0, 6)
    const about: DkimFinding = { ...NOTHING, domain, selector, identity, algorithm, prefix }
    const { hash, totalBytes } = body
    if (need.limit !== null && need.limit > totalBytes) return { ...about, result: 'permerror', reason: 'body-too-short' } // §3.5 l=.
    if (!sameDigest(hash, signature.bodyHash)) return { ...about, result: 'fail', reason: 'body-changed' }
    const found = await findKey(askKey, signature, signal)
    if (found === 'dns') return { ...about, result: 'temperror', reason: 'dns' }
    if (typeof found === 'string') return { ...about, result: 'permerror', reason: found }
    const known: DkimFinding = { ...about, keyBits: found.bits, testing: found.testing }
    const mismatch = mismatchOf(signature, found)
    if (mismatch !== null) return { ...known, result: 'permerror', reason: mismatch }
    if (!this.#holds(candidate, found)) return { ...known, result: 'fail', reason: 'signature-wrong' }
    // What follows is true and not good enough.
    if (signature.expiresAt !== null && signature.expiresAt * 1000 < nowMs) return { ...known, result: 'policy', reason: 'expired' }
    if (need.limit !== null && need.limit < totalBytes) return { ...known, result: 'policy', reason: 'partial-body' }
    return { ...known, result: 'pass', reason: null, names: signature.names }
  }

  #holds({ field, signature, own }: Candidate, key: KeyRecord): boolean {
    return isSignedBy(key, signedFields(this.#header, signature, field) + own, signature.value)
  }
}

/** The fields that a signature covers, canonical, but for its own: whatever `h=` names, that is never among them (RFC 6376 §3.5, §3.7). `own` is null while it is being made. */
export function signedFields({ bytes, fields }: HeaderView, { names, header }: Pick<SignatureTags, 'names' | 'header'>, own: Field | null): string {
  const others = own !== null && names.includes(own.name) ? fields.filter((field) => field !== own) : fields
  let signed = ''
  for (const field of selectFields(others, names)) signed += canonicalField(bytes, field, header)
  return signed
}

/**
 * A signature's own field as it goes last into what is signed: without the value of `b=` and without its CRLF. RFC 6376 §3.7.
 * `lead` is what stands before the value: the name and its colon.
 */
export function ownField(name: string, lead: string, { header, unsigned }: Pick<SignatureTags, 'header' | 'unsigned'>): string {
  return header === 'relaxed' ? relaxed(name, unsigned).slice(0, -2) : lead + unsigned.replace(/\r?\n$/, '')
}

const NOTHING: DkimFinding = {
  result: 'neutral', reason: null, domain: null, selector: null, identity: null, algorithm: null, prefix: null, keyBits: null, testing: false, names: [],
}

/** The finding on a message whose header is longer than we read. */
export const HEADER_TOO_LARGE: DkimFinding = { ...NOTHING, result: 'permerror', reason: 'header-too-large' }

/** RFC 8601 §2.7.1: what cannot be processed is neutral, what is forbidden or incomplete is a permanent error. */
const RESULT_OF_FAULT: Readonly<Record<SignatureFault, DkimResult>> = {
  syntax: 'neutral',
  version: 'neutral',
  algorithm: 'neutral',
  canonicalization: 'neutral',
  query: 'neutral',
  times: 'permerror',
  'missing-tag': 'permerror',
  'from-not-signed': 'permerror',
  identity: 'permerror',
  sha1: 'permerror', // RFC 8301 §3.1.
}

/** What keeps a key from being this signature's. RFC 6376 §6.1.2 (6 to 9). */
function mismatchOf(signature: Signature, key: KeyRecord): DkimReason | null {
  return keyMismatch(signature, key) ?? (key.strict && signature.identityDomain !== signature.domain ? 'identity-not-allowed' : null)
}

/** What keeps a key from being used with an algorithm. */
export function keyMismatch({ algorithm }: Pick<SignatureTags, 'algorithm'>, { type, hashes }: KeyRecord): 'key-mismatch' | 'hash-not-allowed' | null {
  if (!algorithm.startsWith(type)) return 'key-mismatch'
  return hashes !== null && !hashes.includes('sha256') ? 'hash-not-allowed' : null
}

/** Are these two digests the same? */
export function sameDigest(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

import { Buffer } from 'node:buffer'
import { createHash, timingSafeEqual, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { asBuffer } from '../mail/bytes.ts'
import { readHeader } from '../mail/headers.ts'
import type { Field } from '../mail/headers.ts'
import { BodyDigests } from './body-digest.ts'
import type { BodyNeed } from './body-digest.ts'
import { canonicalField, relaxed, selectFields } from './canonical-header.ts'
import { keyName, parseKeyRecord } from './key-record.ts'
import type { KeyFault, KeyRecord } from './key-record.ts'
import { MAX_KEY_RECORDS, MAX_SIGNATURES } from './limits.ts'
import { parseSignature } from './signature.ts'
import type { Signature, SignatureFault } from './signature.ts'
import { MessageSplit } from './split.ts'

/** What DNS says of a key's name: the texts of its TXT records, each with its strings joined; none; or no answer for now. */
export type KeyAnswer = { readonly kind: 'texts'; readonly texts: readonly string[] } | { readonly kind: 'none' } | { readonly kind: 'temporary' }

/** Asks DNS for the TXT records at `name`, such as `sel._domainkey.example.org`. Never throws for what DNS does. */
export type AskKey = (name: string, signal: AbortSignal) => Promise<KeyAnswer>

/** The words of RFC 8601 §2.7.1 for one signature; `none` is an empty list of findings. */
export type DkimResult = 'pass' | 'fail' | 'neutral' | 'permerror' | 'temperror' | 'policy'

/** Why a signature did not pass. */
export type DkimReason =
  | SignatureFault
  | KeyFault
  /** The body or the signed fields are not those that were signed. */
  | 'body-changed' | 'signature-wrong'
  /** The key's name has no record, or DNS did not answer. */
  | 'no-key' | 'dns'
  /** The key is of another type, or may not be used with SHA-256, or not for this identity (`t=s`). */
  | 'key-mismatch' | 'hash-not-allowed' | 'identity-not-allowed'
  | 'expired'
  /** `l=`: the signature holds for the beginning of the body, and something stands behind it. */
  | 'partial-body'
  /** `l=` is more than there is. */
  | 'body-too-short'
  /** More signatures than we look at. */
  | 'too-many'
  | 'header-too-large'

/** What one signature is worth. */
export interface DkimFinding {
  readonly result: DkimResult
  /** Null for `pass`. */
  readonly reason: DkimReason | null
  /** `d=`, `s=` and `i=`; null where they could not be read. */
  readonly domain: string | null
  readonly selector: string | null
  readonly identity: string | null
  readonly algorithm: Signature['algorithm'] | null
  /** The first eight characters of `b=`, by which reports tell signatures apart (RFC 6008 §3); null when it has none. */
  readonly prefix: string | null
  /** Size of the key, bits; null when none was read. */
  readonly keyBits: number | null
  /** The domain is testing (`t=y`): the message is to be treated as if it were not signed. RFC 6376 §3.6.1. */
  readonly testing: boolean
  /** Lower-case names of the fields covered, so that a caller can ask for List-Unsubscribe or Subject. Empty when it did not pass. */
  readonly names: readonly string[]
}

interface Candidate {
  readonly signature: Signature
  readonly own: string
  readonly need: BodyNeed
}

/**
 * Verifies the signatures of a message that passes by once. RFC 6376 §6, RFC 8301, RFC 8463.
 *
 * Pure but for the key query that it is given. Signatures are independent: each gets its own finding, in the order of the
 * message, and none of them is worth more than the domain that it names.
 */
export class Verifier {
  readonly #split: MessageSplit
  #header: Buffer = Buffer.alloc(0)
  #fields: readonly Field[] = []
  #digests = new BodyDigests([])
  /** In the order of the message; a finding already where the field alone decides. */
  #signatures: readonly (Candidate | DkimFinding)[] = []

  constructor() {
    this.#split = new MessageSplit((header) => {
      this.#read(header)
      return (body) => this.#digests.push(body)
    })
  }

  /** The next piece of the message, as it was received. It may be overwritten when this returns. */
  push(bytes: Uint8Array): void {
    this.#split.push(bytes)
  }

  /**
   * The findings, top to bottom; none when the message is not signed. Keys are asked for all at once, and only for signatures
   * whose body is as it was signed.
   */
  async finish(askKey: AskKey, nowMs: number, signal: AbortSignal): Promise<readonly DkimFinding[]> {
    this.#split.end()
    if (this.#split.headerTooLarge) return [{ ...NOTHING, result: 'permerror', reason: 'header-too-large' }]
    this.#digests.end()
    return await Promise.all(this.#signatures.map((each) => ('result' in each ? each : this.#judge(each, askKey, nowMs, signal))))
  }

  #read(header: Buffer): void {
    this.#header = header
    this.#fields = readHeader(header).fields
    const signed = this.#fields.filter(({ name }) => name === 'dkim-signature')
    this.#signatures = signed.map((field, index) => (index < MAX_SIGNATURES ? this.#candidate(field) : { ...NOTHING, result: 'policy', reason: 'too-many' }))
    this.#digests = new BodyDigests(this.#signatures.flatMap((each) => ('result' in each ? [] : [each.need])))
  }

  #candidate(field: Field): Candidate | DkimFinding {
    const raw = asBuffer(this.#header).toString('latin1', field.start, field.end)
    const parsed = parseSignature(raw.slice(field.valueStart - field.start))
    if (!parsed.ok) {
      const { fault, domain, selector } = parsed.error
      return { ...NOTHING, result: RESULT_OF_FAULT[fault], reason: fault, domain, selector }
    }
    const signature = parsed.value
    // §3.7: the field itself goes last, without the value of b= and without its CRLF.
    const lead = raw.slice(0, field.valueStart - field.start)
    const own = signature.header === 'relaxed' ? relaxed(field.name, signature.unsigned).slice(0, -2) : lead + signature.unsigned.replace(/\r?\n$/, '')
    return { signature, own, need: { how: signature.body, limit: signature.bodyLimit } }
  }

  async #judge(candidate: Candidate, askKey: AskKey, nowMs: number, signal: AbortSignal): Promise<DkimFinding> {
    const { signature, need } = candidate
    const { domain, selector, identity, algorithm } = signature
    const prefix = Buffer.from(signature.value).toString('base64').slice(0, 8)
    const about: DkimFinding = { ...NOTHING, domain, selector, identity, algorithm, prefix }
    const { hash, totalBytes } = this.#digests.digest(need)
    if (need.limit !== null && need.limit > totalBytes) return { ...about, result: 'permerror', reason: 'body-too-short' } // §3.5 l=.
    if (!same(hash, signature.bodyHash)) return { ...about, result: 'fail', reason: 'body-changed' }
    const answer = await askKey(keyName(selector, domain), signal)
    if (answer.kind === 'temporary') return { ...about, result: 'temperror', reason: 'dns' }
    const found = answer.kind === 'none' ? 'no-key' : keyOf(answer.texts)
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

  #holds({ signature, own }: Candidate, { key, type }: KeyRecord): boolean {
    let signed = ''
    for (const field of selectFields(this.#fields, signature.names)) signed += canonicalField(this.#header, field, signature.header)
    const data = Buffer.from(signed + own, 'latin1')
    // RFC 8463 §3: Ed25519 signs the digest, not the data.
    return type === 'ed25519' ? fits(null, createHash('sha256').update(data).digest(), key, signature.value) : fits('sha256', data, key, signature.value)
  }
}

function fits(hash: 'sha256' | null, data: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  try {
    return verify(hash, data, key, signature)
  } catch {
    // It throws only for keys that parse and cannot be calculated with, such as an exponent that is larger than the modulus.
    return false
  }
}

const NOTHING: DkimFinding = {
  result: 'neutral', reason: null, domain: null, selector: null, identity: null, algorithm: null, prefix: null, keyBits: null, testing: false, names: [],
}

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

/** The first of the records that is a key; else why the first is none. A name may have other texts beside it. */
function keyOf(texts: readonly string[]): KeyRecord | KeyFault | 'no-key' {
  let fault: KeyFault | 'no-key' = 'no-key'
  for (const text of texts.slice(0, MAX_KEY_RECORDS)) {
    const parsed = parseKeyRecord(text)
    if (parsed.ok) return parsed.value
    if (fault === 'no-key' || fault === 'syntax') fault = parsed.error
  }
  return fault
}

/** What keeps a key from being this signature's. RFC 6376 §6.1.2 (6 to 9). */
function mismatchOf({ algorithm, identityDomain, domain }: Signature, { type, hashes, strict }: KeyRecord): DkimReason | null {
  if (!algorithm.startsWith(type)) return 'key-mismatch'
  if (hashes !== null && !hashes.includes('sha256')) return 'hash-not-allowed'
  return strict && identityDomain !== domain ? 'identity-not-allowed' : null
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

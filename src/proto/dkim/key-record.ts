import { Buffer } from 'node:buffer'
import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { fail, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { MAX_RECORD_CHARS, MAX_RSA_BITS, MIN_RSA_BITS } from './limits.ts'
import { base64Of, listOf, parseTagList } from './tag-list.ts'

/** A public key as a domain publishes it. RFC 6376 §3.6.1. */
export interface KeyRecord {
  readonly type: 'rsa' | 'ed25519'
  readonly key: KeyObject
  /** RSA: the modulus; Ed25519: 256. */
  readonly bits: number
  /** Hashes that may be used with it (`h=`); null for all. */
  readonly hashes: readonly string[] | null
  /** `t=y`: the domain is testing, and wants to be treated as if it did not sign. */
  readonly testing: boolean
  /** `t=s`: `i=` must be of the very domain `d=`. */
  readonly strict: boolean
}

/**
 * Why a record gives no key. `revoked`: `p=` is empty. `not-for-mail`: `s=` does not name this use. `weak`: under 1024 bits
 * (RFC 8301 §3.2). `type`: `k=` is none that we know. `too-large`: over what we verify with.
 */
export type KeyFault = 'syntax' | 'revoked' | 'not-for-mail' | 'weak' | 'too-large' | 'type'

const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex') // RFC 8410 §4: what stands before the 32 bytes.
const ED25519_BYTES = 32

/** Reads a key record, its strings joined without anything between them (RFC 6376 §3.6.2.2). `service` is `email`, or `tlsrpt` for RFC 8460 §3. */
export function parseKeyRecord(text: string, service: 'email' | 'tlsrpt' = 'email'): Result<KeyRecord, KeyFault> {
  const tags = text.length > MAX_RECORD_CHARS ? fail('syntax' as const) : parseTagList(text)
  if (!tags.ok) return fail('syntax')
  const value = (name: string): string | null => tags.value.get(name)?.value ?? null
  const version = value('v')
  // §3.6.1: if there is a version it comes first.
  if (version !== null && (version !== 'DKIM1' || [...tags.value.keys()][0] !== 'v')) return fail('syntax')
  const type = value('k') ?? 'rsa'
  if (type !== 'rsa' && type !== 'ed25519') return fail('type')
  const services = listOf(value('s') ?? '*')
  if (!services.includes('*') && !services.includes(service)) return fail('not-for-mail')
  const published = value('p')
  if (published === null) return fail('syntax')
  if (published === '') return fail('revoked')
  const bytes = base64Of(published)
  const key = bytes === null ? null : publicKeyOf(type, bytes)
  if (key === null) return fail('syntax')
  const bits = type === 'rsa' ? (key.asymmetricKeyDetails?.modulusLength ?? 0) : 256
  if (type === 'rsa' && bits < MIN_RSA_BITS) return fail('weak')
  if (bits > MAX_RSA_BITS) return fail('too-large')
  const hashes = value('h')
  const flags = listOf(value('t') ?? '')
  return ok({ type, key, bits, hashes: hashes === null ? null : listOf(hashes), testing: flags.includes('y'), strict: flags.includes('s') })
}

/** RSA: SubjectPublicKeyInfo, or the bare RSAPublicKey that RFC 6376 names and hardly anybody publishes. Ed25519: RFC 8463 §4, 32 bytes. */
function publicKeyOf(type: 'rsa' | 'ed25519', bytes: Uint8Array): KeyObject | null {
  if (type === 'ed25519') return bytes.length === ED25519_BYTES ? tryKey(Buffer.concat([ED25519_SPKI, bytes]), 'spki') : null
  const key = tryKey(Buffer.from(bytes), 'spki') ?? tryKey(Buffer.from(bytes), 'pkcs1')
  return key?.asymmetricKeyType === 'rsa' ? key : null
}

function tryKey(der: Buffer, type: 'spki' | 'pkcs1'): KeyObject | null {
  try {
    return createPublicKey({ key: der, format: 'der', type })
  } catch {
    // It throws only for bytes that are no key of that form.
    return null
  }
}

/** The record to publish for a key (private or public), one text: `v=DKIM1; k=rsa; p=...`. */
export function formatKeyRecord(key: KeyObject): string {
  const der = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'der', type: 'spki' })
  if (key.asymmetricKeyType === 'ed25519') return `v=DKIM1; k=ed25519; p=${der.subarray(ED25519_SPKI.length).toString('base64')}`
  if (key.asymmetricKeyType !== 'rsa') throw new Error('DKIM knows RSA and Ed25519 keys')
  return `v=DKIM1; k=rsa; p=${der.toString('base64')}`
}

/** A text cut into the strings of a TXT record: at most 255 octets each. RFC 1035 §3.3. */
export function txtStrings(text: string): readonly string[] {
  return text.match(/[\s\S]{1,255}/g) ?? ['']
}

/** Where a key is published. RFC 6376 §3.6.2.1. */
export function keyName(selector: string, domain: string): string {
  return `${selector}._domainkey.${domain}`
}

import { Buffer } from 'node:buffer'
import { createHash, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { remembered } from '../../base/remembered.ts'
import { keyName, parseKeyRecord } from './key-record.ts'
import type { KeyFault, KeyRecord } from './key-record.ts'
import { MAX_KEY_RECORDS, MAX_KNOWN_KEYS } from './limits.ts'

/** What DNS says of a key's name: the texts of its TXT records, each with its strings joined; none; or no answer for now. */
export type KeyAnswer = { readonly kind: 'texts'; readonly texts: readonly string[] } | { readonly kind: 'none' } | { readonly kind: 'temporary' }

/** Asks DNS for the TXT records at `name`, such as `sel._domainkey.example.org`. Never throws for what DNS does. */
export type AskKey = (name: string, signal: AbortSignal) => Promise<KeyAnswer>

/** Why there is no key: a fault of its record, no record (`no-key`), or DNS did not answer (`dns`). */
export type NoKey = KeyFault | 'no-key' | 'dns'

/** The key that a domain publishes under a selector. */
export async function findKey(askKey: AskKey, { selector, domain }: { readonly selector: string; readonly domain: string }, signal: AbortSignal): Promise<KeyRecord | NoKey> {
  const answer = await askKey(keyName(selector, domain), signal)
  if (answer.kind === 'temporary') return 'dns'
  return answer.kind === 'none' ? 'no-key' : keyOf(answer.texts)
}

/** Did this key sign this data (Latin-1: a character is a byte)? RFC 6376 §3.3; Ed25519 signs the digest, not the data (RFC 8463 §3). */
export function isSignedBy({ key, type }: KeyRecord, text: string, signature: Uint8Array): boolean {
  const data = Buffer.from(text, 'latin1')
  return type === 'ed25519' ? fits(null, createHash('sha256').update(data).digest(), key, signature) : fits('sha256', data, key, signature)
}

/** The first of the records that is a key; else why the first is none. A name may have other texts beside it. */
function keyOf(texts: readonly string[]): KeyRecord | KeyFault | 'no-key' {
  let fault: KeyFault | 'no-key' = 'no-key'
  for (const text of texts.slice(0, MAX_KEY_RECORDS)) {
    const parsed = knownRecord(text)
    if (parsed.ok) return parsed.value
    if (fault === 'no-key' || fault === 'syntax') fault = parsed.error
  }
  return fault
}

/** The same few senders come again and again, and reading a key takes longer than verifying with it. */
const knownRecord = remembered(MAX_KNOWN_KEYS, (text) => parseKeyRecord(text))

function fits(hash: 'sha256' | null, data: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  try {
    return verify(hash, data, key, signature)
  } catch {
    // It throws only for keys that parse and cannot be calculated with, such as an exponent that is larger than the modulus.
    return false
  }
}

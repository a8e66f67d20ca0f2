import type { KeyObject } from 'node:crypto'
import type { Field } from '../mail/headers.ts'
import type { BodyNeed } from './body-digest.ts'
import type { Canonicalization } from './canonical-body.ts'
import { canonicalField, relaxed, selectFields } from './canonical-header.ts'
import { foldSignature } from './fold.ts'
import { MessagePass } from './message-pass.ts'
import type { HeaderView } from './message-pass.ts'
import { algorithmOf, signText } from './sign-text.ts'

/** A key to sign with, and whose name it gives. */
export interface SigningKey {
  /** A-labels. */
  readonly domain: string
  readonly selector: string
  /** Private: RSA or Ed25519. */
  readonly key: KeyObject
}

/** How to sign. */
export interface SigningOptions {
  /** `t=`, seconds since 1970. */
  readonly atSeconds: number
  /** `x=` that much later; null for none. Bulk mail does well with 7 to 14 days: it bounds replays. */
  readonly lifeSeconds: number | null
  /** Of header and body. Relaxed for both survives most relays. */
  readonly header: Canonicalization
  readonly body: Canonicalization
}

/**
 * Fields that are signed once more than there are of them, so that nobody can add one later (RFC 6376 §5.4, §8.15): those that
 * people and programs believe.
 */
export const OVERSIGNED: readonly string[] = [
  'from', 'to', 'cc', 'subject', 'date', 'message-id', 'reply-to', 'sender', 'mime-version', 'content-type',
  'list-unsubscribe', 'list-unsubscribe-post', 'feedback-id',
]

/** Fields that are signed when they are there. RFC 6376 §5.4.1. */
export const SIGNED_IF_THERE: readonly string[] = [
  'content-transfer-encoding', 'in-reply-to', 'references', 'list-id', 'list-help', 'list-subscribe', 'list-post', 'list-owner', 'list-archive',
  'resent-date', 'resent-from', 'resent-sender', 'resent-to', 'resent-cc', 'resent-message-id', 'auto-submitted', 'tls-required', 'cfbl-address', 'cfbl-feedback-id',
]

/**
 * Signs a message that passes by once, with any number of keys. Give it the bytes that will be sent, with CRLF for line ends:
 * what is mended, converted or added after signing breaks the signature.
 */
export class Signer {
  readonly #keys: readonly SigningKey[]
  readonly #options: SigningOptions
  readonly #need: BodyNeed
  readonly #pass: MessagePass
  #names: readonly string[] = []
  #fields = ''

  constructor(keys: readonly SigningKey[], options: SigningOptions) {
    this.#keys = keys
    this.#options = options
    this.#need = { how: options.body, limit: null }
    this.#pass = new MessagePass((header) => {
      this.#read(header)
      return [this.#need]
    })
  }

  /** The next piece of the message. It may be overwritten when this returns. */
  push(bytes: Uint8Array): void {
    this.#pass.push(bytes)
  }

  /**
   * The DKIM-Signature fields to put before the message, a line each, CRLF included; null when its header is over 256 KiB
   * and cannot be signed. RSA is computed away from this thread.
   */
  async finish(): Promise<string | null> {
    if (this.#pass.end() === 'header-too-large') return null
    const bodyHash = this.#pass.digest(this.#need).hash.toString('base64')
    const fields = await Promise.all(this.#keys.map((key) => this.#sign(key, bodyHash)))
    return fields.join('')
  }

  #read({ bytes, fields }: HeaderView): void {
    this.#names = namesToSign(fields)
    // Both kinds of key sign the same fields in the same form, so they are made canonical once.
    for (const field of selectFields(fields, this.#names)) this.#fields += canonicalField(bytes, field, this.#options.header)
  }

  async #sign({ domain, selector, key }: SigningKey, bodyHash: string): Promise<string> {
    const { atSeconds, lifeSeconds, header, body } = this.#options
    const value = foldSignature({
      algorithm: algorithmOf(key),
      canonicalization: `${header}/${body}`,
      domain,
      selector,
      times: lifeSeconds === null ? `t=${atSeconds};` : `t=${atSeconds}; x=${atSeconds + lifeSeconds};`,
      names: this.#names,
      bodyHash,
    })
    const own = header === 'relaxed' ? relaxed('dkim-signature', value) : `DKIM-Signature:${value}\r\n`
    const signed = await signText(key, `${this.#fields}${own.slice(0, -2)}`) // §3.7: the field itself goes last, without its CRLF.
    return `DKIM-Signature:${value}${signed}\r\n`
  }
}

/** Names for `h=`: every instance of what is signed, and one more of what is oversigned. RFC 6376 §3.5. */
export function namesToSign(fields: readonly Field[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const { name } of fields) counts.set(name, (counts.get(name) ?? 0) + 1)
  const times = (name: string, more: number): readonly string[] => Array.from({ length: Math.min(counts.get(name) ?? 0, MAX_INSTANCES) + more }, () => name)
  return [...OVERSIGNED.flatMap((name) => times(name, 1)), ...SIGNED_IF_THERE.flatMap((name) => times(name, 0))]
}

/** Instances of one name that are signed, from the last one up: honest mail has one of most, and a verifier reads so many names only. */
const MAX_INSTANCES = 10

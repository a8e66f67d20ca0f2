import { hash, timingSafeEqual } from 'node:crypto'
import type { DeliveryId } from '../../base/brand.ts'
import { idTimeMs } from '../../base/ids.ts'
import { BASE32, charsOf, repack, valuesIn, valuesOf } from '../../base/letters.ts'

/** What return paths are made and read with. */
export interface ReturnPathOptions {
  /** Known to our nodes only: who knows it can have addresses suppressed. */
  readonly secret: Uint8Array
  readonly nowMs: number
}

/** What an address at which bounces arrive says. */
export type ReturnPath =
  /** It is the return path of this delivery, and we made it. */
  | { readonly kind: 'delivery'; readonly delivery: DeliveryId }
  /** We made it, so long ago that nothing is known of it any more. */
  | { readonly kind: 'expired' }
  /** It looks like one, and is not ours. */
  | { readonly kind: 'forged' }

/** Bounces come within days, rarely weeks. deliverability §4.1. */
const VALID_MS = 30 * 24 * 3_600_000

/** Octets of a delivery's id: 20 characters of 6 bits. */
const ID_BYTES = 15
const MAC_BYTES = 10
const LETTER = 'q'
const ID_ALPHABET = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'
const ID_VALUES = valuesIn(ID_ALPHABET)
const BASE32_VALUES = valuesIn(BASE32)
const SHAPE = /^b-([a-z2-7]{40})$/i

/** The local part of the return path of a delivery: 42 characters that keep their meaning whatever a server does to their case. */
export function returnPathOf(delivery: DeliveryId, secret: Uint8Array): string {
  const id = repack(valuesOf(delivery.slice(1), ID_VALUES), 6, 8)
  const signed = new Uint8Array(ID_BYTES + MAC_BYTES)
  signed.set(id)
  signed.set(macOf(id, secret), ID_BYTES)
  return `b-${charsOf(repack(signed, 8, 5), BASE32)}`
}

/** Whether a local part has the form of a return path. Whether we made it, only `readReturnPath` tells. */
export function looksLikeReturnPath(local: string): boolean {
  return SHAPE.test(local)
}

/** Reads a local part; null when it does not look like a return path of ours. */
export function readReturnPath(local: string, { secret, nowMs }: ReturnPathOptions): ReturnPath | null {
  const text = SHAPE.exec(local)?.[1]?.toLowerCase()
  if (text === undefined) return null
  const bytes = repack(valuesOf(text, BASE32_VALUES), 5, 8)
  const id = bytes.subarray(0, ID_BYTES)
  if (!timingSafeEqual(bytes.subarray(ID_BYTES), macOf(id, secret))) return { kind: 'forged' }
  const delivery = LETTER + charsOf(repack(id, 8, 6), ID_ALPHABET)
  const madeMs = idTimeMs(delivery) ?? 0
  return nowMs - madeMs > VALID_MS ? { kind: 'expired' } : { kind: 'delivery', delivery: delivery as DeliveryId }
}

/**
 * HMAC-SHA-256 (RFC 2104), by two digests at once: an object of `node:crypto` for each would cost three times as much as digesting, and every delivery needs one. The test
 * compares it with that of `node:crypto`.
 */
function macOf(id: Uint8Array, secret: Uint8Array): Uint8Array {
  const { inner, outer } = padsOf(secret)
  inner.set(id, BLOCK_BYTES + LABEL.length)
  outer.write(hash('sha256', inner, 'latin1'), BLOCK_BYTES, 'latin1')
  return Buffer.from(hash('sha256', outer, 'latin1'), 'latin1').subarray(0, MAC_BYTES)
}

/** What is digested, all but what differs. */
interface Pads {
  readonly inner: Buffer
  readonly outer: Buffer
}

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
const LABEL = Buffer.from('return path 1')

const pads = new WeakMap<Uint8Array, Pads>()

function padsOf(secret: Uint8Array): Pads {
  const known = pads.get(secret)
  if (known !== undefined) return known
  const key = Buffer.alloc(BLOCK_BYTES)
  key.set(secret.length > BLOCK_BYTES ? hash('sha256', secret, 'buffer') : secret)
  const made = {
    inner: Buffer.concat([key.map((byte) => byte ^ 0x36), LABEL, Buffer.alloc(ID_BYTES)]),
    outer: Buffer.concat([key.map((byte) => byte ^ 0x5c), Buffer.alloc(DIGEST_BYTES)]),
  }
  pads.set(secret, made)
  return made
}

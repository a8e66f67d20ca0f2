import { createHmac, timingSafeEqual } from 'node:crypto'
import type { DeliveryId } from '../../base/brand.ts'
import { idTimeMs } from '../../base/ids.ts'

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
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'
const SHAPE = /^b-([a-z2-7]{40})$/i

/** The local part of the return path of a delivery: 42 characters that keep their meaning whatever a server does to their case. */
export function returnPathOf(delivery: DeliveryId, secret: Uint8Array): string {
  const id = repack(Array.from(delivery.slice(1), (char) => ID_ALPHABET.indexOf(char)), 6, 8)
  return `b-${repack([...id, ...macOf(id, secret)], 8, 5).map((five) => BASE32.charAt(five)).join('')}`
}

/** Reads a local part; null when it does not look like a return path of ours. */
export function readReturnPath(local: string, { secret, nowMs }: ReturnPathOptions): ReturnPath | null {
  const text = SHAPE.exec(local)?.[1]?.toLowerCase()
  if (text === undefined) return null
  const bytes = repack(Array.from(text, (char) => BASE32.indexOf(char)), 5, 8)
  const id = bytes.slice(0, ID_BYTES)
  if (!timingSafeEqual(Uint8Array.from(bytes.slice(ID_BYTES)), macOf(id, secret))) return { kind: 'forged' }
  const delivery = LETTER + repack(id, 8, 6).map((six) => ID_ALPHABET.charAt(six)).join('')
  const madeMs = idTimeMs(delivery) ?? 0
  return nowMs - madeMs > VALID_MS ? { kind: 'expired' } : { kind: 'delivery', delivery: delivery as DeliveryId }
}

function macOf(id: readonly number[], secret: Uint8Array): Uint8Array {
  return createHmac('sha256', secret).update('return path 1').update(Uint8Array.from(id)).digest().subarray(0, MAC_BYTES)
}

/** Groups of `from` bits as groups of `to` bits. All lengths here come out even. */
function repack(groups: readonly number[], from: number, to: number): number[] {
  const packed: number[] = []
  let held = 0
  let bits = 0
  for (const group of groups) {
    held = (held << from) | group
    bits += from
    while (bits >= to) {
      bits -= to
      packed.push((held >> bits) & ((1 << to) - 1))
      held &= (1 << bits) - 1
    }
  }
  return packed
}

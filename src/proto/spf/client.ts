import ipaddr from 'ipaddr.js'
import { remembered } from '../../base/remembered.ts'
import { MAX_KNOWN_CLIENTS } from './limits.ts'

/** The address that a connection came from, in the forms that SPF compares and writes it in. */
export interface Client {
  readonly family: 4 | 6
  /** As people read it: dotted quad, or RFC 5952. */
  readonly text: string
  readonly bytes: readonly number[]
}

/** Reads an address. An IPv4 address mapped into IPv6 is an IPv4 address (RFC 7208 §5). Null when it is none. */
export function parseClient(text: string): Client | null {
  if (!text.includes(':')) return parseFour(text)
  // The library also reads zones: no socket and no record has these.
  if (text.includes('%') || !ipaddr.IPv6.isValid(text)) return null
  const parsed = ipaddr.process(text)
  return { family: parsed.kind() === 'ipv4' ? 4 : 6, text: toText(parsed), bytes: parsed.toByteArray() }
}

/** Four decimal numbers without zeros in front. Not by the library, which throws for what is none. Remembered, because each message asks for some ten, most of them for the same few. */
const parseFour = remembered(MAX_KNOWN_CLIENTS, (text): Client | null => {
  const bytes = FOUR.exec(text)?.slice(1).map(Number)
  return bytes === undefined || bytes.some((byte) => byte > 255) ? null : { family: 4, text, bytes }
})

const FOUR = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/

/** A net of a record: an address and how many of its bits count. */
export interface Net {
  readonly family: 4 | 6
  readonly bytes: readonly number[]
  readonly bits: number
}

/** True when the client lies in the net. Families never match each other (RFC 7208 §5). */
export function isInNet({ family, bytes }: Client, net: Net): boolean {
  if (family !== net.family) return false
  for (let at = 0, left = net.bits; left > 0; at++, left -= 8) {
    const mask = left >= 8 ? 0xff : (0xff << (8 - left)) & 0xff
    if (((bytes[at] ?? 0) & mask) !== ((net.bytes[at] ?? 0) & mask)) return false
  }
  return true
}

/** The address as macro `i` writes it: a dotted quad, or 32 nibbles with dots (RFC 7208 §7.3). Capital letters: DNS does not mind. */
export function dotted({ family, bytes }: Client): string {
  if (family === 4) return bytes.join('.')
  return bytes.flatMap((byte) => [byte >> 4, byte & 15]).map((nibble) => nibble.toString(16).toUpperCase()).join('.')
}

function toText(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString()
}

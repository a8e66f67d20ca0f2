import { Buffer } from 'node:buffer'
import type { Wire } from '../../base/wire.ts'
import { MAX_PACKET_BYTES } from './limits.ts'

/** One packet of either side: a letter that says what it is, and what belongs to it. */
export interface Packet {
  readonly letter: string
  readonly data: Uint8Array
}

/** What waiting for a packet came to. `broken`: its length is none that a filter may send. */
export type Heard = { readonly kind: 'packet'; readonly packet: Packet } | { readonly kind: 'end' | 'timeout' | 'aborted' | 'broken' }

/** A packet as it goes over the wire: its length in four octets, big end first, without themselves, then the letter, then the data. */
export function encodePacket(letter: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 1)
  const head = new Uint8Array(5)
  new DataView(head.buffer).setUint32(0, size)
  head[4] = letter.charCodeAt(0)
  return Buffer.concat([head, ...parts])
}

/** Text as filters take it, NUL at its end. NUL inside would end it early, so it is left out. */
export function cString(text: string | Uint8Array): Uint8Array {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  return Buffer.concat([bytes.includes(0) ? bytes.filter((byte) => byte !== 0) : bytes, Uint8Array.of(0)])
}

/** The texts of a packet, each ended by NUL. What stands after the last NUL is none. At most `most`. */
export function cStrings(data: Uint8Array, most: number): readonly Uint8Array[] {
  const found: Uint8Array[] = []
  for (let at = 0; found.length < most; ) {
    const end = data.indexOf(0, at)
    if (end === -1) break
    found.push(data.subarray(at, end))
    at = end + 1
  }
  return found
}

/** The next packet. Its data are its own, whatever the wire does next. */
export async function hearPacket(wire: Wire, withinMs: number, signal: AbortSignal): Promise<Heard> {
  const head = await exactly(wire, 4, withinMs, signal)
  if (!(head instanceof Uint8Array)) return head
  const size = new DataView(head.buffer, head.byteOffset).getUint32(0)
  if (size === 0 || size > MAX_PACKET_BYTES) return { kind: 'broken' }
  const body = await exactly(wire, size, withinMs, signal)
  if (!(body instanceof Uint8Array)) return body
  return { kind: 'packet', packet: { letter: String.fromCharCode(body[0] ?? 0), data: body.subarray(1) } }
}

async function exactly(wire: Wire, size: number, withinMs: number, signal: AbortSignal): Promise<Uint8Array | Exclude<Heard, { readonly kind: 'packet' }>> {
  const parts: Uint8Array[] = []
  for (let left = size; left > 0; ) {
    const taken = await wire.take(left, withinMs, signal)
    if (taken.kind !== 'bytes') return taken
    parts.push(taken.bytes.slice())
    left -= taken.bytes.length
  }
  return Buffer.concat(parts)
}

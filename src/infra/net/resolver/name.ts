import { randomBytes } from 'node:crypto'
import { MAX_LABEL_BYTES, MAX_NAME_BYTES, MAX_POINTERS } from './limits.ts'

/** A label of a question: printable ASCII. Escapes, dots and anything that is no A-label yet are not for the wire. */
const LABEL = /^[!-\-/-[\]-~]+$/

/**
 * Makes `text` a name that can be asked for: lower-case, without a trailing dot. Null when there can be no such name.
 *
 * More than host names pass, because SPF macros and reverse zones make names such as `0/26.2.0.192.in-addr.arpa`.
 */
export function queryName(text: string): string | null {
  const name = text.endsWith('.') ? text.slice(0, -1) : text
  if (name.length > MAX_NAME_BYTES - 2) return null
  let isSmall = true
  // By hand, because each message asks for some ten. Before the letters become small: a Kelvin sign would become a `k`.
  for (let at = 0, label = 0; at <= name.length; at++) {
    const code = at === name.length ? DOT : name.charCodeAt(at)
    if (code === DOT) {
      if (label === 0 || label > MAX_LABEL_BYTES) return null
      label = 0
      continue
    }
    const plain = code < 0x80 ? (PLAIN[code] ?? 0) : 0
    if (plain === 0) return null
    if (plain !== code) isSmall = false
    label += 1
  }
  return isSmall ? name : name.toLowerCase()
}

/** Gives each letter of a name a case by chance: who forges an answer must guess it too. draft-vixie-dnsext-dns0x20. */
export function mixCase(name: string): string {
  const chance = randomBytes(name.length)
  return Array.from(name, (char, at) => (((chance[at] ?? 0) & 1) === 0 ? char : char.toUpperCase())).join('')
}

/** A name read from a message, and where it ends there. */
export interface ReadName {
  readonly name: string
  readonly end: number
}

/**
 * Reads the name at `at`. RFC 1035 §4.1.4. Lower-case, without a trailing dot; the root is `''`. Null when it leaves the message,
 * is too long, or points forward or too often.
 *
 * A byte that could be taken for something else is escaped as in zone files (RFC 1035 §5.1), the dot above all: the label
 * `a.b` must not become the name `a.b`. Such a name passes no `queryName`.
 */
export function readName(bytes: Buffer, at: number): ReadName | null {
  let written = 0
  let size = 1
  let end = -1
  let pointers = 0
  for (let next = at; next < bytes.length; ) {
    const length = bytes[next] ?? 0
    if (length === 0) return { name: text.toString('latin1', 0, written), end: end === -1 ? next + 1 : end }
    if (length >= 0xc0) {
      const target = ((length & 0x3f) << 8) | (bytes[next + 1] ?? 0)
      // Only backwards: so a name ends, whatever a stranger writes.
      if (next + 1 >= bytes.length || target >= next || ++pointers > MAX_POINTERS) return null
      if (end === -1) end = next + 2
      next = target
      continue
    }
    size += length + 1
    if (length > MAX_LABEL_BYTES || size > MAX_NAME_BYTES || next + 1 + length > bytes.length) return null
    if (written > 0) text[written++] = DOT
    written = writeLabel(bytes, next + 1, next + 1 + length, written)
    next += length + 1
  }
  return null
}

const DOT = 0x2e
const ESCAPE = 0x5c
const ZERO = 0x30

/** Where a name is put together. One message can hold a thousand names of a hundred labels: a string for each label would cost 20 ms. */
const text = Buffer.alloc(MAX_NAME_BYTES * 4)

/** Each byte as it stands in a name: small, or 0 when it has to be escaped. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte)
  return LABEL.test(char) ? char.toLowerCase().charCodeAt(0) : 0
})

/** Writes a label into `text` at `to`. Gives where it ends. */
function writeLabel(bytes: Buffer, from: number, end: number, to: number): number {
  let written = to
  for (let at = from; at < end; at++) {
    const byte = bytes[at] ?? 0
    const plain = PLAIN[byte] ?? 0
    if (plain !== 0) {
      text[written++] = plain
      continue
    }
    text[written++] = ESCAPE
    text[written++] = ZERO + Math.floor(byte / 100)
    text[written++] = ZERO + (Math.floor(byte / 10) % 10)
    text[written++] = ZERO + (byte % 10)
  }
  return written
}

/** True when `name` is `ancestor` or lies below it. */
export function isWithin(name: string, ancestor: string): boolean {
  return ancestor === '' || name === ancestor || name.endsWith(`.${ancestor}`)
}

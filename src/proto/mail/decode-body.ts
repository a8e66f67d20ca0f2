import { Buffer } from 'node:buffer'
import { asBuffer } from './bytes.ts'
import { hexByte } from './hex.ts'

/** Takes a content-transfer-encoding off, chunk by chunk. Broken input never throws: what cannot be decoded is passed over or kept. */
export interface BodyDecoder {
  /** The bytes that are certain so far. */
  push(chunk: Uint8Array): Uint8Array
  /** What was still held back. */
  finish(): Uint8Array
}

/** Can we take this encoding off? IMAP BINARY answers UNKNOWN-CTE when we cannot. */
export function isKnownEncoding(encoding: string): boolean {
  return encoding === 'base64' || encoding === 'quoted-printable' || isIdentity(encoding)
}

/** A decoder for an encoding (lower-case). An unknown one leaves the bytes as they are. RFC 2045 §6. */
export function bodyDecoder(encoding: string): BodyDecoder {
  switch (encoding) {
    case 'base64':
      return new Base64Decoder()
    case 'quoted-printable':
      return new QuotedPrintableDecoder()
    default:
      return { push: (chunk) => chunk, finish: () => NONE }
  }
}

/** Decodes a body that is held whole. */
export function decodeBody(bytes: Uint8Array, encoding: string): Uint8Array {
  const one = encoding === 'base64' ? onePiece(bytes) : null
  if (one !== null) return one
  const decoder = bodyDecoder(encoding)
  const most = decoder.push(bytes)
  const rest = decoder.finish()
  return rest.length === 0 ? most : Buffer.concat([most, rest])
}

function isIdentity(encoding: string): boolean {
  return encoding === '7bit' || encoding === '8bit' || encoding === 'binary'
}

const NONE = new Uint8Array(0)
const TAB = 9
const LF = 10
const CR = 13
const SPACE = 32
const EQUALS = 61

/** Value of each base64 character; 64 for `=`, 255 for what is passed over (§6.8). The URL alphabet is read too. */
const SIXTY_FOUR = new Uint8Array(256).fill(255)
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
for (const [value, char] of [...ALPHABET].entries()) SIXTY_FOUR[char.charCodeAt(0)] = value
SIXTY_FOUR['-'.charCodeAt(0)] = 62
SIXTY_FOUR['_'.charCodeAt(0)] = 63
SIXTY_FOUR[EQUALS] = 64

/** After padding the next character begins a new quantum: pieces encoded one by one and joined decode whole. */
class Base64Decoder implements BodyDecoder {
  #bits = 0
  #count = 0

  push(chunk: Uint8Array): Uint8Array {
    const out = new Uint8Array(Math.ceil((chunk.length * 3) / 4) + 3)
    let length = 0
    let bits = this.#bits
    let count = this.#count
    for (let at = 0; at < chunk.length; at++) {
      const value = SIXTY_FOUR[chunk[at] ?? 0] ?? 255
      if (value < 64) {
        bits = (bits << 6) | value
        count++
        if (count < 4) continue
        out[length++] = bits >> 16
        out[length++] = bits >> 8
        out[length++] = bits
      } else if (value === 255) {
        continue
      } else {
        length = tail(out, length, bits, count)
      }
      bits = 0
      count = 0
    }
    this.#bits = bits
    this.#count = count
    return out.subarray(0, length)
  }

  finish(): Uint8Array {
    const out = new Uint8Array(2)
    const length = tail(out, 0, this.#bits, this.#count)
    this.#count = 0
    return out.subarray(0, length)
  }
}

/** Base64 whose padding, if any, ends it, decoded by Node, who passes over what we do; null for several pieces in a row, of which Node reads only the first. */
function onePiece(bytes: Uint8Array): Uint8Array | null {
  const text = asBuffer(bytes)
  const padding = text.indexOf(EQUALS)
  const end = padding === -1 ? text.length : padding
  for (let at = end; at < text.length; at++) if ((SIXTY_FOUR[text[at] ?? 0] ?? 0) < 64) return null
  return Buffer.from(text.toString('latin1', 0, end), 'base64')
}

/** The one or two bytes of an unfinished quantum. */
function tail(out: Uint8Array, length: number, bits: number, count: number): number {
  if (count === 2) out[length++] = bits >> 4
  if (count === 3) {
    out[length++] = bits >> 10
    out[length++] = bits >> 2
  }
  return length
}

/** Blanks at the end of a line were added on the way (§6.7 rule 3). No more than this many are held back; a longer run may lose some. */
const MAX_PADDING = 1024

class QuotedPrintableDecoder implements BodyDecoder {
  /** The end of the last chunk, when it depends on what follows: blanks, or a begun `=`. */
  #held: Uint8Array = NONE

  push(chunk: Uint8Array): Uint8Array {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const { out, next } = decodeLines(bytes, this.#held.length > MAX_PADDING ? 'last' : 'more')
    this.#held = new Uint8Array(bytes.subarray(next))
    return out
  }

  finish(): Uint8Array {
    const { out } = decodeLines(this.#held, 'last')
    this.#held = NONE
    return out
  }
}

const BLANK = 1
const ENCODED = 2
/** What each byte may be the beginning of. */
const SORT = new Uint8Array(256)
SORT[SPACE] = BLANK
SORT[TAB] = BLANK
SORT[EQUALS] = ENCODED
/** `BLANK` for what is no character that is seen: a blank before it may have to go. */
const LOW = new Uint8Array(256).fill(BLANK, 0, SPACE + 1)

/** Decodes as far as is certain: up to `next`, which is the end when `input` is the last there is. */
function decodeLines(bytes: Uint8Array, input: 'more' | 'last'): { readonly out: Uint8Array; readonly next: number } {
  const end = bytes.length
  // Filled up to `length`, and nothing beyond is given away: clearing it first takes as long as decoding.
  const out = Buffer.allocUnsafeSlow(end)
  let length = 0
  let at = 0
  while (at < end) {
    const plain = copyPlain(bytes, at, out, length)
    length += plain - at
    at = plain
    if (at === end) break
    const byte = bytes[at] ?? 0
    const hex = byte === EQUALS ? hexByte(bytes, at + 1) : -1
    if (hex !== -1) {
      out[length++] = hex
      at += 3
      continue
    }
    const next = pastBlanks(bytes, byte === EQUALS ? at + 1 : at)
    if (input === 'more' && isUncertain(bytes, at, next)) break
    const ends = isLineEnd(bytes, next)
    if (byte === EQUALS) {
      // A soft break (rule 5), or an `=` that ends the body; any other `=` was never encoded: it stays.
      if (!ends) out[length++] = EQUALS
      at = ends ? pastLineEnd(bytes, next) : at + 1
    } else {
      while (!ends && at < next) out[length++] = bytes[at++] ?? 0
      at = next
    }
  }
  return { out: out.subarray(0, length), next: at }
}

/**
 * Copies what was not encoded, from `from` on, to `to`; where it ends. Blanks that a word follows are part of it: they come where no processor expects them, so
 * nothing is decided for each.
 */
function copyPlain(bytes: Uint8Array, from: number, out: Uint8Array, to: number): number {
  const last = bytes.length - 1
  let length = to
  let byte = bytes[from] ?? 0
  for (let at = from; at <= last; at++) {
    const next = at < last ? (bytes[at + 1] ?? 0) : 0
    if (((SORT[byte] ?? 0) & (ENCODED | (LOW[next] ?? 0))) !== 0) return at
    out[length++] = byte
    byte = next
  }
  return bytes.length
}

/** Could more bytes change what the `=` or blank at `at` means? `next` is past the blanks there. */
function isUncertain(bytes: Uint8Array, at: number, next: number): boolean {
  if (next >= bytes.length || (bytes[next] === CR && next + 1 === bytes.length)) return true
  return bytes[at] === EQUALS && at + 2 >= bytes.length
}

function pastLineEnd(bytes: Uint8Array, at: number): number {
  const lf = bytes[at] === CR ? at + 1 : at
  return bytes[lf] === LF ? lf + 1 : Math.min(lf, bytes.length)
}

function pastBlanks(bytes: Uint8Array, from: number): number {
  let at = from
  while (bytes[at] === SPACE || bytes[at] === TAB) at++
  return at
}

function isLineEnd(bytes: Uint8Array, at: number): boolean {
  return at >= bytes.length || bytes[at] === LF || (bytes[at] === CR && (bytes[at + 1] === LF || at + 1 === bytes.length))
}

import { Buffer } from 'node:buffer'
import { decodeCharset } from './charset.ts'
import { hexByte, toHex } from './hex.ts'

// Charset, encoding, text. Each part stops at the next question mark, so a search over any text is linear.
const WORD = /=\?([^?\s=]{1,60})\?([BbQq])\?([^?\r\n]*)\?=/g
const UNDERSCORE = 0x5f
const EQUALS = 0x3d
const ESCAPE = 0x1b

interface Word {
  readonly charset: string
  readonly bytes: Uint8Array
}

/**
 * Decodes RFC 2047 encoded words in unfolded text, leaving the rest as it is. Blanks between two words vanish (§6.2), and
 * neighbours of one charset are decoded together, because many senders cut inside a character. Never throws.
 *
 * Only for places where encoded words may stand: unstructured text, display names, comments; never addr-specs.
 */
export function decodeWords(text: string): string {
  if (!text.includes('=?')) return text
  let out = ''
  let done = 0
  let run: Word[] = []
  for (const match of text.matchAll(WORD)) {
    const between = text.slice(done, match.index)
    if (run.length === 0 || /\S/.test(between)) {
      out += flush(run) + between
      run = []
    }
    run.push(decodeOne(match[1] ?? '', match[2] ?? '', match[3] ?? ''))
    done = match.index + match[0].length
  }
  return out + flush(run) + text.slice(done)
}

/**
 * Encodes text for an unstructured header or a display name when it has to be, as UTF-8 encoded words of at most 75 characters
 * joined by a blank each (RFC 2047 §2), never cutting a character. Plain printable ASCII is returned unchanged.
 */
export function encodeWords(text: string): string {
  if (/^[ -~]*$/.test(text) && !text.includes('=?')) return text
  const clean = text.toWellFormed()
  const base64 = Buffer.byteLength(clean) > clean.length * 1.4
  const words: string[] = []
  let word = ''
  let size = 0
  for (const char of clean) {
    const cost = base64 ? Buffer.byteLength(char) : encodeQ(char).length
    if (size + cost > (base64 ? MAX_B_BYTES : MAX_Q_CHARS)) {
      words.push(word)
      word = ''
      size = 0
    }
    word += char
    size += cost
  }
  words.push(word)
  return words.map((each) => (base64 ? `=?utf-8?B?${Buffer.from(each).toString('base64')}?=` : `=?utf-8?Q?${encodeQ(each)}?=`)).join(' ')
}

const MAX_B_BYTES = 45 // 60 characters of base64, with 12 around them.
const MAX_Q_CHARS = 63 // 75 less 12.

function decodeOne(charset: string, encoding: string, encoded: string): Word {
  const star = charset.indexOf('*') // RFC 2231 §5: a language may follow.
  const bytes = encoding === 'B' || encoding === 'b' ? Buffer.from(encoded, 'base64') : decodeQ(encoded)
  return { charset: (star === -1 ? charset : charset.slice(0, star)).toLowerCase(), bytes }
}

/** Joins neighbours of one charset and decodes them. */
function flush(run: readonly Word[]): string {
  let out = ''
  for (let at = 0; at < run.length; ) {
    const charset = run[at]?.charset ?? ''
    const from = at
    at++
    // A stateful charset begins anew in each word (RFC 2047 §3): a word that opens with an escape stands alone.
    while (at < run.length && run[at]?.charset === charset && run[at]?.bytes[0] !== ESCAPE) at++
    out += decodeCharset(Buffer.concat(run.slice(from, at).map((word) => word.bytes)), charset)
  }
  return out.replace(/[\r\n\0]+/g, ' ') // What was encoded must not become a header line.
}

function decodeQ(text: string): Uint8Array {
  const raw = Buffer.from(text, 'utf8')
  let length = 0
  for (let at = 0; at < raw.length; at++) {
    const byte = raw[at] ?? 0
    const hex = byte === EQUALS ? hexByte(raw, at + 1) : -1
    if (hex !== -1) at += 2
    raw[length++] = hex === -1 ? plainQ(byte) : hex
  }
  return raw.subarray(0, length)
}

/** §4.2 (2): an underscore is a blank in any charset. */
function plainQ(byte: number): number {
  return byte === UNDERSCORE ? 0x20 : byte
}

/** §4.2 and §5 (3): only what may stand in a phrase too stays as it is. */
function encodeQ(text: string): string {
  let out = ''
  for (const byte of Buffer.from(text)) {
    const char = String.fromCharCode(byte)
    if (byte === 0x20) out += '_'
    else out += /[A-Za-z0-9!*+/-]/.test(char) ? char : `=${toHex(byte)}`
  }
  return out
}

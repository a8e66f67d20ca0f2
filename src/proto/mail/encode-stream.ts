import { Buffer } from 'node:buffer'
import { toHex } from './hex.ts'
import { FOLD_CHARS } from './limits.ts'

/** Puts a content-transfer-encoding on, chunk by chunk. What was encoded decodes to the very same bytes, line ends too. */
export interface BodyEncoder {
  /** What is certain so far. */
  push(chunk: Uint8Array): Uint8Array
  /** What was still held back. */
  finish(): Uint8Array
}

/** An encoder. Its lines are of at most 76 ASCII characters, and none of them can be taken for a boundary or for `From `. RFC 2045 §6.7, §6.8. */
export function bodyEncoder(encoding: 'quoted-printable' | 'base64'): BodyEncoder {
  return encoding === 'base64' ? new Base64Encoder() : new QuotedPrintableEncoder()
}

const NONE = new Uint8Array(0)
/** Octets of one line of base64. */
const BASE64_LINE = (FOLD_CHARS / 4) * 3

class Base64Encoder implements BodyEncoder {
  #held: Uint8Array = NONE

  push(chunk: Uint8Array): Uint8Array {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const whole = bytes.length - (bytes.length % BASE64_LINE)
    this.#held = new Uint8Array(bytes.subarray(whole))
    return base64Lines(bytes.subarray(0, whole))
  }

  finish(): Uint8Array {
    const rest = base64Lines(this.#held)
    this.#held = NONE
    return rest
  }
}

function base64Lines(bytes: Uint8Array): Uint8Array {
  let out = ''
  for (let at = 0; at < bytes.length; at += BASE64_LINE) out += `${Buffer.from(bytes.subarray(at, at + BASE64_LINE)).toString('base64')}\r\n`
  return Buffer.from(out, 'latin1')
}

const TAB = 9
const LF = 10
const CR = 13
const SPACE = 32
const EQUALS = 61
const DELETE = 127
/** What does not begin a line as it is: the `-` of a boundary, the dot that mail servers have lost, the `F` of an mbox's `From `. */
const NOT_FIRST: ReadonlySet<number> = new Set([0x2d, 0x2e, 0x46])
const SOFT_BREAK = '=\r\n'

class QuotedPrintableEncoder implements BodyEncoder {
  /** The last byte, when what becomes of it depends on the next: a blank or a CR. */
  #held: number | null = null
  /** Characters in the line that is being written. */
  #column = 0

  push(chunk: Uint8Array): Uint8Array {
    let out = ''
    for (const byte of chunk) {
      const held = this.#held
      this.#held = null
      if (held === CR && byte === LF) {
        out += this.#newLine()
        continue
      }
      // A blank before a CR is encoded, whether or not a LF follows: it might stand at the end of a line (§6.7 rule 3).
      if (held !== null) out += held === CR || byte === CR ? this.#quoted(held) : this.#plain(held)
      if (byte === CR || byte === SPACE || byte === TAB) this.#held = byte
      else out += byte < SPACE || byte >= DELETE || byte === EQUALS ? this.#quoted(byte) : this.#plain(byte)
    }
    return Buffer.from(out, 'latin1')
  }

  finish(): Uint8Array {
    const held = this.#held
    this.#held = null
    return held === null ? NONE : Buffer.from(this.#quoted(held), 'latin1')
  }

  #newLine(): string {
    this.#column = 0
    return '\r\n'
  }

  #quoted(byte: number): string {
    return this.#place(`=${toHex(byte)}`)
  }

  #plain(byte: number): string {
    // One more and there is no room for the `=` of a soft break, so this would be the first of its line.
    const isFirst = this.#column === 0 || this.#column + 1 >= FOLD_CHARS
    return isFirst && NOT_FIRST.has(byte) ? this.#quoted(byte) : this.#place(String.fromCharCode(byte))
  }

  #place(piece: string): string {
    const fits = this.#column + piece.length < FOLD_CHARS
    this.#column = (fits ? this.#column : 0) + piece.length
    return fits ? piece : SOFT_BREAK + piece
  }
}

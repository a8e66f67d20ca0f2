import { Buffer } from 'node:buffer'

/** How content is framed: lines with dots added for DATA, lines as they are for BDAT, bytes as they are for BINARYMIME. */
export type Framing = 'dots' | 'lines' | 'bytes'

const CR = 13
const LF = 10
const DOT = 46

/**
 * Makes content fit to be sent: every line ends in CRLF, and for DATA a line that begins with a dot gets another one.
 * RFC 5321 §4.5.2, §2.3.8.
 *
 * A bare CR or LF never leaves us, whatever was stored: a server that takes LF.LF for the end of a message would read what
 * follows as commands ("SMTP smuggling", 2023). What is clean passes uncopied. How the content is cut makes no difference.
 */
export class Stuffing {
  readonly #framing: Framing
  /** A CR was the last byte: what it is depends on the next. */
  #heldCr = false
  #lineStart = true

  constructor(framing: Framing) {
    this.#framing = framing
  }

  /** The next chunk, mended. May view the input. */
  push(input: Uint8Array): Uint8Array {
    if (this.#framing === 'bytes' || input.length === 0) return input
    const bytes = Buffer.from(input.buffer, input.byteOffset, input.length)
    return this.#heldCr || bytes[0] === DOT || !isClean(bytes) ? this.#mend(bytes) : this.#pass(bytes)
  }

  /** What ends the content: the last line's end if it has none. For DATA the dot follows. */
  end(): string {
    if (this.#framing === 'bytes') return ''
    const open = this.#heldCr || !this.#lineStart
    this.#heldCr = false
    this.#lineStart = true
    return open ? '\r\n' : ''
  }

  #pass(bytes: Buffer): Uint8Array {
    this.#lineStart = bytes[bytes.length - 1] === LF
    return bytes
  }

  #mend(bytes: Buffer): Uint8Array {
    // No byte becomes more than two, and a held CR adds two.
    const mended = Buffer.allocUnsafe(bytes.length * 2 + 2)
    let to = 0
    const newLine = (): void => {
      mended[to++] = CR
      mended[to++] = LF
      this.#lineStart = true
    }
    for (const byte of bytes) {
      if (this.#heldCr) {
        this.#heldCr = false
        newLine()
        if (byte === LF) continue
      }
      if (byte === CR) {
        this.#heldCr = true
        continue
      }
      if (byte === LF) {
        newLine()
        continue
      }
      if (byte === DOT && this.#lineStart && this.#framing === 'dots') mended[to++] = DOT
      this.#lineStart = false
      mended[to++] = byte
    }
    return mended.subarray(0, to)
  }
}

/** Whether every CR and LF is part of CRLF, none is cut off at the end, and no line after the first begins with a dot. */
function isClean(bytes: Buffer): boolean {
  let at = 0
  for (;;) {
    const cr = bytes.indexOf(CR, at)
    const lf = bytes.indexOf(LF, at)
    if (cr === -1 && lf === -1) return true
    if (cr === -1 || lf !== cr + 1 || bytes[lf + 1] === DOT) return false
    at = lf + 1
  }
}

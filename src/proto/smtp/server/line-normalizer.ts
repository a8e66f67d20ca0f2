import { Buffer } from 'node:buffer'

const CR = 13
const LF = 10
const NOTHING = new Uint8Array(0)

/**
 * Makes CRLF of each bare CR and bare LF: for legacy peers that a listener trusts (`bareLf: 'normalize'`), and for files that
 * become mail. A peer's text passes it behind the scanner that found the message's end, so that a repaired line can never become
 * one. How the text is cut makes no difference.
 */
export class LineNormalizer {
  #afterCr = false

  /** The next piece, repaired. */
  push(bytes: Uint8Array): Uint8Array {
    const repaired = Buffer.allocUnsafe(bytes.length * 2 + 1)
    let to = 0
    for (const byte of bytes) {
      if (byte === LF || this.#afterCr) {
        repaired[to++] = CR
        repaired[to++] = LF
      }
      if (byte !== LF && byte !== CR) repaired[to++] = byte
      this.#afterCr = byte === CR
    }
    return repaired.subarray(0, to)
  }

  /** What is still owed at the end of the text. */
  end(): Uint8Array {
    return this.#afterCr ? Buffer.from('\r\n') : NOTHING
  }
}

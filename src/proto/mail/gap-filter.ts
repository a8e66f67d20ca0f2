import { Buffer } from 'node:buffer'
import { MAX_LINE_CHARS } from './limits.ts'

const LF = 10
const CR = 13
const SPACE = 32
const QUESTION = 63

/**
 * Makes what stands between the parts of a multipart fit for 7-bit lines. RFC 2046 §5.1.1: delimiters, which are ASCII and stay as they are, and words
 * that readers of MIME never show; of these what is not ASCII becomes `?`, and a line that is too long is folded.
 */
export class GapFilter {
  #heldCr = false
  #column = 0

  /** The next bytes, mended. */
  push(chunk: Uint8Array): Uint8Array {
    // No byte becomes more than two, a held CR adds two, and a fold three every line.
    const out = Buffer.allocUnsafe(chunk.length * 2 + 2 + 3 * Math.ceil(chunk.length / MAX_LINE_CHARS) + 3)
    let to = 0
    const line = (...bytes: readonly number[]): void => {
      for (const byte of bytes) out[to++] = byte
      this.#column = 0
    }
    for (const byte of chunk) {
      if (this.#heldCr) {
        line(CR, LF)
        this.#heldCr = false
        if (byte === LF) continue
      }
      if (byte === CR) this.#heldCr = true
      else if (byte === LF) line(CR, LF)
      else {
        // A blank begins the rest, so that it cannot be taken for a delimiter.
        if (this.#column === MAX_LINE_CHARS) {
          line(CR, LF, SPACE)
          this.#column = 1
        }
        out[to++] = byte === 0 || byte > 127 ? QUESTION : byte
        this.#column += 1
      }
    }
    return out.subarray(0, to)
  }

  /** What was held back. */
  finish(): Uint8Array {
    const end = this.#heldCr ? Buffer.from('\r\n') : Buffer.alloc(0)
    this.#heldCr = false
    return end
  }
}

import { MAX_TEXT_LINE_BYTES } from './limits.ts'

/** What a message's text must not hold. */
export type TextFault = 'bare-line-end' | 'nul' | 'long-line'

const NUL = 0
const LF = 10
const CR = 13
const HIGHEST_CONTROL = 13
const NO_WORDS = new Int32Array(0)

/**
 * Looks for what makes two servers read one message differently: a CR or LF that is not part of CRLF (RFC 5321 §2.3.8), a
 * line without end, and NUL where it is forbidden. How the text is cut into pieces makes no difference.
 *
 * Every byte of every message passes here, so four are looked at in one step: in text one word in twenty holds a byte
 * up to 13, and only that one is opened.
 */
export class TextCheck {
  readonly #nul: 'reject' | 'pass'
  #fault: TextFault | null = null
  #afterCr = false
  /** Octets of the line that the next piece goes on with. */
  #lineBytes = 0
  #lineStart = 0

  constructor(nul: 'reject' | 'pass') {
    this.#nul = nul
  }

  /** The first fault found, or null. */
  get fault(): TextFault | null {
    return this.#fault
  }

  /** Looks at the next piece. */
  push(bytes: Uint8Array): void {
    const { length } = bytes
    if (this.#fault !== null || length === 0) return
    if (this.#afterCr && bytes[0] !== LF) this.#found('bare-line-end')
    this.#lineStart = -this.#lineBytes
    const head = length < 8 ? length : (4 - (bytes.byteOffset & 3)) & 3
    const words = length < 8 ? NO_WORDS : new Int32Array(bytes.buffer, bytes.byteOffset + head, (length - head) >> 2)
    for (let at = 0; at < head; at++) this.#look(bytes, at)
    for (let word = 0; word < words.length; word++) {
      const four = words[word] ?? 0
      // The top bit of each byte that is below 14 (a borrow may light more, never fewer).
      if (((four - 0x0e0e0e0e) & ~four & 0x80808080) === 0) continue
      const at = head + word * 4
      for (let each = at; each < at + 4; each++) this.#look(bytes, each)
    }
    for (let at = head + words.length * 4; at < length; at++) this.#look(bytes, at)
    this.#afterCr = bytes[length - 1] === CR
    this.#lineBytes = length - this.#lineStart
    if (this.#lineBytes > MAX_TEXT_LINE_BYTES) this.#found('long-line')
  }

  /** The text is complete: a CR at its very end is bare. */
  end(): void {
    if (this.#afterCr) this.#found('bare-line-end')
  }

  #look(bytes: Uint8Array, at: number): void {
    const byte = bytes[at] ?? 0
    if (byte > HIGHEST_CONTROL) return
    if (byte === LF) {
      if (at === 0 ? !this.#afterCr : bytes[at - 1] !== CR) this.#found('bare-line-end')
      if (at + 1 - this.#lineStart > MAX_TEXT_LINE_BYTES) this.#found('long-line')
      this.#lineStart = at + 1
      return
    }
    if (byte === CR && at + 1 < bytes.length && bytes[at + 1] !== LF) this.#found('bare-line-end')
    if (byte === NUL && this.#nul === 'reject') this.#found('nul')
  }

  #found(fault: TextFault): void {
    this.#fault ??= fault
  }
}

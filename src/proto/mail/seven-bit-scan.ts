import { MAX_LINE_CHARS } from './limits.ts'

/** What is in a body, as far as an encoding depends on it. */
export interface BodyFacts {
  /** ASCII without NUL, in lines that end in CRLF and are no longer than any server takes. */
  readonly isClean: boolean
  /** Clean but for lines that are too long. */
  readonly isOnlyLong: boolean
  /** NUL, or a CR or LF that is not part of CRLF: no text. */
  readonly hasBareEnds: boolean
  readonly isUtf8: boolean
  /** Octets that quoted-printable must encode. */
  readonly foreign: number
  readonly total: number
}

const LF = 10
const CR = 13
const EQUALS = 61

/** Looks at a body once, piece by piece. */
export class BodyScan {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  #isUtf8 = true
  #foreign = 0
  #high = 0
  #bare = 0
  #total = 0
  #line = 0
  #longest = 0
  #heldCr = false

  push(bytes: Uint8Array): void {
    this.#total += bytes.length
    this.#decode(bytes)
    for (const byte of bytes) {
      if (this.#heldCr !== (byte === LF)) this.#bare += 1 // A CR without LF, or a LF without CR.
      this.#heldCr = byte === CR
      if (byte === 0) this.#bare += 1
      if (byte > 127) this.#high += 1
      if (byte > 126 || byte === EQUALS || (byte < 32 && byte !== 9 && byte !== LF && byte !== CR)) this.#foreign += 1
      this.#line = byte === LF ? 0 : this.#line + 1
      // The CR of the line's end is not counted, and as yet may be here.
      if (this.#line > this.#longest && byte !== CR) this.#longest = this.#line
    }
  }

  finish(): BodyFacts {
    if (this.#heldCr) this.#bare += 1
    this.#decode(null)
    const hasBareEnds = this.#bare > 0
    const fits = this.#high === 0 && !hasBareEnds
    const isLong = this.#longest > MAX_LINE_CHARS
    return { isClean: fits && !isLong, isOnlyLong: fits && isLong, hasBareEnds, isUtf8: this.#isUtf8, foreign: this.#foreign, total: this.#total }
  }

  #decode(bytes: Uint8Array | null): void {
    if (!this.#isUtf8) return
    try {
      if (bytes === null) this.#decoder.decode()
      else this.#decoder.decode(bytes, { stream: true })
    } catch {
      this.#isUtf8 = false // What a fatal decoder throws means just that.
    }
  }
}

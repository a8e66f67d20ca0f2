import { Buffer } from 'node:buffer'
import { asBuffer } from '../mail/bytes.ts'
import { CANON_BLOCK_BYTES } from './limits.ts'

/** How a part of a message is made comparable before it is hashed. RFC 6376 §3.4. */
export type Canonicalization = 'simple' | 'relaxed'

/** A body that is fed piece by piece; how it is cut makes no difference. What comes out is valid until the next call. */
export interface CanonicalBody {
  push(bytes: Uint8Array): void
  /** The body is complete. */
  end(): void
}

const TAB = 9
const LF = 10
const CR = 13
const SPACE = 32
const CRLF = Buffer.from('\r\n')
const HELD_CR = Buffer.from('\r')
/** Shared by all bodies: nothing stays in it when a call returns. */
const BLOCK = Buffer.allocUnsafe(CANON_BLOCK_BYTES)
const MANY_CRLF = Buffer.from('\r\n'.repeat(512))

/**
 * Canonicalizes a body on its way into `out`. Only CRLF ends a line; a bare CR or LF is a character like others.
 *
 * The body is not held: of what may turn out to be empty lines at its end only their number is kept.
 */
export function canonicalBody(how: Canonicalization, out: (bytes: Uint8Array) => void): CanonicalBody {
  return how === 'simple' ? new SimpleBody(out) : new RelaxedBody(out)
}

/** RFC 6376 §3.4.3: empty lines at the end are dropped, and there is a CRLF at the end, even of an empty body. */
class SimpleBody implements CanonicalBody {
  readonly #out: (bytes: Uint8Array) => void
  #lineEnds = 0
  #heldCr = false

  constructor(out: (bytes: Uint8Array) => void) {
    this.#out = out
  }

  push(bytes: Uint8Array): void {
    let start = 0
    if (this.#heldCr && bytes.length > 0) {
      this.#heldCr = false
      if (bytes[0] === LF) {
        this.#lineEnds += 1
        start = 1
      } else {
        this.#content(HELD_CR)
      }
    }
    let end = bytes.length
    if (end > start && bytes[end - 1] === CR) {
      this.#heldCr = true
      end -= 1
    }
    let lineEnds = 0
    for (; end - start >= 2 && bytes[end - 1] === LF && bytes[end - 2] === CR; end -= 2) lineEnds += 1
    if (end > start) this.#content(bytes.subarray(start, end))
    this.#lineEnds += lineEnds
  }

  end(): void {
    if (this.#heldCr) this.#content(HELD_CR)
    this.#out(CRLF)
  }

  #content(bytes: Uint8Array): void {
    for (; this.#lineEnds > 0; this.#lineEnds -= Math.min(this.#lineEnds, 512)) this.#out(MANY_CRLF.subarray(0, 2 * this.#lineEnds))
    this.#out(bytes)
  }
}

/**
 * RFC 6376 §3.4.4: spaces and tabs become one space, those at the end of a line nothing; empty lines at the end are
 * dropped, and what is left ends in CRLF. An empty body stays empty.
 */
class RelaxedBody implements CanonicalBody {
  readonly #out: (bytes: Uint8Array) => void
  readonly #block = BLOCK
  #size = 0
  #isEmpty = true
  #lineEnds = 0
  #space = false
  #heldCr = false

  constructor(out: (bytes: Uint8Array) => void) {
    this.#out = out
  }

  push(input: Uint8Array): void {
    const bytes = asBuffer(input)
    const { length } = bytes
    let at = 0
    while (at < length) {
      const byte = bytes[at] ?? 0
      if (this.#heldCr) {
        this.#heldCr = false
        if (byte === LF) {
          this.#space = false
          this.#lineEnds += 1
          at += 1
          continue
        }
        this.#before(1)
        this.#block[this.#size++] = CR
      }
      if (byte === CR) this.#heldCr = true
      else if (byte === SPACE || byte === TAB) this.#space = true
      else {
        at = this.#run(bytes, at)
        continue
      }
      at += 1
    }
    this.#flush()
  }

  end(): void {
    if (this.#heldCr) {
      this.#before(1)
      this.#block[this.#size++] = CR
    }
    if (!this.#isEmpty) {
      this.#room(2)
      this.#block[this.#size++] = CR
      this.#block[this.#size++] = LF
    }
    this.#flush()
  }

  /** Copies the characters from `at` up to the next CR or white space; where that is. Single spaces between them are taken along. */
  #run(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + CANON_BLOCK_BYTES / 2)
    this.#before(end - at)
    const block = this.#block
    let size = this.#size
    let from = at
    for (; from < end; from++) {
      const byte = bytes[from] ?? 0
      if (byte > SPACE) {
        block[size++] = byte
        continue
      }
      if (byte === CR || byte === TAB) break
      if (byte === SPACE) {
        const next = bytes[from + 1] ?? SPACE
        if (next <= SPACE) break
      }
      block[size++] = byte
    }
    this.#size = size
    return from
  }

  /** Writes what stands before a character, and makes room for `bytes` more. */
  #before(bytes: number): void {
    for (; this.#lineEnds > 0; this.#lineEnds -= 1) {
      this.#room(2)
      this.#block[this.#size++] = CR
      this.#block[this.#size++] = LF
    }
    this.#room(bytes + 1)
    if (this.#space) this.#block[this.#size++] = SPACE
    this.#space = false
    this.#isEmpty = false
  }

  #room(bytes: number): void {
    if (this.#size + bytes > CANON_BLOCK_BYTES) this.#flush()
  }

  #flush(): void {
    if (this.#size > 0) this.#out(this.#block.subarray(0, this.#size))
    this.#size = 0
  }
}

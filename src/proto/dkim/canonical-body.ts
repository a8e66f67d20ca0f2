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

  /** Takes the stretch that begins with the character at `at`; where it ends. A long one goes out as it stands in the input. */
  #run(bytes: Buffer, at: number): number {
    const end = tidyEnd(bytes, at)
    const length = end - at
    this.#before(length < DIRECT_BYTES ? length : 0)
    if (length >= DIRECT_BYTES) {
      this.#flush()
      this.#out(bytes.subarray(at, end))
    } else if (length >= COPIED_BYTES) {
      this.#block.set(bytes.subarray(at, end), this.#size)
      this.#size += length
    } else {
      for (let from = at; from < end; from++) this.#block[this.#size++] = bytes[from] ?? 0
    }
    return end
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

/** Stretches from this length on are hashed where they stand; a call for each shorter one would cost more than gathering them. */
const DIRECT_BYTES = 1024
/** And from this one on they are copied by a call. */
const COPIED_BYTES = 32

const BLANK = 1
const BREAK = 2
/** What a byte does: nothing, a blank that stays when it stands alone, or the beginning of what may change: a CR or a tab. */
const SORT = new Uint8Array(256)
SORT[SPACE] = BLANK
SORT[TAB] = BREAK
SORT[CR] = BREAK

/**
 * Where the stretch ends that begins with the character at `at` and is canonical as it stands: single spaces between characters, and line ends
 * with a character on both sides. Such is nearly all of most bodies. Blanks come where no processor expects them, so nothing is decided for each:
 * the sum of two neighbours says whether something may have to change, and of four bytes at a time that is asked once.
 */
function tidyEnd(bytes: Uint8Array, at: number): number {
  const { length } = bytes
  let before = 0
  let from = at
  while (from < length) {
    while (from + 4 <= length) {
      const first = SORT[bytes[from] ?? 0] ?? 0
      const second = SORT[bytes[from + 1] ?? 0] ?? 0
      const third = SORT[bytes[from + 2] ?? 0] ?? 0
      const last = SORT[bytes[from + 3] ?? 0] ?? 0
      if (((before + first) | (first + second) | (second + third) | (third + last)) >= BREAK) break
      before = last
      from += 4
    }
    for (const until = Math.min(from + 4, length); from < until; from++) {
      const sort = SORT[bytes[from] ?? 0] ?? 0
      if (before + sort < BREAK) {
        before = sort
        continue
      }
      if (before === BLANK) return from - 1
      if (from + 2 >= length || bytes[from] !== CR || bytes[from + 1] !== LF || (bytes[from + 2] ?? 0) <= SPACE) return from
      from += 2
    }
  }
  return length - before
}

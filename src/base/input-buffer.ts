const LF = 10
const CR = 13
const NONE = new Uint8Array(0)

/** A line found in the buffer, or why there is none yet. */
export type BufferedLine =
  | { readonly kind: 'line'; readonly bytes: Uint8Array; readonly ending: 'crlf' | 'lf' }
  | { readonly kind: 'too-long' }

/**
 * Received bytes that nobody has taken yet, cut into lines or chunks. The one buffer below every `Wire`.
 *
 * What it returns views its memory: valid until the next call. Memory is bounded by what the owner pushes:
 * a socket stops reading while `size` is over its limit.
 */
export class InputBuffer {
  #bytes: Uint8Array = NONE
  #start = 0
  #scanned = 0
  #skipping = false

  /** Bytes held and not taken. */
  get size(): number {
    return this.#bytes.length - this.#start
  }

  /** Adds received bytes. The buffer may keep the array: the caller must not write to it again. */
  push(chunk: Uint8Array): void {
    if (this.size === 0) {
      this.#bytes = chunk
      this.#scanned = 0
    } else {
      const held = this.size
      const joined = new Uint8Array(held + chunk.length)
      joined.set(this.#bytes.subarray(this.#start))
      joined.set(chunk, held)
      this.#scanned -= this.#start
      this.#bytes = joined
    }
    this.#start = 0
  }

  /**
   * The next line when it is complete, else null. Over `maxBytes` it is `too-long`, reported once; the rest of that
   * line is dropped as it comes.
   */
  line(maxBytes: number): BufferedLine | null {
    if (this.#skipping && !this.#skipLine()) return null
    const from = Math.max(this.#start, this.#scanned)
    const lf = this.#bytes.indexOf(LF, from)
    if (lf === -1) {
      this.#scanned = this.#bytes.length
      if (this.size < maxBytes) return null
      this.#skipping = true
      this.clear()
      return { kind: 'too-long' }
    }
    const start = this.#start
    this.#start = lf + 1
    if (lf + 1 - start > maxBytes) return { kind: 'too-long' }
    const crlf = lf > start && this.#bytes[lf - 1] === CR
    return { kind: 'line', bytes: this.#bytes.subarray(start, crlf ? lf - 1 : lf), ending: crlf ? 'crlf' : 'lf' }
  }

  /** Takes 1 to `maxBytes` bytes, or null when there are none. */
  take(maxBytes: number): Uint8Array | null {
    if (this.size === 0) return null
    const end = Math.min(this.#bytes.length, this.#start + maxBytes)
    const taken = this.#bytes.subarray(this.#start, end)
    this.#start = end
    return taken
  }

  /** Puts bytes back in front. Free when they are the tail of the last `take`; else they are copied. */
  putBack(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    const adjacent = bytes.buffer === this.#bytes.buffer && bytes.byteOffset + bytes.length === this.#bytes.byteOffset + this.#start
    if (adjacent) {
      this.#start -= bytes.length
    } else {
      const rest = this.#bytes.subarray(this.#start)
      const joined = new Uint8Array(bytes.length + rest.length)
      joined.set(bytes)
      joined.set(rest, bytes.length)
      this.#bytes = joined
      this.#start = 0
    }
    this.#scanned = this.#start
  }

  /** Throws away everything held. */
  clear(): void {
    this.#bytes = NONE
    this.#start = 0
    this.#scanned = 0
  }

  /** Drops up to and including the next LF; false when it has not come yet. */
  #skipLine(): boolean {
    const lf = this.#bytes.indexOf(LF, this.#start)
    if (lf === -1) {
      this.clear()
      return false
    }
    this.#start = lf + 1
    this.#scanned = lf + 1
    this.#skipping = false
    return true
  }
}

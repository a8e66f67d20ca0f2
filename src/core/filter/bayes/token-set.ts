import { MAX_TOKENS } from './limits.ts'

/** Tokens of a message: 64-bit hashes, each once, two words a token (high, low), in the order in which they were met. */
export type Tokens = Uint32Array

/** Where tokens are thrown in: keeps each once, and no more than `MAX_TOKENS`. One is made for many messages. */
export class TokenSet {
  readonly #words = new Int32Array(2 * MAX_TOKENS)
  /** Open addressing, at most a quarter full: 1 + the token's number, 0 for none. */
  readonly #slots = new Uint16Array(SLOTS)
  #count = 0

  get size(): number {
    return this.#count
  }

  get isFull(): boolean {
    return this.#count === MAX_TOKENS
  }

  clear(): void {
    this.#slots.fill(0)
    this.#count = 0
  }

  /** True when it is new. Both words are 32-bit integers with a sign. */
  add(high: number, low: number): boolean {
    const words = this.#words
    let slot = low & MASK
    for (let found = this.#slots[slot] ?? 0; found !== 0; found = this.#slots[slot] ?? 0) {
      const at = 2 * (found - 1)
      if (words[at + 1] === low && words[at] === high) return false
      slot = (slot + 1) & MASK
    }
    if (this.#count === MAX_TOKENS) return false
    words[2 * this.#count] = high
    words[2 * this.#count + 1] = low
    this.#count += 1
    this.#slots[slot] = this.#count
    return true
  }

  /** What was thrown in, in memory of its own. */
  tokens(): Tokens {
    return new Uint32Array(this.#words.buffer.slice(0, 8 * this.#count))
  }
}

const SLOTS = 4096
const MASK = SLOTS - 1

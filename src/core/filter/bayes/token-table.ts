import type { Tokens } from './token-set.ts'

/** Bytes of a table for each of its slots: two words of the hash, two counts. */
export const SLOT_BYTES = 16

/** Slots of the smallest table; an empty one has none, since most accounts never taught anything. */
const MIN_SLOTS = 1024

/** Of no use but that what is read for it is not left out. */
const FETCHED = new Uint32Array(1)

/**
 * What one scope has learned: in how many messages of each class a token stood. Typed arrays with open addressing, so that half a million tokens
 * are a few arrays and nothing to collect. Counts may be fractions: what was learned long ago weighs less.
 */
export class TokenTable {
  /** Two words of the hash and two counts a slot, side by side, so that a look-up waits for memory once. */
  #keys = new Uint32Array(0)
  /** The same memory, with a sign. */
  #signed = new Int32Array(0)
  #counts = new Float32Array(0)
  #slots = 0
  #used = 0
  #spam = 0
  #ham = 0

  /** Messages of each class. */
  get spam(): number {
    return this.#spam
  }

  get ham(): number {
    return this.#ham
  }

  /** Tokens held. */
  get size(): number {
    return this.#used
  }

  get bytes(): number {
    return this.#slots * SLOT_BYTES
  }

  /** Messages more (or fewer) of each class. */
  addMessages(spam: number, ham: number): void {
    this.#spam += spam
    this.#ham += ham
  }

  /** One message: its tokens, and itself, count so much more (or less) in each class. */
  learn(tokens: Tokens, spam: number, ham: number): void {
    this.addMessages(spam, ham)
    for (let at = 0; at < tokens.length; at += 2) this.add(tokens[at] ?? 0, tokens[at + 1] ?? 0, spam, ham)
  }

  /** Counts of one token more (or less). A token at zero keeps its slot until the table is made anew. */
  add(high: number, low: number, spam: number, ham: number): void {
    if (2 * (this.#used + 1) > this.#slots) this.#grow()
    let slot = this.#slotOf(high, low)
    if (slot < 0) {
      slot = ~slot
      this.#keys[4 * slot] = high
      this.#keys[4 * slot + 1] = low
      // A hash of two zeroes would look like a free slot: its counts would be lost, once in 2^64 tokens.
      this.#used += 1
    }
    this.#counts[4 * slot + 2] = (this.#counts[4 * slot + 2] ?? 0) + spam
    this.#counts[4 * slot + 3] = (this.#counts[4 * slot + 3] ?? 0) + ham
  }

  /** Counts of one token, 0 of one that is not known: for tests and tools. */
  countsOf(high: number, low: number): { readonly spam: number; readonly ham: number } {
    const slot = this.#slots === 0 ? -1 : this.#slotOf(high, low)
    return slot < 0 ? { spam: 0, ham: 0 } : { spam: this.#counts[4 * slot + 2] ?? 0, ham: this.#counts[4 * slot + 3] ?? 0 }
  }

  /**
   * Counts of each token into `out`, spam then ham, 0 for one that is not known. Loops without calls. Most of their time is waiting for memory: the first
   * decides nothing by what it reads, so that the processor fetches many slots at once, and the second finds them near.
   */
  lookUp(tokens: Tokens, out: Float64Array): void {
    // As integers with a sign: others may be too large for what the processor counts with, and each comparison would ask.
    const keys = this.#signed
    const words = new Int32Array(tokens.buffer, tokens.byteOffset, tokens.length)
    const counts = this.#counts
    const mask = this.#slots - 1
    if (this.#slots === 0) return void out.fill(0, 0, words.length)
    let fetched = 0
    for (let at = 0; at < words.length; at += 2) fetched ^= keys[(((words[at + 1] ?? 0) ^ ((words[at] ?? 0) >>> 7)) & mask) << 2] ?? 0
    FETCHED[0] = fetched
    for (let at = 0; at < words.length; at += 2) {
      const high = words[at] ?? 0
      const low = words[at + 1] ?? 0
      let place = ((low ^ (high >>> 7)) & mask) << 2
      let keyHigh = keys[place] ?? 0
      let keyLow = keys[place + 1] ?? 0
      while ((keyLow !== low || keyHigh !== high) && (keyLow | keyHigh) !== 0) {
        place = (((place >>> 2) + 1) & mask) << 2
        keyHigh = keys[place] ?? 0
        keyLow = keys[place + 1] ?? 0
      }
      out[at] = counts[place + 2] ?? 0
      out[at + 1] = counts[place + 3] ?? 0
    }
  }

  /** The slot of a token; when it has none, the complement of the one that it would get. */
  #slotOf(high: number, low: number): number {
    const keys = this.#keys
    const mask = this.#slots - 1
    for (let slot = (low ^ (high >>> 7)) & mask; ; slot = (slot + 1) & mask) {
      const keyHigh = keys[4 * slot] ?? 0
      const keyLow = keys[4 * slot + 1] ?? 0
      if (keyLow === low && keyHigh === high) return slot
      if (keyLow === 0 && keyHigh === 0) return ~slot
    }
  }

  #grow(): void {
    const keys = this.#keys
    const counts = this.#counts
    this.#slots = Math.max(MIN_SLOTS, 2 * this.#slots)
    this.#keys = new Uint32Array(4 * this.#slots)
    this.#signed = new Int32Array(this.#keys.buffer)
    this.#counts = new Float32Array(this.#keys.buffer)
    for (let at = 0; at < keys.length; at += 4) {
      const high = keys[at] ?? 0
      const low = keys[at + 1] ?? 0
      if (high === 0 && low === 0) continue
      const slot = ~this.#slotOf(high, low)
      this.#keys[4 * slot] = high
      this.#keys[4 * slot + 1] = low
      this.#counts[4 * slot + 2] = counts[at + 2] ?? 0
      this.#counts[4 * slot + 3] = counts[at + 3] ?? 0
    }
  }
}

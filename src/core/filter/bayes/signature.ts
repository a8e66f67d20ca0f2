import type { Tokens } from './token-set.ts'

/** What a message says, in 64 bits, 16 hex digits: texts that share most of their tokens differ in few bits (simhash). */
export type Signature = string

/** Texts with fewer tokens are alike by chance. */
const MIN_TOKENS = 20

/** Bits in which the same text with another name, number or link in it may differ. Unrelated texts differ in 32, give or take 4. */
const SIMILAR_BITS = 10

/** The signature of a message's tokens; '' when there are too few to tell. */
export function signatureOf(tokens: Tokens): Signature {
  if (tokens.length < 2 * MIN_TOKENS) return ''
  const sums = new Int32Array(64)
  for (let at = 0; at < tokens.length; at++) {
    const word = tokens[at] ?? 0
    const base = (at & 1) * 32
    for (let bit = 0; bit < 32; bit++) sums[base + bit] = (sums[base + bit] ?? 0) + (((word >>> bit) & 1) * 2 - 1)
  }
  return half(sums, 0) + half(sums, 32)
}

/** Whether two messages say nearly the same. '' is like nothing. */
export function isSimilar(a: Signature, b: Signature): boolean {
  if (a === '' || b === '') return false
  return ones(word(a, 0) ^ word(b, 0)) + ones(word(a, 8) ^ word(b, 8)) <= SIMILAR_BITS
}

function half(sums: Int32Array, base: number): string {
  let bits = 0
  for (let bit = 0; bit < 32; bit++) if ((sums[base + bit] ?? 0) > 0) bits |= 1 << bit
  return (bits >>> 0).toString(16).padStart(8, '0')
}

function word(signature: Signature, at: number): number {
  return Number.parseInt(signature.slice(at, at + 8), 16) | 0
}

function ones(word: number): number {
  let rest = word
  let count = 0
  for (; rest !== 0; rest &= rest - 1) count += 1
  return count
}

/**
 * Hashes of 64 bits as two words of 32, made a character at a time. They need not withstand an attacker: whoever wants to look like ham can write the words
 * of ham. They must only be far apart: among 500,000 tokens two share a hash once in a hundred million tables.
 */
export interface Hash {
  high: number
  low: number
}

/** The beginning of the hash of a kind of token, such as `subject:`. Kinds never meet. */
export function hashOf(text: string): Readonly<Hash> {
  const hash = { high: 0x811c9dc5 | 0, low: 0x9e3779b9 | 0 }
  for (let at = 0; at < text.length; at++) step(hash, text.charCodeAt(at))
  finish(hash)
  return hash
}

/** Takes one UTF-16 unit in. */
export function step(hash: Hash, unit: number): void {
  hash.high = Math.imul(hash.high ^ unit, 0x01000193)
  hash.low = Math.imul((hash.low ^ unit) + 0x7f4a7c15, 0x5bd1e995)
  hash.low ^= hash.low >>> 13
}

/** Spreads the last characters over all bits. Both words stay 32-bit integers with a sign, which are the numbers that cost least. */
export function finish(hash: Hash): void {
  const high = Math.imul(hash.high ^ (hash.high >>> 16), 0x85ebca6b) ^ hash.low
  const low = Math.imul(hash.low ^ (hash.low >>> 15), 0xc2b2ae35) + high
  hash.high = high ^ (high >>> 13)
  hash.low = low ^ (low >>> 16)
}

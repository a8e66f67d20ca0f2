import { SHAPE_BYTES, SHAPE_WORDS } from './limits.ts'

const WORD = 3

/**
 * The shape of a body: 64 bits, in hex, that are nearly the same for texts that are nearly the same (a simhash over runs of three words). It tells one
 * text to many recipients from many texts, without keeping any. Null for a body of few words. Only its first 16 KiB are looked at.
 */
export function bodyShape(bytes: Uint8Array, bodyStart: number): string | null {
  const votes = new Int32Array(64)
  let words = 0
  let low = 0
  let high = 0
  const last: [number, number][] = []
  let inWord = false
  const end = Math.min(bytes.length, bodyStart + SHAPE_BYTES)
  for (let at = bodyStart; at <= end; at++) {
    const byte = at < end ? (bytes[at] ?? 0) : 0
    if (isLetter(byte)) {
      if (!inWord) [low, high] = [0x81_1c_9d_c5, 0x2f_0b_4c_47]
      inWord = true
      // Two FNV-1a in step, case folded: one hash of 64 bits without big integers.
      const folded = byte >= 65 && byte <= 90 ? byte | 32 : byte
      low = Math.imul(low ^ folded, 0x01_00_01_93)
      high = Math.imul(high ^ folded, 0x01_00_01_b3)
      continue
    }
    if (!inWord) continue
    inWord = false
    words += 1
    last.push([low, high])
    if (last.length > WORD) last.shift()
    if (last.length === WORD) vote(votes, last)
  }
  return words < SHAPE_WORDS ? null : hexOf(votes)
}

function isLetter(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte >= 128
}

function vote(votes: Int32Array, run: readonly (readonly [number, number])[]): void {
  let low = 0
  let high = 0
  for (const [one, other] of run) {
    low = mix(Math.imul(low, 31) ^ one)
    high = mix(Math.imul(high, 31) ^ other)
  }
  for (let bit = 0; bit < 32; bit++) {
    votes[bit] = (votes[bit] ?? 0) + ((low >>> bit) & 1) * 2 - 1
    votes[bit + 32] = (votes[bit + 32] ?? 0) + ((high >>> bit) & 1) * 2 - 1
  }
}

/** Spreads each bit over all of them: the last step of MurmurHash3. */
function mix(value: number): number {
  const first = Math.imul(value ^ (value >>> 16), 0x85_eb_ca_6b)
  const second = Math.imul(first ^ (first >>> 13), 0xc2_b2_ae_35)
  return second ^ (second >>> 16)
}

function hexOf(votes: Int32Array): string {
  let hex = ''
  for (let digit = 0; digit < 16; digit++) {
    let value = 0
    for (let bit = 0; bit < 4; bit++) if ((votes[digit * 4 + bit] ?? 0) > 0) value |= 1 << bit
    hex += value.toString(16)
  }
  return hex
}

/** In how many bits two shapes differ. */
export function shapeDistance(one: string, other: string): number {
  let differing = 0
  for (let at = 0; at < 16; at++) {
    let bits = Number.parseInt(one[at] ?? '0', 16) ^ Number.parseInt(other[at] ?? '0', 16)
    for (; bits !== 0; bits &= bits - 1) differing += 1
  }
  return differing
}

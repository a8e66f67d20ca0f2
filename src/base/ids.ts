import { randomFillSync } from 'node:crypto'

/** Sorts as its index does in plain byte order, so that later ids are greater strings. */
const ALPHABET = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'
const TIME_CHARS = 8 // 48 bits of milliseconds: until the year 10889.
const RANDOM_CHARS = 12 // 72 bits: no two ids of one millisecond meet.

const pool = new Uint8Array(RANDOM_CHARS * 256)
let used = pool.length
let lastMs = -1
let lastTime = ''

/**
 * Makes an id such as `m0QLpOqY-...`: one letter that tells the kind, the time, then randomness.
 *
 * Ids of one kind sort by time made (to the millisecond), match `[a-z][A-Za-z0-9_-]*`, and are the same string in
 * the API, the trace, the log and a DSN. They are no secret: never use one as a token.
 */
export function makeId(letter: string, nowMs: number): string {
  if (nowMs !== lastMs) {
    lastTime = timePart(nowMs)
    lastMs = nowMs
  }
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  let random = ''
  for (let i = 0; i < RANDOM_CHARS; i++) random += ALPHABET.charAt((pool[used + i] ?? 0) & 63)
  used += RANDOM_CHARS
  return letter + lastTime + random
}

/** The millisecond an id was made in, or null when `id` is not one of ours. */
export function idTimeMs(id: string): number | null {
  if (!/^[a-z][A-Za-z0-9_-]{20}$/.test(id)) return null
  let ms = 0
  for (let i = 1; i <= TIME_CHARS; i++) ms = ms * 64 + ALPHABET.indexOf(id.charAt(i))
  return ms
}

function timePart(nowMs: number): string {
  let text = ''
  let rest = nowMs
  for (let i = 0; i < TIME_CHARS; i++) {
    text = ALPHABET.charAt(rest % 64) + text
    rest = Math.floor(rest / 64)
  }
  return text
}

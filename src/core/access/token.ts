import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const GROUPS = 6
const GROUP_CHARS = 4
const KEY_CHARS = 32 // 190 bits.

/** What an API key may touch: `test` sends nothing to the world, `live` does. */
export type ApiKeyMode = 'test' | 'live'

/** Makes an app password: `abcd-efgh-...`, 120 random bits in lower-case letters and digits that are read over a telephone well. */
export function makeAppPassword(): string {
  const bytes = randomBytes(GROUPS * GROUP_CHARS)
  const groups: string[] = []
  for (let at = 0; at < bytes.length; at += GROUP_CHARS) {
    groups.push(Array.from(bytes.subarray(at, at + GROUP_CHARS), (byte) => BASE32.charAt(byte & 31)).join(''))
  }
  return groups.join('-')
}

/** An app password as it was shown, from however it was typed (capitals, spaces, no dashes); null for what cannot be one. */
export function asAppPassword(typed: string): string | null {
  if (typed.length > 2 * GROUPS * (GROUP_CHARS + 1)) return null
  const bare = typed.replace(/[\s-]/g, '').toLowerCase()
  if (!/^[a-z2-7]{24}$/.test(bare)) return null
  return bare.replace(/.{4}(?=.)/g, '$&-')
}

/** Makes an API key: `sk_live_` or `sk_test_`, then 32 random letters and digits. Shown once; only its hash is kept. */
export function makeApiKey(mode: ApiKeyMode): string {
  return `sk_${mode}_${Array.from({ length: KEY_CHARS }, () => BASE62.charAt(randomInt(BASE62.length))).join('')}`
}

/** The mode of what looks like an API key, or null for what cannot be one: such text need not be looked up. */
export function apiKeyMode(text: string): ApiKeyMode | null {
  const found = /^sk_(test|live)_[0-9A-Za-z]{32}$/.exec(text)?.[1]
  return found === 'test' || found === 'live' ? found : null
}

/**
 * How a random token is kept: SHA-256 in hex. No slow hash is needed, because nobody can try 2^120 of them. For tokens that we made
 * only, never for what people choose.
 */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** Compares two hex hashes in constant time. */
export function sameHash(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
}

/** Makes a token for a browser or a link: 256 random bits in 43 characters. Only its hash is kept. */
export function makeToken(): string {
  return randomBytes(32).toString('base64url')
}

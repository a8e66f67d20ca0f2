import { randomBytes } from 'node:crypto'
import { hashToken } from '../token.ts'
import { RECOVERY_CODES } from './limits.ts'

const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789' // 32 of them, without l, o, 0 and 1.
const CHARS = 16 // 80 bits: a plain hash will do, because nobody can try them all.

/** Makes the codes that stand in for a lost authenticator, once each: `abcd-efgh-ijkm-npqr`. Shown once; only their hashes are kept. */
export function makeRecoveryCodes(): readonly string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const letters = Array.from(randomBytes(CHARS), (byte) => LETTERS.charAt(byte & 31)).join('')
    return letters.replace(/.{4}(?=.)/g, '$&-')
  })
}

/** The hash under which a code is kept, from however it was typed; null for what cannot be one. */
export function recoveryHash(typed: string): string | null {
  if (typed.length > 60) return null
  const bare = typed.replace(/[\s-]/g, '').toLowerCase()
  return /^[a-km-np-z2-9]{16}$/.test(bare) ? hashToken(bare) : null
}

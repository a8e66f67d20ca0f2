import { createHmac } from 'node:crypto'
import { DRIFT_STEPS, TOTP } from './limits.ts'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The code of a time step. RFC 4226 §5.3, RFC 6238 §4. */
export function codeAt(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const digest = createHmac('sha1', secret).update(counter).digest()
  const offset = (digest.at(-1) ?? 0) & 0x0f
  const number = (digest.readUInt32BE(offset) & 0x7f_ff_ff_ff) % 10 ** TOTP.digits
  return String(number).padStart(TOTP.digits, '0')
}

/** The time step of a moment. RFC 6238 §4.2. */
export function stepAt(ms: number): number {
  return Math.floor(ms / TOTP.stepMs)
}

/**
 * The time step whose code was typed, or null. Only steps after `lastStep` count: RFC 6238 §5.2 wants a code taken once. Every step that may be meant is compared, so that
 * the time tells nothing.
 */
export function matchingStep(secret: Uint8Array, typed: string, nowMs: number, lastStep: number): number | null {
  const code = typed.replace(/[\s-]/g, '')
  const now = stepAt(nowMs)
  let found: number | null = null
  for (let step = now - DRIFT_STEPS; step <= now + DRIFT_STEPS; step++) {
    if (sameCode(code, codeAt(secret, step)) && step > lastStep) found = step
  }
  return found
}

/** Whether a text can be a code of ours at all. */
export function isCode(typed: string): boolean {
  return typed.length <= 20 && /^\d{6}$/.test(typed.replace(/[\s-]/g, ''))
}

/** A secret as it is typed into a program. RFC 4648 §6, without padding. */
export function base32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = (value << 8) | byte
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32.charAt((value >>> (bits - 5)) & 31)
    value &= (1 << bits) - 1
  }
  return bits === 0 ? text : text + BASE32.charAt((value << (5 - bits)) & 31)
}

/** The address that programs read a secret from, most often out of a picture (the Key Uri Format that authenticators share). */
export function otpauthUri(issuer: string, login: string, secret: Uint8Array): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(login)}`
  return `otpauth://totp/${label}?secret=${base32(secret)}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=${TOTP.digits}&period=${TOTP.stepMs / 1000}`
}

function sameCode(one: string, other: string): boolean {
  let difference = one.length ^ other.length
  for (let at = 0; at < other.length; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at)
  return difference === 0
}

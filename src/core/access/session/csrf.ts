import { createHmac } from 'node:crypto'
import { hashToken, sameHash } from '../token.ts'

/**
 * The token that a page of ours must send back with whatever changes something: pages of others can make a browser send its cookie, and cannot read this. It follows from the session's
 * token, so that nothing is kept.
 */
export function csrfToken(secret: Uint8Array, token: string): string {
  return createHmac('sha256', secret).update(`csrf ${token}`).digest('base64url')
}

/** Whether a request said the token of its session. */
export function isCsrfToken(secret: Uint8Array, token: string, said: string | undefined): boolean {
  return said !== undefined && sameHash(hashToken(csrfToken(secret, token)), hashToken(said))
}

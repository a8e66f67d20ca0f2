import type { SaslAuthority, SaslExchange } from './exchange.ts'
import { MAX_NAME_BYTES, MAX_PASSWORD_BYTES } from './limits.ts'
import { turnOf } from './plain.ts'
import { decodeText } from './text.ts'

const ASK_NAME = new TextEncoder().encode('Username:')
const ASK_PASSWORD = new TextEncoder().encode('Password:')

/** Where a LOGIN exchange stands. */
type Phase =
  | { readonly at: 'fresh' }
  | { readonly at: 'name' }
  | { readonly at: 'password'; readonly user: string }
  | { readonly at: 'over' }

/**
 * The LOGIN mechanism of old clients: name and password, asked one by one. It was never standardised
 * (draft-murchison-sasl-login-00); an initial response is taken as the name, because clients send it so.
 */
export function loginExchange<Identity>(authority: SaslAuthority<Identity>): SaslExchange<Identity> {
  let phase: Phase = { at: 'fresh' }
  return {
    async step(response) {
      const now = phase
      phase = { at: 'over' }
      if (now.at === 'fresh' && response === null) {
        phase = { at: 'name' }
        return { kind: 'challenge', data: ASK_NAME }
      }
      if (now.at === 'over' || response === null) return { kind: 'fail', reason: 'malformed' }
      if (now.at === 'password') {
        const password = decodeText(response, MAX_PASSWORD_BYTES)
        if (password === null || password === '') return { kind: 'fail', reason: 'malformed' }
        return turnOf(await authority.checkPassword(now.user, password))
      }
      const user = decodeText(response, MAX_NAME_BYTES)
      if (user === null || user === '') return { kind: 'fail', reason: 'malformed' }
      phase = { at: 'password', user }
      return { kind: 'challenge', data: ASK_PASSWORD }
    },
  }
}

import type { AuthAnswer, SaslAuthority, SaslExchange, SaslTurn } from './exchange.ts'
import { MAX_MESSAGE_BYTES, MAX_NAME_BYTES, MAX_PASSWORD_BYTES } from './limits.ts'
import { decodeText } from './text.ts'

const EMPTY = new Uint8Array(0)

/** What a PLAIN message says. `as` is '' when the client names no other identity. */
export interface PlainMessage {
  readonly as: string
  readonly user: string
  readonly password: string
}

/** Parses `[authzid] NUL authcid NUL passwd`; null when it is not that. RFC 4616 §2. */
export function parsePlain(bytes: Uint8Array): PlainMessage | null {
  if (bytes.length > MAX_MESSAGE_BYTES) return null
  const first = bytes.indexOf(0)
  const second = first === -1 ? -1 : bytes.indexOf(0, first + 1)
  if (second === -1) return null
  const as = decodeText(bytes.subarray(0, first), MAX_NAME_BYTES)
  const user = decodeText(bytes.subarray(first + 1, second), MAX_NAME_BYTES)
  const password = decodeText(bytes.subarray(second + 1), MAX_PASSWORD_BYTES)
  if (as === null || user === null || password === null) return null
  return user === '' || password === '' ? null : { as, user, password }
}

/** The PLAIN mechanism: one message, with everything in it. Only to be offered where the line is private. RFC 4616. */
export function plainExchange<Identity>(authority: SaslAuthority<Identity>): SaslExchange<Identity> {
  let state: 'fresh' | 'asked' | 'over' = 'fresh'
  return {
    async step(response) {
      if (state === 'fresh' && response === null) {
        state = 'asked'
        return { kind: 'challenge', data: EMPTY }
      }
      const message = state === 'over' || response === null ? null : parsePlain(response)
      state = 'over'
      if (message === null) return { kind: 'fail', reason: 'malformed' }
      // Acting for another is not offered: the authorization identity may only repeat the name. RFC 4616 §2 (last paragraphs).
      if (message.as !== '' && message.as !== message.user) return { kind: 'fail', reason: 'credentials' }
      return turnOf(await authority.checkPassword(message.user, message.password))
    },
  }
}

/** The authority's answer as the last turn of an exchange that has no last word. */
export function turnOf<Identity>(answer: AuthAnswer<Identity>): SaslTurn<Identity> {
  return answer.kind === 'ok' ? { kind: 'done', identity: answer.identity, data: null } : answer
}

import { decodeBase64, decodeInitialResponse, encodeBase64 } from '../../sasl/base64.ts'
import { bad, command, no, type Tagged } from '../command.ts'
import { LOGIN_WITHIN_MS, MAX_SASL_LINE } from '../limits.ts'
import type { Scanner } from '../scanner.ts'
import type { Session } from '../session.ts'
import { turnAway, welcome } from './login.ts'

/** AUTHENTICATE, with an initial response. RFC 9051 §6.2.2, RFC 4959. */
export const authenticate = command({
  verb: 'AUTHENTICATE',
  when: 'greeted',
  news: 'none',
  parse: (s: Scanner) => {
    s.need(' ')
    const mechanism = s.word()
    return { mechanism, initial: s.skip(' ') ? s.take(/[A-Za-z0-9+/=]+/y, 'base64') : null }
  },
  async run(session, { mechanism, initial }): Promise<Tagged> {
    const exchange = session.door.startAuth(mechanism, session.client)
    if (exchange === null) return no('That mechanism is not offered here', session.mayLogin ? 'CANNOT' : 'PRIVACYREQUIRED')
    let response = initial === null ? null : decodeInitialResponse(initial)
    if (initial !== null && response === null) return bad('That is not base64')
    for (;;) {
      const step = await exchange.step(response)
      if (step.kind === 'done') return await welcome(session, step.identity)
      if (step.kind === 'fail') return turnAway(session, step.reason)
      const answer = await ask(session, step.data)
      if (answer === 'cancelled') return bad('Cancelled')
      if (answer === null) return bad('That is not base64')
      response = answer
    }
  },
})

/** Sends a challenge and reads the answer; null when it is not base64, or no answer came (the loop then sees the end itself). */
async function ask(session: Session, challenge: Uint8Array): Promise<Uint8Array | null | 'cancelled'> {
  session.out.text(`+ ${encodeBase64(challenge)}\r\n`)
  session.out.spill()
  const line = await session.wire.line(MAX_SASL_LINE, LOGIN_WITHIN_MS, session.signal)
  if (line.kind !== 'line') return null
  const text = Buffer.from(line.bytes).toString('latin1')
  return text === '*' ? 'cancelled' : decodeBase64(text)
}

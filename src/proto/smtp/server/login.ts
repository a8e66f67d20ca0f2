import { Buffer } from 'node:buffer'
import { decodeBase64, decodeInitialResponse, encodeBase64 } from '../../sasl/base64.ts'
import type { SaslExchange, SaslFailure } from '../../sasl/exchange.ts'
import { reply } from '../reply.ts'
import type { CommandOf } from './command.ts'
import { BARE_LINE_END } from './faults.ts'
import { offersAuth } from './hello.ts'
import { MAX_AUTH_BYTES, MAX_SASL_TURNS } from './limits.ts'
import { answer, type Greeted, misplaced, type Talk, type Turn } from './turn.ts'

/** AUTH, to its end: the challenges and their answers are no commands. RFC 4954 §4. */
export async function login(phase: Greeted, { mechanism, initial }: CommandOf<'AUTH'>, talk: Talk): Promise<Turn> {
  const { session } = phase
  if (session.flavour !== 'submission') return misplaced(phase, 502, '5.5.1', 'Log in on the submission port')
  if (session.identity !== null) return misplaced(phase, 503, '5.5.1', 'You are logged in already')
  if (!offersAuth(session)) return misplaced(phase, 538, '5.7.11', 'Passwords are not taken without TLS') // RFC 4954 §6.
  const exchange = talk.backend.startAuth(mechanism, session)
  if (exchange === null) return misplaced(phase, 504, '5.5.4', 'That mechanism is not offered here')
  const response = initial === null ? null : decodeInitialResponse(initial)
  if (initial !== null && response === null) return refused(phase, 'malformed')
  return await converse(phase, { exchange, mechanism, response }, talk)
}

interface Login {
  readonly exchange: SaslExchange<unknown>
  readonly mechanism: string
  /** The initial response; null when there was none. */
  readonly response: Uint8Array | null
}

async function converse(phase: Greeted, { exchange, mechanism, response: first }: Login, talk: Talk): Promise<Turn> {
  const { wire, config, signal } = talk
  let response = first
  for (let turns = 0; turns < MAX_SASL_TURNS; turns++) {
    const turn = await exchange.step(response)
    if (turn.kind === 'fail') return refused(phase, turn.reason)
    if (turn.kind === 'done') {
      const session = { ...phase.session, identity: turn.identity, mechanism }
      return answer({ at: 'greeted', session }, reply(235, '2.7.0', 'Logged in'))
    }
    wire.write(`334 ${encodeBase64(turn.data)}\r\n`)
    const line = await wire.line(MAX_AUTH_BYTES, config.commandMs, signal)
    switch (line.kind) {
      case 'too-long':
        return misplaced(phase, 500, '5.5.6', 'The answer is too long') // RFC 4954 §6.
      case 'aborted':
        return { phase, replies: [reply(421, '4.3.2', 'Shutting down, come back soon')], bye: 'drained' }
      case 'timeout':
        return { phase, replies: [reply(421, '4.4.2', 'You were silent for too long')], bye: 'timeout' }
      case 'end':
        return { phase, replies: [], bye: 'left' }
    }
    if (line.ending === 'lf' && config.bareLf === 'reject') return { phase, replies: [BARE_LINE_END], bye: 'bare-line-end' }
    const text = Buffer.from(line.bytes).toString('latin1')
    // RFC 4954 §4. Counted: asking for challenges and never answering them makes us look names up for nothing.
    if (text === '*') return misplaced(phase, 501, '5.7.0', 'Cancelled')
    response = decodeBase64(text)
    if (response === null) return refused(phase, 'malformed')
  }
  return refused(phase, 'malformed')
}

/** RFC 4954 §6: what is wrong with the login is 5yz, what is wrong with us is 454. */
function refused(phase: Greeted, reason: SaslFailure): Turn {
  switch (reason) {
    case 'credentials':
      return { phase, replies: [reply(535, '5.7.8', 'Wrong name or password')], strike: 'login' }
    case 'disabled':
      return { phase, replies: [reply(535, '5.7.13', 'This account may not send mail here')], strike: 'login' }
    case 'throttled':
      return { phase, replies: [reply(454, '4.7.0', 'Too many failures, try again later')], strike: 'login' }
    case 'temporary':
      return answer(phase, reply(454, '4.7.0', 'The login cannot be checked now, try again later'))
    case 'malformed':
      return misplaced(phase, 501, '5.5.2', 'The login is malformed')
  }
}

import { decodeBase64, decodeInitialResponse, encodeBase64 } from '../sasl/base64.ts'
import type { AuthAnswer, SaslFailure } from '../sasl/exchange.ts'
import { offeredMechanisms, startSasl } from '../sasl/mechanisms.ts'
import type { CommandOf } from './command.ts'
import { MAX_AUTH_BYTES, MAX_SASL_TURNS, STALLED_MS } from './limits.ts'
import type { Authorization, Talk, Turn } from './turn.ts'

/** The state before anything was said. */
export const FRESH: Authorization = { at: 'authorization', user: null }

const NEEDS_TLS = '-ERR Use STLS first: passwords are not taken without TLS'

/** The commands that only the AUTHORIZATION state has. RFC 1939 §4, §7, RFC 2595 §4, RFC 5034 §4. */
export async function authorize<Identity>(
  phase: Authorization,
  command: CommandOf<'USER' | 'PASS' | 'AUTH' | 'STLS'>,
  talk: Talk<Identity>,
): Promise<Turn> {
  const { wire, backend, config } = talk
  const offered = offeredMechanisms(wire.tls, config.plainPasswords)
  switch (command.verb) {
    case 'STLS':
      return await startTls(phase, talk)
    case 'USER':
      if (offered.length === 0) return { phase: FRESH, reply: NEEDS_TLS }
      return { phase: { at: 'authorization', user: command.name }, reply: '+OK Now the password' }
    case 'PASS':
      if (phase.user === null) return { phase, reply: '-ERR USER first', strike: 'command' }
      return await admit(await backend.authority.checkPassword(phase.user, command.password), talk)
    default:
      if (command.mechanism === null) return { phase, reply: '+OK Mechanisms follow', lines: offered }
      return await exchange(phase, command.mechanism, command.initial, talk)
  }
}

/** RFC 2595 §4: what was received in the clear is thrown away, and what was said there is forgotten. */
async function startTls<Identity>(phase: Authorization, { wire, config }: Talk<Identity>): Promise<Turn> {
  if (wire.tls !== null) return { phase, reply: '-ERR TLS is on already', strike: 'command' }
  if (config.stls === 'none') return { phase, reply: '-ERR TLS is not available here', strike: 'command' }
  wire.write('+OK Begin TLS\r\n')
  const tls = await wire.startTls(STALLED_MS)
  return tls === null ? { phase: FRESH, bye: true } : { phase: FRESH }
}

/** One SASL exchange, to its end. RFC 5034 §4. */
async function exchange<Identity>(phase: Authorization, mechanism: string, initial: string | null, talk: Talk<Identity>): Promise<Turn> {
  const { wire, backend, config, signal } = talk
  const offered = offeredMechanisms(wire.tls, config.plainPasswords)
  const sasl = startSasl(mechanism, { authority: backend.authority, offered, tls: wire.tls, serverNonce: () => backend.serverNonce() })
  if (sasl === null) return { phase: FRESH, reply: offered.length === 0 ? NEEDS_TLS : '-ERR Unknown mechanism', strike: 'command' }
  let response = initial === null ? null : decodeInitialResponse(initial)
  if (initial !== null && response === null) return refused('malformed')
  for (let i = 0; i < MAX_SASL_TURNS; i++) {
    const turn = await sasl.step(response)
    if (turn.kind === 'done') return await admit({ kind: 'ok', identity: turn.identity }, talk)
    if (turn.kind === 'fail') return refused(turn.reason)
    wire.write(`+ ${encodeBase64(turn.data)}\r\n`)
    const line = await wire.line(MAX_AUTH_BYTES, config.autologoutMs, signal)
    if (line.kind === 'too-long') return refused('malformed')
    if (line.kind !== 'line') return { phase, bye: true }
    const text = Buffer.from(line.bytes).toString('latin1')
    // Counted: asking for challenges and never answering them makes us look names up for nothing.
    if (text === '*') return { phase: FRESH, reply: '-ERR Cancelled', strike: 'command' }
    response = decodeBase64(text)
    if (response === null) return refused('malformed')
  }
  return refused('malformed')
}

/** Who it is has been settled: now the maildrop, for this session alone. RFC 1939 §4. */
async function admit<Identity>(answer: AuthAnswer<Identity>, { backend, signal }: Talk<Identity>): Promise<Turn> {
  if (answer.kind === 'fail') return refused(answer.reason)
  const opened = await backend.open(answer.identity, signal)
  switch (opened.kind) {
    case 'opened': {
      const { mailbox } = opened
      return { phase: { at: 'transaction', mailbox, deleted: new Set() }, reply: `+OK ${mailbox.messages.length} messages` }
    }
    case 'in-use':
      return { phase: FRESH, reply: '-ERR [IN-USE] Another session has this mailbox open' }
    case 'too-soon':
      return { phase: FRESH, reply: '-ERR [LOGIN-DELAY] Too soon after the last login' }
    default:
      return { phase: FRESH, reply: '-ERR [SYS/PERM] This account cannot be read by POP3' }
  }
}

/** A login that failed, in the codes of RFC 3206 §4 and §5. */
function refused(reason: SaslFailure): Turn {
  switch (reason) {
    case 'credentials':
      return { phase: FRESH, reply: '-ERR [AUTH] Wrong name or password', strike: 'login' }
    case 'disabled':
      return { phase: FRESH, reply: '-ERR [AUTH] This account may not log in here', strike: 'login' }
    case 'throttled':
      return { phase: FRESH, reply: '-ERR [SYS/TEMP] Too many failures, try again later', strike: 'login' }
    case 'temporary':
      return { phase: FRESH, reply: '-ERR [SYS/TEMP] Cannot check the login now, try again later' }
    default:
      return { phase: FRESH, reply: '-ERR Malformed authentication', strike: 'command' }
  }
}

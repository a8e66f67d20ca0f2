import { unreachable } from '../../../base/unreachable.ts'
import type { Line, Wire } from '../../../base/wire.ts'
import { formatReply, reply } from '../reply.ts'
import { mail, rcpt } from './addressing.ts'
import type { Flavour, Session, SmtpBackend } from './backend.ts'
import { type Command, parseCommand } from './command.ts'
import type { SmtpConfig } from './config.ts'
import { etrn } from './etrn.ts'
import { BARE_LINE_END, ourFault } from './faults.ts'
import { hello, startTls } from './hello.ts'
import { MAX_AUTH_BYTES, MAX_COMMAND_BYTES, MAX_FAILED_LOGINS, MAX_REFUSED_RECIPIENTS } from './limits.ts'
import { login } from './login.ts'
import { bdat, data } from './message.ts'
import { answer, misplaced, type Phase, type Talk, type Tally, type Turn } from './turn.ts'

const CR = 13

/**
 * Serves one SMTP or LMTP connection until QUIT, the peer leaves or is silent for too long, or `signal` aborts; then the
 * session ends at the next command with 421, and a message under way is completed. RFC 5321, RFC 2033.
 *
 * Never throws for what a peer sends; what the backend throws is 451 or 452 to the peer, and the session goes on.
 */
export async function serveSmtp(
  wire: Wire,
  flavour: Flavour,
  backend: SmtpBackend,
  config: SmtpConfig,
  signal: AbortSignal,
): Promise<void> {
  const patience = { withinMs: config.dataMs, signal }
  const session: Session = { peer: wire.peer, flavour, tls: wire.tls, hello: null, client: null, identity: null, mechanism: null, spokeFirst: false }
  const tally: Tally = { mails: 0, messages: 0, errors: 0, logins: 0, refusedRecipients: 0 }
  const talk: Talk = { wire, flavour, backend, config, signal, patience, tally }
  let turn: Turn = { phase: { at: 'connected', session }, replies: [], bye: 'failed' }
  try {
    turn = await welcome(session, talk)
    say(turn, wire)
    while (turn.bye === undefined) {
      const line = await wire.line(flavour === 'submission' ? MAX_AUTH_BYTES : MAX_COMMAND_BYTES, config.commandMs, signal)
      turn = limited(await heard(turn.phase, line, talk), tally, config)
      say(turn, wire)
    }
  } finally {
    if (turn.phase.at === 'chunks') await turn.phase.content.abort()
    wire.end()
    report(turn, talk)
  }
}

/** Tells the backend that it is over; what it throws then must not look like the session's failure. */
function report({ phase, bye, inMessage }: Turn, { backend, config, tally }: Talk): void {
  const { logins: _, ...counted } = tally
  try {
    backend.ended({ session: phase.session, how: bye ?? 'failed', inMessage: inMessage === true || phase.at === 'chunks', ...counted })
  } catch (error) {
    config.onError(error, 'ended')
  }
}

/** The banner, or the backend's refusal in its place. RFC 5321 §3.1. */
async function welcome(session: Session, { wire, backend, config, signal }: Talk): Promise<Turn> {
  const phase: Phase = { at: 'connected', session }
  try {
    const given = await backend.connect(session, signal)
    if (given.kind === 'refused') return { ...answer(phase, given.reply), bye: 'closed' }
    return answer({ at: 'connected', session: { ...session, spokeFirst: wire.waiting > 0 } }, given.reply ?? reply(220, null, `${config.hostname} ${config.banner}`))
  } catch (error) {
    config.onError(error, 'connect')
    return { ...answer(phase, reply(421, '4.3.0', 'Something of ours does not answer, try again later')), bye: 'failed' }
  }
}

/** What was heard instead of or as a command. */
async function heard(phase: Phase, line: Line, talk: Talk): Promise<Turn> {
  switch (line.kind) {
    case 'end':
      return { phase, replies: [], bye: 'left' }
    case 'timeout':
      return { ...answer(phase, reply(421, '4.4.2', 'You were silent for too long')), bye: 'timeout' } // RFC 5321 §3.8.
    case 'too-long':
      return misplaced(phase, 500, '5.5.2', 'Line too long')
    case 'aborted':
      return { ...answer(phase, reply(421, '4.3.2', 'Shutting down, come back soon')), bye: 'drained' }
    case 'line':
      // A peer that pipelines without end would otherwise not let us stop.
      if (talk.signal.aborted) return await heard(phase, { kind: 'aborted' }, talk)
      if (isBare(line, talk.config)) return { ...answer(phase, BARE_LINE_END), bye: 'bare-line-end' }
      return await understood(phase, line.bytes, talk)
  }
}

/** RFC 5321 §2.3.8: nothing but CRLF ends a command, and CR does not stand in it. */
function isBare({ bytes, ending }: Extract<Line, { kind: 'line' }>, { bareLf }: SmtpConfig): boolean {
  return (ending === 'lf' && bareLf === 'reject') || bytes.includes(CR)
}

/** One line in, one turn out; what the backend throws becomes a reply. */
async function understood(phase: Phase, line: Uint8Array, talk: Talk): Promise<Turn> {
  const parsed = parseCommand(line, talk.config.strictness)
  if (!parsed.ok) {
    const refused: Turn = { ...answer(phase, parsed.error.reply), strike: 'error' }
    return parsed.error.fatal ? { ...refused, bye: 'errors' } : refused
  }
  const command = parsed.value
  try {
    return await step(phase, command, talk)
  } catch (error) {
    talk.config.onError(error, command.verb)
    return answer(phase, ourFault(error))
  }
}

/** Every command in every phase: the order of RFC 5321 §4.1.4 is in this switch and nowhere else. */
async function step(phase: Phase, command: Command, talk: Talk): Promise<Turn> {
  const { verb } = command
  switch (verb) {
    case 'EHLO':
    case 'HELO':
    case 'LHLO':
      return await hello(phase, command, talk)
    case 'STARTTLS':
      return await startTls(phase, talk)
    case 'QUIT':
      return { ...answer(phase, reply(221, '2.0.0', 'Bye')), bye: 'quit' }
    case 'RSET':
      if (phase.at === 'chunks') await phase.content.abort()
      return answer(phase.at === 'connected' ? phase : { at: 'greeted', session: phase.session }, reply(250, '2.0.0', 'Ok'))
    case 'NOOP':
      return answer(phase, reply(250, '2.0.0', 'Ok'))
    case 'HELP':
      return answer(phase, reply(214, '2.0.0', 'See RFC 5321'))
    case 'BDAT':
      return await bdat(phase, command, talk)
    case 'VRFY': // §7.3: neither tells who is here.
      return answer(phase, reply(252, '2.0.0', 'Send a message, and we will see'))
    case 'EXPN':
      return misplaced(phase, 502, '5.5.1', 'EXPN is not available')
    case 'AUTH':
      if (phase.at === 'connected') return misplaced(phase, 503, '5.5.1', 'EHLO first')
      return phase.at === 'greeted' ? await login(phase, command, talk) : misplaced(phase, 503, '5.5.1', 'Not within a transaction')
    case 'ETRN':
      return needsTls(phase.session, talk.config) ? answer(phase, NEEDS_TLS) : await etrn(phase, command, talk)
    case 'MAIL':
      if (needsTls(phase.session, talk.config)) return answer(phase, NEEDS_TLS)
      if (phase.at === 'connected') return misplaced(phase, 503, '5.5.1', 'EHLO first')
      return phase.at === 'greeted' ? await mail(phase, command, talk) : misplaced(phase, 503, '5.5.1', 'One transaction at a time')
    case 'RCPT':
      return phase.at === 'mail' ? await rcpt(phase, command, talk) : misplaced(phase, 503, '5.5.1', 'MAIL first')
    case 'DATA':
      return phase.at === 'mail' ? await data(phase, talk) : misplaced(phase, 503, '5.5.1', 'MAIL and RCPT first')
    default:
      return unreachable(verb)
  }
}

const NEEDS_TLS = reply(530, '5.7.0', 'Say STARTTLS first') // RFC 3207 §4.

function needsTls(session: Session, config: SmtpConfig): boolean {
  return session.tls === null && config.withoutTls === 'refuse'
}

/** Counts a turn, and ends the session when a peer does nothing right. */
function limited(turn: Turn, tally: Tally, config: SmtpConfig): Turn {
  if (turn.counts === 'mail') tally.mails += 1
  if (turn.counts === 'message') tally.messages += 1
  if (turn.strike === 'error') tally.errors += 1
  if (turn.strike === 'login') tally.logins += 1
  if (turn.strike === 'recipient') tally.refusedRecipients += 1
  if (turn.bye !== undefined) return turn
  const tooMany = tally.errors >= config.maxErrors || tally.logins >= MAX_FAILED_LOGINS || tally.refusedRecipients >= MAX_REFUSED_RECIPIENTS
  if (!tooMany) return turn
  return { phase: turn.phase, replies: [...turn.replies, reply(421, '4.7.0', 'Too many errors')], bye: 'errors' }
}

/** Queues the replies; the wire sends those of a pipelined group together. */
function say({ replies }: Turn, wire: Wire): void {
  for (const each of replies) wire.write(formatReply(each))
}

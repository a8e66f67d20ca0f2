import { type Reply, reply } from '../reply.ts'
import type { Session } from './backend.ts'
import type { CommandOf } from './command.ts'
import { TOO_LARGE } from './faults.ts'
import { unknownParam } from './params.ts'
import { type Addressing, answer, type Greeted, misplaced, type OpenTransaction, type Talk, type Turn } from './turn.ts'

const MAIL_OK = reply(250, '2.1.0', 'Sender ok')
const RCPT_OK = reply(250, '2.1.5', 'Recipient ok')
const TOO_MANY_MAILS = reply(421, '4.5.3', 'Too many messages in one connection, open another')
const TOO_MANY_RECIPIENTS = reply(452, '4.5.3', 'Too many recipients, send the rest separately')
const NEEDS_UTF8 = reply(553, '5.6.7', 'An address that is not ASCII needs SMTPUTF8')

/** MAIL: opens a transaction. RFC 5321 §4.1.1.2. */
export async function mail(phase: Greeted, command: CommandOf<'MAIL'>, talk: Talk): Promise<Turn> {
  const { sender } = command
  const { session } = phase
  const { backend, config, flavour, signal, tally } = talk
  if (tally.mails >= config.maxMails) return { ...answer(phase, TOO_MANY_MAILS), bye: 'too-many-mails' } // RFC 9422 §4.1.
  if (flavour === 'submission' && session.identity === null) return answer(phase, reply(530, '5.7.0', 'Log in first')) // RFC 4954 §6.
  const refusal = refusedParam(command, session, talk)
  if (refusal !== null) return answer(phase, refusal)
  const given = await backend.mail(sender, session, signal)
  if (given.kind === 'refused') return given.close ? { ...answer(phase, given.reply), bye: 'closed' } : answer(phase, given.reply)
  const protocol = withProtocol(session, sender.smtpUtf8)
  const transaction: OpenTransaction = { session, protocol, sender, mail: given.value, recipients: [] }
  return { phase: { at: 'mail', session, transaction }, replies: [given.reply ?? MAIL_OK], counts: 'mail' }
}

/** A parameter that this listener does not take now; one that was not announced is unknown (RFC 5321 §4.1.1.11). */
function refusedParam({ sender, utf8 }: CommandOf<'MAIL'>, session: Session, { flavour, config }: Talk): Reply | null {
  if (sender.requireTls && session.tls === null) return unknownParam('REQUIRETLS')
  if (sender.auth !== null && flavour !== 'submission') return unknownParam('AUTH')
  if (sender.hold !== null) {
    if (flavour !== 'submission' || config.maxHoldSeconds === null) return unknownParam('FUTURERELEASE')
    const { hold } = sender
    const seconds = hold.kind === 'for' ? hold.seconds : (hold.atMs - config.clock.nowMs()) / 1000
    if (seconds > config.maxHoldSeconds) return reply(501, '5.5.4', `A message is held for at most ${config.maxHoldSeconds} seconds`)
  }
  if (utf8 && !sender.smtpUtf8) return NEEDS_UTF8 // RFC 6531 §3.5.
  return sender.size !== null && sender.size > config.maxMessageBytes ? TOO_LARGE : null // RFC 1870 §6.1.
}

/** RCPT: asks for one more recipient. RFC 5321 §4.1.1.3. */
export async function rcpt(phase: Addressing, { recipient, utf8 }: CommandOf<'RCPT'>, { backend, config, signal }: Talk): Promise<Turn> {
  const { transaction } = phase
  if (utf8 && !transaction.sender.smtpUtf8) return misplaced(phase, NEEDS_UTF8.code, '5.6.7', NEEDS_UTF8.text)
  // §4.5.3.1.10: 452, and those accepted stay; the client sends the others in another transaction.
  if (transaction.recipients.length >= config.maxRecipients) return answer(phase, TOO_MANY_RECIPIENTS)
  const given = await backend.rcpt(recipient, transaction, signal)
  if (given.kind === 'refused') {
    const refused = answer(phase, given.reply)
    // Who is asked to come back (greylisting, a full mailbox) has named nobody wrong.
    const turn: Turn = given.reply.code < 500 ? refused : { ...refused, strike: 'recipient' }
    return given.close ? { ...turn, bye: 'closed' } : turn
  }
  transaction.recipients.push({ recipient, rcpt: given.value })
  return answer(phase, given.reply ?? RCPT_OK)
}

/** The `with` keyword: RFC 3848, and RFC 6531 §4.3 when the transaction uses SMTPUTF8. */
function withProtocol({ hello, tls, identity }: Session, smtpUtf8: boolean): string {
  if (hello === 'HELO') return 'SMTP'
  const base = hello === 'LHLO' ? 'LMTP' : 'ESMTP'
  const secured = `${tls === null ? '' : 'S'}${identity === null ? '' : 'A'}`
  return smtpUtf8 ? `UTF8${base.replace('E', '')}${secured}` : `${base}${secured}`
}

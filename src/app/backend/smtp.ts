import type { Domain } from '../../base/brand.ts'
import type { Log } from '../../base/log.ts'
import type { Access } from '../../core/access/access.ts'
import type { Identity } from '../../core/access/identity.ts'
import { foreignReply, maySendAs } from '../../core/inbound/identity.ts'
import type { ConnectionInspection, Stop } from '../../core/inbound/inspect/inspection.ts'
import { passingOn } from '../../core/inbound/pass-on.ts'
import { receiveWhole, type Received, type ReceiveOptions } from '../../core/inbound/receive.ts'
import { StreamedMessage } from '../../core/inbound/receive-stream.ts'
import { decideRecipient, isResponsible, type RecipientRules } from '../../core/inbound/recipient.ts'
import { MAX_BROUGHT_BYTES, type ReturnedOptions, type ReturnTo, returnTo, takeReturned, TOO_LONG_TO_RETURN } from '../../core/inbound/returned.ts'
import type { AcceptedRecipient, Session as Came, Transaction as Accepted } from '../../core/inbound/session.ts'
import type { RouteStore } from '../../core/route/route.ts'
import { isSuspended } from '../../core/route/suspended.ts'
import { offeredMechanisms } from '../../proto/sasl/mechanisms.ts'
import type { Recipient, Sender } from '../../proto/smtp/envelope.ts'
import { type Reply, reply } from '../../proto/smtp/reply.ts'
import type { Answer, EtrnService, Outcome, Session, SessionEnd, SmtpBackend, Transaction } from '../../proto/smtp/server/backend.ts'
import { NO_ROOM } from '../../proto/smtp/server/faults.ts'
import { boundedSink } from './bounded-sink.ts'
import { saslExchange } from './sasl.ts'
import { stopSending, type SubmissionHouse } from './sending.ts'

/** What an SMTP, submission or LMTP session of the house is made of; one for each worker. */
export interface SmtpHouse {
  readonly receive: ReceiveOptions
  readonly access: Access
  /** False while the disk is nearly full: no new mail then. */
  readonly hasRoom: () => boolean
  /** Where `<postmaster>` without a domain leads. */
  readonly postmasterDomain: () => Promise<Domain | null>
  readonly etrn: EtrnService<Identity>
  readonly forwardedFrom: (local: string) => string | null
  readonly callout: RecipientRules['callout']
  readonly returned: ReturnedOptions
  /** The checks of a connection; null where nobody is checked. */
  readonly inspect: (session: Session<Identity>) => Promise<ConnectionInspection | null>
  /** How much accounts may submit. */
  readonly submission: SubmissionHouse
  /** Called as each session ends: for counters. */
  readonly ended: (end: SessionEnd<Identity>) => void
  readonly log: Log
}

type Mine = Transaction<Identity, null, Rcpt>

/** A recipient of mail, or an address that takes reports on ours. A transaction has one kind only. */
type Rcpt = AcceptedRecipient | ReturnTo

/** The house, as one SMTP connection sees it. */
export function smtpBackend(house: SmtpHouse): SmtpBackend<Identity, null, Rcpt> {
  const { receive, access } = house
  let inspection: ConnectionInspection | null = null
  return {
    async connect(session, signal) {
      inspection = await house.inspect(session)
      return orStop((await inspection?.connect(signal)) ?? null)
    },
    mechanisms: (session) => offeredMechanisms(session.tls, 'refuse'), // SMTP AUTH needs TLS everywhere, the demo too.
    startAuth: (mechanism, session) => saslExchange(mechanism, access.authority({ address: session.peer.address, protocol: 'submission' }), session.tls, 'refuse'),
    async mail(sender, session) {
      if (!house.hasRoom()) return { kind: 'refused', reply: NO_ROOM }
      if (session.identity !== null && sender.from !== null && !(await maySendAs(receive.routes, session.identity, sender.from.text))) {
        return { kind: 'refused', reply: await foreignReply(receive.routes, session.identity, sender.from.text) }
      }
      const stop = await stopSending(house.submission, session.identity, 0)
      if (stop !== null) return { kind: 'refused', reply: stop }
      return inspection === null ? ACCEPTED : orStop(await inspection.mail(cameBy(session), sender))
    },
    async rcpt(recipient, { session, sender, recipients }): Promise<Answer<Rcpt>> {
      const returns = returnTo(recipient.to, house.returned)
      if (returns !== null && 'code' in returns) return { kind: 'refused', reply: returns }
      if (recipients.some(({ rcpt }) => isReturn(rcpt) !== (returns !== null))) return { kind: 'refused', reply: ONE_KIND }
      if (returns !== null) return (sender.size ?? 0) > MAX_BROUGHT_BYTES ? { kind: 'refused', reply: TOO_LONG_TO_RETURN } : { kind: 'accepted', value: returns }
      const answer = await decideRecipient(receive.routes, rulesFor(house, sender), recipient, session.identity, sender.size)
      if (answer.kind === 'refused') return answer.reply.code >= 500 ? refusedOr(answer.reply, (await inspection?.unknownRecipient(typeof recipient.to === 'string' ? null : recipient.to.text)) ?? null) : answer
      const wait = (await stopSending(house.submission, session.identity, recipients.length + 1)) ?? (await suspension(receive.routes, recipient.to))
      if (wait !== null) return { kind: 'refused', reply: wait }
      const stop = inspection === null ? null : await inspection.recipient(answer.recipient)
      return stop === null ? { kind: 'accepted', value: answer.recipient } : { kind: 'refused', ...stop }
    },
    async deliver(transaction, bytes) {
      const returns = returnsOf(transaction)
      if (returns.length > 0) return await returned(house, inspection, transaction, bytes.length > MAX_BROUGHT_BYTES ? null : bytes)
      const stop = await stopSending(house.submission, transaction.session.identity, transaction.recipients.length)
      if (stop !== null) return { kind: 'all', reply: stop }
      const accepted = acceptedOf(transaction)
      return outcomeOf(house, transaction, await receiveWhole(receive, accepted, bytes, inspection?.message(accepted) ?? null))
    },
    async open(transaction) {
      const returns = returnsOf(transaction)
      if (returns.length > 0) return boundedSink(MAX_BROUGHT_BYTES, (bytes) => returned(house, inspection, transaction, bytes))
      const stop = await stopSending(house.submission, transaction.session.identity, transaction.recipients.length)
      if (stop !== null) return boundedSink(0, async () => ({ kind: 'all', reply: stop }))
      const accepted = acceptedOf(transaction)
      const message = await StreamedMessage.open(receive, accepted, inspection?.message(accepted) ?? null)
      return {
        write: (bytes) => message.write(bytes),
        finish: async () => outcomeOf(house, transaction, await message.finish()),
        abort: () => message.abort(),
      }
    },
    ended(end) {
      inspection?.ended()
      house.ended(end)
    },
    etrn: house.etrn,
  }
}

/** What we forwarded comes back from nobody: an address that it went under is no way to write to its sender. */
function rulesFor(house: SmtpHouse, { from }: Sender): RecipientRules {
  return from === null ? house : { ...house, forwardedFrom: () => null }
}

function isReturn(rcpt: Rcpt): rcpt is ReturnTo {
  return 'returns' in rcpt
}

function returnsOf({ recipients }: Mine): readonly ReturnTo[] {
  return recipients.flatMap(({ rcpt }) => (isReturn(rcpt) ? [rcpt] : []))
}

/** RFC 5321 §4.5.3.1.10: the client sends the message again to those that got this answer. */
const ONE_KIND = reply(452, '4.5.3', 'Reports on mail and mail itself go in transactions of their own')

async function returned(house: SmtpHouse, inspection: ConnectionInspection | null, transaction: Mine, bytes: Uint8Array | null): Promise<Outcome> {
  if (bytes === null) return { kind: 'all', reply: TOO_LONG_TO_RETURN }
  const { session, sender } = transaction
  const passOn = passingOn({ receive: house.receive, rules: house, session: cameBy(session), sender, inspect: (answer) => inspection?.message(answer) ?? null })
  return { kind: 'all', reply: await takeReturned(house.returned, returnsOf(transaction), { peer: session.peer.address, bytes, passOn }) }
}

const ACCEPTED = { kind: 'accepted', value: null } as const

function orStop(stop: Stop | null): Answer<null> {
  return stop === null ? ACCEPTED : { kind: 'refused', ...stop }
}

/** The refusal of a recipient, unless the peer has named too many of them. */
function refusedOr(refusal: Reply, stop: Stop | null): Answer<never> {
  return { kind: 'refused', ...(stop ?? { reply: refusal }) }
}

/**
 * What the senders to a suspended domain, and to one without mail, are told, else null. They are to try again: nothing may be lost while its owner mends what was
 * wrong. `postmaster` and `abuse` are taken all the same (RFC 5321 §4.5.1).
 */
async function suspension(routes: RouteStore, to: Recipient['to']): Promise<Reply | null> {
  // RFC 7505 §4.1: whoever has not asked for its MX hears what that would have said, for every address.
  if (to !== 'postmaster' && to.domain !== null && (await routes.rules(to.domain))?.state === 'parked') return reply(556, '5.1.10', `${to.domain} has no mail`)
  if (to === 'postmaster' || to.domain === null || isResponsible(to) || !(await isSuspended(routes, to.domain))) return null
  return reply(450, '4.2.1', `Mail to ${to.domain} has to wait: the domain is suspended`)
}

function acceptedOf({ session, sender, recipients }: Mine): Accepted {
  return {
    session: cameBy(session),
    sender,
    recipients: recipients.flatMap(({ rcpt }) => (isReturn(rcpt) ? [] : [rcpt])),
  }
}

function cameBy(session: Session<Identity>): Came {
  const came = { peer: session.peer, protocol: protocolOf(session), helo: session.client ?? '', tls: session.tls, login: session.identity }
  return session.spokeFirst ? { ...came, spokeFirst: true } : came
}

function protocolOf({ hello }: Session<Identity>): 'smtp' | 'esmtp' | 'lmtp' {
  if (hello === 'LHLO') return 'lmtp'
  return hello === 'HELO' ? 'smtp' : 'esmtp'
}

/** SMTP has one answer for all: yes when one recipient has it, since the others must not bounce; else what the first one heard. */
function outcomeOf({ submission: { gate, clock } }: SmtpHouse, { session, recipients }: Mine, replies: Received): Outcome {
  if (session.identity !== null && replies.some(({ code }) => code < 400)) gate.sent(session.identity, recipients.length, clock.nowMs())
  if (session.flavour === 'lmtp') return { kind: 'each', replies }
  const [first] = replies
  if (first === undefined) throw new Error('a message without recipients')
  return { kind: 'all', reply: replies.find(({ code }) => code < 400) ?? first }
}

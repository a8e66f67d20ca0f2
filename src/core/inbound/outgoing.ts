import type { AccountId, DeliveryId, Domain, MailboxId } from '../../base/brand.ts'
import { makeId } from '../../base/ids.ts'
import { domainPart } from '../../proto/mail/address.ts'
import { srsForward } from '../../proto/srs/srs.ts'
import type { Notify, Sender } from '../../proto/smtp/envelope.ts'
import { feedbackFields } from '../bounce/feedback-fields.ts'
import { returnPathOf } from '../bounce/return-path.ts'
import { isBroadcast } from '../organization/stream/name.ts'
import { type DeliveryView, LOCAL_LANE, type NewDelivery, REPORT_PRIORITY } from '../queue/delivery.ts'
import { BACKUP_STREAM, nextAlarmMs, patienceOf } from '../queue/patience.ts'
import type { House } from './accept.ts'
import type { HeldCopies } from './inspect/inspected.ts'
import type { AcceptedRecipient, Session } from './session.ts'
import { type HeaderWishes, isOfProgram, type SubmittedStream } from './stream.ts'

/** When deliveries may go: RFC 4865 lets a submission wait. */
export function releaseMs(sender: Sender, nowMs: number): number {
  if (sender.hold === null) return nowMs
  return sender.hold.kind === 'for' ? nowMs + sender.hold.seconds * 1000 : Math.max(nowMs, sender.hold.atMs)
}

/** What the deliveries of one transaction have in common. */
export interface Outgoing {
  readonly house: House
  readonly session: Session
  readonly sender: Sender
  readonly wishes: HeaderWishes
  /** How the received bytes are shown to the next hop. */
  readonly view: DeliveryView
  /** Copies made later that do not go to the inbox: to this mailbox, or to none (null). */
  readonly apart: ReadonlyMap<AccountId, MailboxId | null>
  /** What waits until an operator has looked; null for nothing. */
  readonly held: HeldCopies | null
  /** The domain of return paths of programs' mail. */
  readonly returns: string
  readonly nowMs: number
  /** When they are due. */
  readonly atMs: number
}

/** A delivery for each address elsewhere that a recipient leads to, each address once. */
export function remoteDeliveries(recipients: readonly AcceptedRecipient[], outgoing: Outgoing): readonly NewDelivery[] {
  const seen = new Set<string>()
  const deliveries: NewDelivery[] = []
  for (const recipient of recipients) {
    for (const address of recipient.elsewhere) {
      if (seen.has(address)) continue
      seen.add(address)
      deliveries.push(delivery(recipient, address, 'remote', outgoing))
    }
  }
  return deliveries
}

/** A delivery with a local route for each recipient with a mailbox or a program here: for mail of programs, that is held, or that is too much for one write. */
export function localDeliveries(recipients: readonly AcceptedRecipient[], outgoing: Outgoing): readonly NewDelivery[] {
  const nowhere = [...outgoing.apart].filter(([, junk]) => junk === null)
  return recipients.filter(({ receivers, hooks = [] }) => receivers.length > 0 || hooks.length > 0).map((recipient) => {
    const junked = recipient.receivers.flatMap(({ account }) => (outgoing.apart.has(account) ? [[account, outgoing.apart.get(account) ?? null] as const] : []))
    const apart = [...junked, ...nowhere].map(([account, junk]) => ({ account, junk }))
    return delivery(recipient, recipient.address, 'local', apart.length === 0 ? outgoing : { ...outgoing, view: { ...outgoing.view, apart } })
  })
}

/** What a stream is to the queue. */
export function queuedAs(stream: SubmittedStream): Pick<NewDelivery, 'priority' | 'stream'> {
  if (isBroadcast(stream)) return { priority: 2, stream }
  return { priority: stream === 'transactional' ? 0 : 1, stream }
}

const REPORT = { priority: REPORT_PRIORITY, stream: 'report' } as const

/** Without a return path it is a report, or the answer of a program: nobody waits for it. */
function kindOf({ spoolMs }: AcceptedRecipient, { sender, wishes }: Outgoing): Pick<NewDelivery, 'priority' | 'stream'> {
  if (spoolMs !== undefined) return { priority: 1, stream: BACKUP_STREAM }
  return sender.from === null ? REPORT : queuedAs(wishes.stream)
}

function delivery(recipient: AcceptedRecipient, address: string, route: NewDelivery['route'], outgoing: Outgoing): NewDelivery {
  const { session, sender, wishes, nowMs, atMs } = outgoing
  const id = makeId('q', nowMs) as DeliveryId
  const isProgram = isOfProgram(wishes.stream)
  const from = route === 'remote' || isProgram ? senderOf(id, recipient, outgoing) : (sender.from?.text ?? '')
  return plannedDelivery({
    id,
    // What a program sends is its organization's, whoever gets it: whom it may not write to, and what became of it.
    organization: (isProgram ? session.login?.organization : undefined) ?? recipient.organization,
    account: session.login?.account ?? null,
    sender: from,
    recipient: address,
    route,
    ...kindOf(recipient, outgoing),
    spoolMs: recipient.spoolMs ?? null,
    ...stateOf(route, outgoing),
    atMs,
    wishes: {
      ret: sender.ret,
      envid: sender.envid,
      notify: notifyList(recipient.recipient.notify),
      orcpt: originalRecipient(recipient),
      body: sender.body,
      smtputf8: sender.smtpUtf8,
      requireTls: sender.requireTls,
      tlsOptional: wishes.tlsOptional,
    },
    view: withFeedback(from, route, recipient, outgoing),
  })
}

/** A delivery, as far as its sender decides on it. */
export interface PlannedDelivery extends Pick<NewDelivery, 'id' | 'organization' | 'account' | 'sender' | 'recipient' | 'route' | 'stream' | 'priority' | 'state' | 'heldFor' | 'wishes' | 'view' | 'mode'> {
  /** For how long we keep it for its domain; null for mail of our own. */
  readonly spoolMs: number | null
  /** When it may go. */
  readonly atMs: number
}

/** The same with what follows from it: where it stands in the queue, and until when. */
export function plannedDelivery({ spoolMs, atMs, ...planned }: PlannedDelivery): NewDelivery {
  const { recipient, route } = planned
  const domain = domainPart(recipient)
  const lane = route === 'local' ? LOCAL_LANE : domain
  const patience = patienceOf(planned)
  const expiresMs = atMs + (spoolMs ?? patience.expiresMs)
  return { ...planned, domain, site: lane, lane, dueMs: atMs, expiresMs, alarmMs: route === 'local' ? null : nextAlarmMs(patience, atMs, expiresMs, atMs) }
}

/** What a program sends tells providers where complaints go. */
function withFeedback(sender: string, route: NewDelivery['route'], recipient: AcceptedRecipient, outgoing: Outgoing): DeliveryView {
  const view = viewOf(route, recipient, outgoing)
  const { house: { hostname }, session, wishes: { stream, feedback } } = outgoing
  if (route === 'local' || session.login === null || !isOfProgram(stream)) return view
  return { ...view, prefix: feedbackFields({ sender, organization: session.login.organization, stream, campaign: null, hostname, own: feedback }) + view.prefix }
}

/** Others' mail that an alias of ours leads elsewhere goes on in the name of that alias's domain: docs/decision/009-arc-seals.md. */
function viewOf(route: NewDelivery['route'], { address, organization, spoolMs }: AcceptedRecipient, { session, view }: Outgoing): DeliveryView {
  if (route === 'local' || session.login !== null || session.isOwn === true || spoolMs !== undefined) return view
  return { ...view, forwardedBy: { organization, domain: domainPart(address) as Domain } }
}

/** Mail that a demo keeps is captured; what its checks hold is held. */
function stateOf(route: NewDelivery['route'], { house, held }: Outgoing): Pick<NewDelivery, 'state' | 'heldFor'> {
  const isHeld = held !== null && (held.which === 'all' || route === 'remote')
  return { state: route === 'local' ? 'queued' : house.outbound, ...(isHeld ? { heldFor: held.why } : {}) }
}

/**
 * The return path. Programs' mail has one of ours, so that we hear what became of it: docs/decision/007-return-paths.md. Mail that an alias of
 * ours sends on comes back to us first too: SPF of its sender knows nothing of us. What people write keeps their own.
 */
function senderOf(delivery: DeliveryId, { address, spoolMs }: AcceptedRecipient, { house, session, sender, wishes: { stream }, returns, nowMs }: Outgoing): string {
  const from = sender.from?.text ?? ''
  // The servers of a domain know who keeps its mail, and check the sender as they would have.
  if (from === '' || spoolMs !== undefined) return from
  if (session.login !== null) return !isOfProgram(stream) ? from : `${returnPathOf(delivery, house.secret)}@${returns}`
  const rewritten = srsForward(from, { secret: house.secret, nowMs })
  return rewritten === null ? from : `${rewritten}${address.slice(address.lastIndexOf('@'))}`
}

/** RFC 3461 §5.2.1: the address the sender wrote to is kept for reports, so that an alias does not show where it leads. */
export function originalRecipient({ recipient, address }: AcceptedRecipient): string {
  return recipient.orcpt === null ? `rfc822;${address}` : `${recipient.orcpt.type};${recipient.orcpt.address}`
}

function notifyList(notify: Notify | null): readonly string[] {
  if (notify === null) return []
  return notify === 'NEVER' ? ['NEVER'] : notify
}

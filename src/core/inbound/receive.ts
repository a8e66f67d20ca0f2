import { hash } from 'node:crypto'
import type { AccountId, MailboxId, MessageId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { makeId } from '../../base/ids.ts'
import { type HeaderScan, scanHeader } from '../../proto/mail/header-scan.ts'
import { fieldText, findFields } from '../../proto/mail/headers.ts'
import { authorDomains } from '../../proto/dmarc/author.ts'
import { indexMessage } from '../../proto/mail/mime-index.ts'
import type { MessageIndex } from '../../proto/mail/part.ts'
import { type Reply, reply } from '../../proto/smtp/reply.ts'
import { FEEDBACK_ID, IN_OUR_NAME, speaksAsUs } from '../bounce/feedback-fields.ts'
import type { DeliverArgs, Delivered } from '../local/sql.ts'
import { type NotAllowed, sayNotAllowed } from '../organization/plan.ts'
import { coversStream, isOwnStream, unknownStream } from '../organization/stream/name.ts'
import type { SegmentReader } from '../mailbox/body.ts'
import type { Location } from '../mailbox/mailbox.ts'
import { bodyShape } from '../filter/outbound/shape.ts'
import type { RouteStore } from '../route/route.ts'
import { type Content, deliverArgs, type House, notTakenArgs, refusalOf, repliesOf } from './accept.ts'
import type { ByteStore } from './bytes.ts'
import { authorFault, foreignReply } from './identity.ts'
import { gatewayRules, missingFields, submissionRules, transitRules } from './mend.ts'
import { type MessageInspection, type NotTaken, readWhole, type Taken, UNCHECKED } from './inspect/inspected.ts'
import { repeatedField, TWICE } from './once.ts'
import { returnHost } from './return-host.ts'
import type { Transaction } from './session.ts'
import type { NotTakenArgs } from './sql-not-taken.ts'
import { type HeaderWishes, isOfProgram, streamOf, wishesIn } from './stream.ts'

/** What receiving is made of. */
export interface ReceiveOptions {
  readonly house: House
  readonly clock: Clock
  readonly routes: RouteStore
  readonly bytes: ByteStore
  /** Reads what `bytes` keeps. */
  readonly segments: SegmentReader
  /** Messages up to this many octets lie in the database. */
  readonly inlineBytes: number
  /** Runs the write: when it resolves, message and rows are safe from power loss. */
  readonly deliver: (args: DeliverArgs) => Promise<Delivered>
  /** Writes down that a message was not taken, and why: for whoever asks what became of it. */
  readonly notTaken: (args: NotTakenArgs) => Promise<unknown>
  /** The Junk mailbox of an account, null when it has none. */
  readonly junkOf: (account: AccountId) => Promise<MailboxId | null>
  /** Told after the commit, of each account that has new mail. */
  readonly arrived: (account: AccountId) => void
  /** Told after the commit, of each domain that something is to be sent to. */
  readonly queued: (lane: string) => void
}

/** What became of a message: one reply for each recipient, all alike unless LMTP asked. */
export type Received = readonly Reply[]

/** A message that is received whole: everything from the last dot to the 250. `inspection` is null for mail that nobody checks. */
export async function receiveWhole(options: ReceiveOptions, transaction: Transaction, bytes: Uint8Array, inspection: MessageInspection | null = null): Promise<Received> {
  const nowMs = options.clock.nowMs()
  const id = makeId('m', nowMs) as MessageId
  const header = scanHeader(bytes, rulesFor(options, transaction))
  const refusal = await refusalFor(options, transaction, header, bytes)
  if (refusal !== null) return transaction.recipients.map(() => refusal)
  const added = addedFields(options, transaction, header, id, nowMs)
  const index = indexWith(added, bytes, header, options, transaction)
  const inspected = inspection === null ? UNCHECKED : await inspection.finish(readWhole({ id, header, index: added === '' ? index : indexMessage(bytes, header) }, bytes))
  if (inspected.kind === 'not-taken') return await leave(options, transaction, { id, header, index, size: bytes.length }, inspected, nowMs)
  const content: Content = {
    id,
    size: bytes.length,
    digest: hash('sha256', bytes, 'buffer'),
    location: await placeOf(options, transaction, id, bytes),
    header,
    index,
    added,
    wishes: wishesFor(transaction, header, bytes),
    inspected,
    junkOf: await junkMailboxes(options, inspected),
    shape: transaction.session.login === null ? null : bodyShape(bytes, header.end),
  }
  return await keep(options, transaction, content, nowMs)
}

/** A message that its checks refused: the reason is written down, and the peer hears it for each recipient. */
export async function leave(options: ReceiveOptions, transaction: Transaction, seen: Pick<Content, 'id' | 'header' | 'index' | 'size'>, inspected: NotTaken, nowMs: number): Promise<Received> {
  await options.notTaken(notTakenArgs(transaction, seen, inspected, nowMs))
  return transaction.recipients.map(() => inspected.reply)
}

/** Where the copies of spam go. */
export async function junkMailboxes({ junkOf }: ReceiveOptions, { junk }: Taken): Promise<ReadonlyMap<AccountId, MailboxId>> {
  const found = new Map<AccountId, MailboxId>()
  for (const account of junk) {
    const mailbox = await junkOf(account)
    if (mailbox !== null) found.set(account, mailbox)
  }
  return found
}

/** Delivers what has been read and placed, and says what the peer hears. */
export async function keep(options: ReceiveOptions, whole: Transaction, content: Content, nowMs: number): Promise<Received> {
  const transaction = withoutDiscarded(whole, content.inspected)
  const args = deliverArgs(options.house, transaction, content, { nowMs, returns: await returnsOf(options, transaction, content) })
  const delivered = await options.deliver(args)
  const { notAllowed } = delivered
  if (notAllowed !== undefined) return whole.recipients.map(() => notAllowedReply(notAllowed))
  args.recipients.forEach(({ email }, i) => {
    if (delivered.recipients[i]?.kind === 'added') options.arrived(email.account)
  })
  for (const lane of new Set(args.deliveries.map((delivery) => delivery.lane))) options.queued(lane)
  return repliesOf(transaction, delivered, content.id)
}

/** People's mail has their own return paths; a program's has those of its author's domain, where they come back. */
async function returnsOf({ house: { hostname }, routes }: ReceiveOptions, { session: { login } }: Transaction, { header, wishes: { stream } }: Content): Promise<string> {
  const [from] = header.authorTexts.from
  if (login === null || !isOfProgram(stream) || from === undefined || from === null) return hostname
  const [author = null, ...more] = authorDomains(from) ?? []
  return more.length > 0 ? hostname : await returnHost(routes, login.organization, author, hostname)
}

/** A program comes back when the day is over; what no time mends it shall not try again. RFC 3463 §3.8. */
function notAllowedReply(why: NotAllowed): Reply {
  return why.kind === 'limit' ? reply(452, '4.7.1', sayNotAllowed(why)) : reply(550, '5.7.1', sayNotAllowed(why))
}

/** What an administrator's entry throws away was taken all the same, and is told in the trace. */
function withoutDiscarded(transaction: Transaction, { discard }: Taken): Transaction {
  if (discard.size === 0) return transaction
  return { ...transaction, recipients: transaction.recipients.map((each) => ({ ...each, receivers: each.receivers.filter(({ account }) => !discard.has(account)) })) }
}

/** Why this message is refused whoever it is for, or null. `head` holds its header at least. */
export async function refusalFor(options: ReceiveOptions, transaction: Transaction, header: HeaderScan, head: Uint8Array): Promise<Reply | null> {
  const refusal = refusalOf(header, head, transaction.sender.body)
  const { login } = transaction.session
  if (refusal !== null || login === null) return refusal
  const stream = streamOf(header, head)
  if (stream === null) return reply(550, '5.6.0', 'X-Merpati-Stream names no stream: write submission, transactional, broadcast or a stream of your own such as broadcast.weekly')
  if (isOwnStream(stream) && !(await options.routes.hasStream(login.organization, stream))) return reply(550, '5.6.0', `X-Merpati-Stream: ${unknownStream(stream)}`)
  const streams = login.submission?.streams ?? null
  if (!coversStream(streams, stream)) return reply(550, '5.7.1', `This credential sends in ${(streams ?? []).join(' and ')} only: say so in X-Merpati-Stream`)
  const repeated = isOfProgram(stream) ? repeatedField(header) : null
  if (repeated !== null) return reply(550, '5.6.0', `${repeated} ${TWICE}`)
  if (speaksAsUs(findFields(header, [FEEDBACK_ID]).map((field) => fieldText(head, field)), options.house.hostname)) return reply(550, '5.7.1', `Feedback-ID ${IN_OUR_NAME}`)
  const fault = await authorFault(options.routes, login, header)
  switch (fault?.kind) {
    case 'foreign':
      return await foreignReply(options.routes, login, fault.author, ': use an address of your own in From and Sender')
    case 'unclear':
      return reply(550, '5.7.1', `${fault.field} does not name its author clearly: write it as Name <address>`)
    default:
      return null
  }
}

/** The header rules for whoever sends. */
export function rulesFor({ house }: ReceiveOptions, { session }: Transaction): ReturnType<typeof transitRules> {
  if (session.login !== null) return submissionRules(house.hostname)
  return session.protocol === 'lmtp' ? gatewayRules(house.hostname) : transitRules(house.hostname)
}

/** What the header asks for. */
export function wishesFor({ session }: Transaction, header: HeaderScan, head: Uint8Array): HeaderWishes {
  return wishesIn(header, head, session.login === null ? 'elsewhere' : 'submission')
}

/** Header fields to stand in front of a submission; '' for others' mail, which is kept as it came. */
export function addedFields(options: ReceiveOptions, { session, sender }: Transaction, header: HeaderScan, id: MessageId, nowMs: number): string {
  if (session.login === null) return ''
  return missingFields(header, options.house, sender.from?.text ?? session.login.login, id, nowMs)
}

function indexWith(added: string, bytes: Uint8Array, header: HeaderScan, options: ReceiveOptions, transaction: Transaction): MessageIndex {
  if (added === '') return indexMessage(bytes, header)
  const mended = Buffer.concat([Buffer.from(added), bytes.subarray(firstKept(header))])
  return indexMessage(mended, scanHeader(mended, rulesFor(options, transaction)))
}

/** Where the view of a message begins: what is left out at its very start may not go on with a field put in front of it. */
export function firstKept({ skips }: HeaderScan): number {
  const [first] = skips
  return first?.start === 0 ? first.end : 0
}

async function placeOf(options: ReceiveOptions, { recipients }: Transaction, message: MessageId, bytes: Uint8Array): Promise<Location> {
  if (bytes.length <= options.inlineBytes) return { kind: 'inline', bytes }
  const [first] = recipients
  if (first === undefined) throw new Error('a message without recipients')
  return await options.bytes.append({ organization: first.organization, message }, bytes)
}

import { hash } from 'node:crypto'
import type { AccountId, EmailId, MailboxId, MessageId, OrganizationId, ThreadId } from '../../base/brand.ts'
import { makeId } from '../../base/ids.ts'
import { encodeIndex, prefixIndex } from '../../proto/mail/index-code.ts'
import { headerLineFault, type HeaderScan } from '../../proto/mail/header-scan.ts'
import { MAX_RECEIVED } from '../../proto/mail/limits.ts'
import type { MessageIndex } from '../../proto/mail/part.ts'
import { threadKeys } from '../../proto/mail/thread-key.ts'
import type { Body } from '../../proto/smtp/envelope.ts'
import { type Reply, reply, toldReply } from '../../proto/smtp/reply.ts'
import type { InspectionTold } from '../filter/told.ts'
import type { SentFact } from '../filter/outbound/tally.ts'
import { notAddedReply } from '../local/not-added.ts'
import type { DeliverArgs, Delivered, LocalRecipient } from '../local/sql.ts'
import type { Taking } from '../organization/sql-usage.ts'
import { JUNK_KEYWORD } from '../mailbox/judged.ts'
import type { Added, Location, NewEmail } from '../mailbox/mailbox.ts'
import type { Receiver } from '../route/route.ts'
import type { NotTaken, Taken } from './inspect/inspected.ts'
import { hookCalls } from './hooks.ts'
import { MAX_COPIES_AT_ONCE } from './limits.ts'
import { localDeliveries, originalRecipient, releaseMs, remoteDeliveries } from './outgoing.ts'
import { isResponsible } from './recipient.ts'
import type { AcceptedRecipient, Login, Transaction } from './session.ts'
import type { NotTakenArgs } from './sql-not-taken.ts'
import { bulkAuthor, stoppable } from './stoppable.ts'
import { type HeaderWishes, isOfProgram } from './stream.ts'
import { deliveryFields, receivedField } from './trace-fields.ts'

/** Gives arrays that own their memory, as what goes to the writer must. */
const UTF8 = new TextEncoder()

/** What is fixed of the house that accepts. */
export interface House {
  readonly hostname: string
  /** `captured`: mail to other domains is kept and shown instead of sent. */
  readonly outbound: 'queued' | 'captured'
  /** Signs the addresses that forwarded mail is sent under: the same on every node. */
  readonly secret: Uint8Array
  /** `https://mail.example.org`: where addresses lead at which people unsubscribe; missing where nothing is submitted. */
  readonly trackOrigin?: string
}

/** A message whose bytes are here (or in a segment), with what reading it once has told. */
export interface Content {
  readonly id: MessageId
  /** Octets received. */
  readonly size: number
  readonly digest: Uint8Array
  readonly location: Location
  readonly header: HeaderScan
  /** The index of `added` + received bytes less what the header scan skips. */
  readonly index: MessageIndex
  /** Header fields that a submission lacked, to stand right in front of its own. Empty for others' mail. */
  readonly added: string
  readonly wishes: HeaderWishes
  readonly inspected: Taken
  /** The Junk mailboxes of accounts whose copy goes there; an account without one gets it into its inbox, marked. */
  readonly junkOf: ReadonlyMap<AccountId, MailboxId>
  /** Of a submission: `bodyShape`. Null for others' mail, for short texts, and for what was too large to be held. */
  readonly shape: string | null
}

/** Why a message cannot be accepted whoever receives it, or null. Its header has been read, its bytes are not stored yet. */
export function refusalOf(header: HeaderScan, head: Uint8Array, body: Body): Reply | null {
  // RFC 5321 §6.3. A final refusal: a loop that is told to come back lives for days.
  if (header.receivedCount >= MAX_RECEIVED) return reply(554, '5.4.6', `Mail loop: ${header.receivedCount} Received fields`)
  // What was not read cannot be left out, nor checked: a Bcc or a forged result may stand there.
  if (header.defects.some((defect) => defect === 'header-too-long' || defect === 'too-many-fields')) {
    return reply(552, '5.3.4', 'The header is too large')
  }
  switch (headerLineFault(head, header.end, body === 'BINARYMIME' ? 'binary' : 'lines')) {
    case 'nul':
      return reply(550, '5.6.0', 'The header holds NUL')
    case 'bare-line-end': // BODY=BINARYMIME lets them pass, and RFC 3030 §3 means in bodies.
      return reply(550, '5.6.0', 'Header lines must end in CR LF, and neither may stand alone')
  }
  // RFC 5322 §3.6 allows one. Two let one reader see another author than the next.
  if (header.duplicates.includes('from')) return reply(550, '5.6.0', 'More than one From field')
  return null
}

/** When a message is taken, and where bounces of programs' mail are to come: `return-host.ts`. */
export interface Circumstances {
  readonly nowMs: number
  readonly returns: string
}

/** Everything the write needs to deliver an accepted message: one email for each receiver, one delivery for each address elsewhere. */
export function deliverArgs(house: House, transaction: Transaction, content: Content, { nowMs, returns }: Circumstances): DeliverArgs {
  const { session, sender } = transaction
  const recipients = distinct(transaction.recipients)
  const { inspected } = content
  const received = receivedField(house.hostname, transaction, content.id, nowMs) + content.added
  const shared: Shared = {
    from: sender.from?.text ?? '',
    received,
    structure: encodeIndex(content.index),
    // The index already counts `added`; only what stands before it is new.
    uncounted: -Buffer.byteLength(content.added),
    threadKeys: threadKeys({ ...content.index.envelope, messageId: content.header.messageId, references: content.index.references }),
    content,
    // A receiver alone is refused when full. With others it is let in: the peer gets one answer for all, and no bounce may follow.
    quota: session.protocol === 'lmtp' || receiverCount(recipients) === 1 ? 'enforce' : 'grace',
    nowMs,
  }
  const atMs = releaseMs(sender, nowMs)
  const outgoing = { house, session, sender, wishes: content.wishes, view: { prefix: inspected.fields + inspected.elsewhere + received, skips: content.header.skips, ...bulkAuthor(content.wishes.stream, content.header) }, apart: apartOf(content), held: inspected.held, returns, nowMs, atMs }
  const isProgram = isOfProgram(content.wishes.stream)
  // A program's mail takes one road, by SMTP or by the API: its recipients here may have stopped it, too.
  const later = isProgram || inspected.held?.which === 'all' || atMs > nowMs || receiverCount(recipients) > MAX_COPIES_AT_ONCE
  const sends = isProgram ? session.login?.organization : undefined
  const organization = sends ?? recipients[0]?.organization ?? session.login?.organization ?? ('' as OrganizationId)
  const all = [...(later ? localDeliveries(recipients, outgoing) : []), ...remoteDeliveries(recipients, outgoing)]
  const { deliveries, tracked } = stoppable(house, content.id, content.wishes, all)
  return {
    organization,
    message: { id: content.id, size: content.size, digest: content.digest, location: content.location },
    recipients: later ? [] : localRecipients(recipients, shared),
    hooks: later ? [] : hookCalls(recipients, { transaction, told: inspected.told, skips: content.header.skips, nowMs }),
    deliveries,
    ...(tracked === null ? {} : { tracked }),
    nowMs,
    ...(session.login === null ? {} : { taking: takingOf(session.login, recipients) }),
    told: told(transaction, content),
  }
}

/** What a submission counts as in the plan of its organization, and against the cap of a program's credential. */
function takingOf({ organization, credential, submission }: Login, recipients: readonly AcceptedRecipient[]): Taking {
  const outside = new Set(recipients.flatMap(({ elsewhere }) => elsewhere).map((address) => address.toLowerCase()))
  const caps = credential === undefined ? undefined : submission?.caps
  return { organization, capped: credential === undefined || caps === undefined ? null : { of: 'credential', id: credential, ...caps }, messages: 1, recipients: recipients.length, outside: [...outside] }
}

/** What is written down of a message that its checks refused. */
export function notTakenArgs(transaction: Transaction, seen: Pick<Content, 'id' | 'header' | 'index' | 'size'>, { reply: said, told: checks }: NotTaken, nowMs: number): NotTakenArgs {
  const data = {
    ...toldOf(transaction, seen, checks),
    reply: toldReply(said),
    size: seen.size,
  }
  const recipients = distinct(transaction.recipients).map(({ organization, address }) => ({ organization, address }))
  return { message: seen.id, type: said.code >= 500 ? 'mail.refused' : 'mail.deferred', data, recipients, nowMs }
}

/** What the peer hears of one recipient. */
export function replyFor(added: Added | undefined, id: MessageId): Reply {
  // Undefined: nothing local, a delivery has been queued.
  return added === undefined || added.kind === 'added' ? reply(250, '2.0.0', `Ok: ${id}`) : notAddedReply(added)
}

/** One answer for each recipient, in the order of the transaction: 2yz as soon as one of its receivers has it. */
export function repliesOf(transaction: Transaction, delivered: Delivered, id: MessageId): readonly Reply[] {
  let next = 0
  const replies = new Map<string, Reply>()
  for (const recipient of distinct(transaction.recipients)) {
    const { receivers, elsewhere, hooks = [] } = recipient
    // Nothing was delivered at once: it has been queued for all.
    const mine = delivered.recipients.length === 0 ? [] : receivers.map(() => delivered.recipients[next++])
    const kept = mine.find((added) => added?.kind === 'added')
    replies.set(keyOf(recipient), replyFor(elsewhere.length > 0 || hooks.length > 0 ? undefined : (kept ?? mine[0]), id))
  }
  return transaction.recipients.map((recipient) => replies.get(keyOf(recipient)) ?? replyFor(undefined, id))
}

/** Recipients, each address once: a thousand times the same one is one copy. */
function distinct(recipients: readonly AcceptedRecipient[]): readonly AcceptedRecipient[] {
  if (recipients.length === 1) return recipients
  const first = new Map<string, AcceptedRecipient>()
  for (const recipient of recipients) if (!first.has(keyOf(recipient))) first.set(keyOf(recipient), recipient)
  return [...first.values()]
}

/** Addresses here are compared without case; those elsewhere are as they are written (RFC 5321 §2.4). */
function keyOf({ address, receivers }: AcceptedRecipient): string {
  return receivers.length > 0 ? address.toLowerCase() : address
}

interface Shared {
  readonly from: string
  readonly received: string
  readonly structure: string
  readonly uncounted: number
  readonly threadKeys: readonly string[]
  readonly content: Content
  readonly quota: NewEmail['quota']
  readonly nowMs: number
}

function receiverCount(recipients: readonly AcceptedRecipient[]): number {
  return recipients.reduce((sum, { receivers, elsewhere, hooks = [] }) => sum + receivers.length + elsewhere.length + hooks.length, 0)
}

function localRecipients(recipients: readonly AcceptedRecipient[], shared: Shared): readonly LocalRecipient[] {
  return recipients.flatMap(({ address, receivers }) => {
    if (receivers.length === 0) return []
    // RCPT took them although they are full, and the dot must not take that back: deliverability §1.1.
    const quota = isResponsible({ local: address.slice(0, address.lastIndexOf('@')) }) ? 'grace' : shared.quota
    return receivers.map((receiver) => {
      const { fields, own } = shared.content.inspected
      const prefix = UTF8.encode(deliveryFields(shared.from, address) + fields + (own.get(receiver.account) ?? '') + shared.received)
      const structure = prefixIndex(shared.structure, prefix.length + shared.uncounted)
      return { address, organization: receiver.organization, email: newEmail(receiver, prefix, structure, { ...shared, quota }) }
    })
  })
}

function newEmail(receiver: Receiver, prefix: Uint8Array, structure: string, shared: Shared): NewEmail {
  const { content, nowMs } = shared
  const isJunk = content.inspected.junk.has(receiver.account)
  return {
    account: receiver.account,
    mailbox: isJunk ? (content.junkOf.get(receiver.account) ?? receiver.inbox) : receiver.inbox,
    email: makeId('e', nowMs) as EmailId,
    newThread: makeId('t', nowMs) as ThreadId,
    threadKeys: shared.threadKeys,
    receivedMs: nowMs,
    savedMs: nowMs,
    size: content.index.size + shared.uncounted + prefix.length,
    prefix,
    skips: content.header.skips,
    structure,
    flags: 0,
    keywords: isJunk ? [JUNK_KEYWORD] : [],
    quota: shared.quota,
  }
}

/** Where copies go that are made later and do not go to the inbox. */
function apartOf({ inspected: { discard }, junkOf }: Content): ReadonlyMap<AccountId, MailboxId | null> {
  return new Map<AccountId, MailboxId | null>([...junkOf, ...[...discard].map((account) => [account, null] as const)])
}

/** What tells whether an account is its owner's still: core/filter/outbound. */
function sentFact({ account }: Login, to: number, { shape, header: { authorTexts } }: Content): SentFact {
  const author = authorTexts.from[0] ?? null
  return { by: account, to, shape, author: author === null ? null : hash('sha256', author.toLowerCase(), 'base64url').slice(0, 12) }
}

/** What the trace tells of how a message came, and that it was taken. */
function told(transaction: Transaction, content: Content): Readonly<Record<string, unknown>> {
  const { session, sender, recipients } = transaction
  const wished = recipients.filter(({ receivers, recipient: { notify } }) => receivers.length > 0 && notify !== null && notify.includes('SUCCESS'))
  return {
    // RFC 3461 §4.1: these want to hear that it arrived.
    ...(wished.length === 0 ? {} : { success: { envid: sender.envid, recipients: wished.map((each) => ({ address: each.address, original: originalRecipient(each) })) } }),
    ...toldOf(transaction, content, content.inspected.told),
    ...(session.login === null ? {} : { sent: sentFact(session.login, recipients.length, content) }),
    reply: `250 2.0.0 Ok: ${content.id}`,
  }
}

/** Who brought it, and what its checks found: no secret, and no text of it. */
function toldOf({ session, sender }: Transaction, { header, index }: Pick<Content, 'header' | 'index'>, checks: InspectionTold): Readonly<Record<string, unknown>> {
  return {
    from: sender.from?.text ?? '',
    messageId: header.messageId ?? index.envelope.messageId,
    peer: session.peer.address,
    port: session.peer.localPort,
    helo: session.helo,
    protocol: session.protocol,
    tls: session.tls === null ? null : `${session.tls.version} ${session.tls.cipher}`,
    login: session.login?.login ?? null,
    ...checks,
  }
}

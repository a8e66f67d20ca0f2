import type { DeliveryId, MessageId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { makeId } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import { type Address, parseAddress } from '../../proto/mail/address.ts'
import { decodeWords } from '../../proto/mail/encoded-word.ts'
import { indexMessage } from '../../proto/mail/mime-index.ts'
import { parseMessageIds } from '../../proto/mail/message-id.ts'
import { makeView, slicesOf } from '../../proto/mail/view.ts'
import { NO_MAIL_PARAMS, NO_RCPT_PARAMS } from '../../proto/smtp/envelope.ts'
import { srsReverse } from '../../proto/srs/srs.ts'
import { type Notice, type NoticeRecipient, writeNotice } from '../bounce/notice.ts'
import { languageOf } from '../bounce/notice-text.ts'
import type { Event } from '../event/event.ts'
import type { Reader } from '../event/follow.ts'
import type { SegmentReader } from '../mailbox/body.ts'
import type { Category } from '../pool/category.ts'
import type { FoundDelivery } from '../queue/sql-find.ts'
import type { StoredMessage } from '../queue/sql-message.ts'
import { resolve } from '../route/resolve.ts'
import { receiveWhole, type ReceiveOptions } from './receive.ts'
import type { AcceptedRecipient } from './session.ts'

/** What telling senders is made of. */
export interface NoticeOptions {
  readonly receive: ReceiveOptions
  readonly segments: SegmentReader
  readonly clock: Clock
  readonly log: Log
  readonly delivery: (id: DeliveryId) => Promise<FoundDelivery | null>
  readonly stored: (id: MessageId) => Promise<StoredMessage | null>
  /** The locale of who logs in by this address; null when nobody does. */
  readonly localeOf: (address: string) => Promise<string | null>
  /** Delivers a report, once for each `id`. */
  readonly deliver: (args: Parameters<ReceiveOptions['deliver']>[0], id: string) => ReturnType<ReceiveOptions['deliver']>
  readonly advance: (position: string) => Promise<void>
}

/** The name under which the reader's place in the log is kept. */
export const NOTICE_READER = 'notice'

/** A report comes back with at most that much of the message. */
const MAX_RETURNED_BYTES = 512 * 1024

/** And with that much of its header, when only that is asked for. */
const MAX_HEADER_BYTES = 64 * 1024

/** Follows the log and tells senders what became of their mail. RFC 3461, RFC 3464. Nobody is told twice of one event. */
export function noticeReader(options: NoticeOptions): Reader {
  return {
    name: NOTICE_READER,
    async handle(events, position) {
      for (const group of groups(await told(events, options))) await tell(group, options)
      await options.advance(position)
    },
  }
}

/** What a report is about. */
type About = Pick<FoundDelivery, 'message' | 'organization' | 'sender' | 'createdMs' | 'view'> & { readonly wishes: Pick<FoundDelivery['wishes'], 'envid' | 'ret'> }

/** Something of which a sender is to be told. */
interface Told {
  readonly event: Event
  readonly about: About
  readonly recipient: NoticeRecipient
}

const ACTIONS: Readonly<Partial<Record<Event['type'], 'failed' | 'delayed' | 'relayed'>>> = {
  'delivery.failed': 'failed',
  'delivery.delayed': 'delayed',
  'delivery.delivered': 'relayed',
}

async function told(events: readonly Event[], { delivery: find }: NoticeOptions): Promise<readonly Told[]> {
  const found: Told[] = []
  for (const event of events) {
    if (event.type === 'mail.arrived') found.push(...arrivals(event))
    const action = ACTIONS[event.type]
    if (action === undefined || event.delivery === null) continue
    if (action === 'relayed' && (event.data as { readonly dsn?: unknown }).dsn !== 'dropped') continue
    const delivery = await find(event.delivery)
    if (delivery !== null && wants(delivery, action)) found.push({ event, about: delivery, recipient: recipientOf(event, delivery, action) })
  }
  return found
}

/** What an arrival tells of those who want to hear of it. */
interface Arrival {
  readonly from: string
  readonly success?: { readonly envid: string | null; readonly recipients: readonly { readonly address: string; readonly original: string }[] }
  readonly recipients: readonly { readonly address: string; readonly outcome: string }[]
}

function arrivals(event: Event): readonly Told[] {
  const { from, success, recipients } = event.data as Arrival
  if (success === undefined || from === '' || event.message === null) return []
  const kept = new Set(recipients.filter(({ outcome }) => outcome === 'delivered').map(({ address }) => address))
  const { message, organization, atMs } = event
  const about = { message, organization, sender: from, createdMs: atMs, view: { prefix: '', skips: [] }, wishes: { envid: success.envid, ret: null } }
  return success.recipients
    .filter(({ address }) => kept.has(address))
    .map(({ address, original }) => ({
      event,
      about,
      recipient: { recipient: address, original, action: 'delivered', status: '2.0.0', category: null, host: null, answer: 'delivered', atMs, retryUntilMs: null },
    }))
}

/** RFC 3461 §4.1: who says nothing hears of failures and delays. The null sender hears nothing, and programs read events instead. */
function wants({ sender, priority, wishes: { notify } }: FoundDelivery, action: 'failed' | 'delayed' | 'relayed'): boolean {
  if (sender === '' || priority !== SUBMISSION || notify.includes('NEVER')) return false
  if (action === 'relayed') return notify.includes('SUCCESS')
  return notify.length === 0 || notify.includes(action === 'failed' ? 'FAILURE' : 'DELAY')
}

/** The priority of what people write: `NewDelivery.priority`. */
const SUBMISSION = 1

/** What an event tells of a try. */
interface Settlement {
  readonly status?: string
  readonly category?: Category | null
  readonly reply?: string | null
  readonly host?: string | null
}

function recipientOf({ atMs, data }: Event, delivery: FoundDelivery, action: 'failed' | 'delayed' | 'relayed'): NoticeRecipient {
  const { status, category, reply, host } = data as Settlement
  return {
    recipient: delivery.recipient,
    original: delivery.wishes.orcpt,
    action,
    status: status ?? '4.4.7',
    category: category ?? null,
    host: host ?? null,
    answer: reply ?? 'no server has answered yet',
    atMs,
    retryUntilMs: action === 'delayed' ? delivery.expiresMs : null,
  }
}

/** What goes into one report: recipients of one message with one fate. */
function groups(all: readonly Told[]): readonly (readonly Told[])[] {
  const found = new Map<string, Told[]>()
  for (const each of all) {
    const key = `${each.about.message} ${each.recipient.action}`
    found.set(key, [...(found.get(key) ?? []), each])
  }
  return [...found.values()]
}

async function tell(group: readonly Told[], options: NoticeOptions): Promise<void> {
  const [first] = group
  const to = first === undefined ? null : parseAddress(first.about.sender)
  if (first === undefined || to === null || !to.ok) return
  const nowMs = options.clock.nowMs()
  const notice = await noticeFor(group, first, to.value, nowMs, options)
  const recipient = await whereTo(options, to.value, first.about)
  const { hostname } = options.receive.house
  const peer = { address: '127.0.0.1', port: 0, localAddress: '127.0.0.1', localPort: 0 }
  const session = { peer, protocol: 'esmtp', helo: hostname, tls: null, login: null, isOwn: true } as const
  const receive = { ...options.receive, deliver: (args: Parameters<ReceiveOptions['deliver']>[0]) => options.deliver(args, `notice-${first.event.id}`) }
  const [reply] = await receiveWhole(receive, { session, sender: { ...NO_MAIL_PARAMS, from: null }, recipients: [recipient] }, writeNotice(notice))
  if (reply?.code !== 250) options.log.warn('notice.refused', { message: first.about.message, reply: reply?.text })
}

async function noticeFor(group: readonly Told[], first: Told, to: Address, nowMs: number, options: NoticeOptions): Promise<Notice> {
  const { hostname } = options.receive.house
  const { about } = first
  const returned = await returnedOf(about, first.recipient.action, options)
  const { envelope } = indexMessage(returned.bytes)
  const [messageId = null] = parseMessageIds(envelope.messageId ?? '', 1)
  return {
    hostname,
    to,
    language: languageOf((await options.localeOf(about.sender)) ?? 'en'),
    envid: about.wishes.envid,
    arrivedMs: about.createdMs,
    recipients: group.map(({ recipient }) => recipient),
    returned,
    subject: envelope.subject === null ? null : decodeWords(envelope.subject),
    messageId,
    id: `${makeId('n', nowMs)}@${hostname}`,
    nowMs,
  }
}

/** RFC 3461 §4.3: the whole message comes back when that was asked for, and only with a failure. */
async function returnedOf(about: About, action: NoticeRecipient['action'], { stored, segments }: NoticeOptions): Promise<Notice['returned']> {
  const message = await stored(about.message)
  if (message === null) return { what: 'header', bytes: new Uint8Array(0) }
  const prefix = Buffer.from(about.view.prefix)
  const view = makeView(prefix.length, about.view.skips, message.sizeBytes)
  const isWhole = about.wishes.ret === 'FULL' && action === 'failed' && view.size <= MAX_RETURNED_BYTES
  const bytes: Uint8Array[] = []
  for (const slice of slicesOf(view, 0, isWhole ? view.size : MAX_HEADER_BYTES)) {
    if (slice.of === 'prefix') bytes.push(prefix.subarray(slice.start, slice.end))
    else if (message.location.kind === 'inline') bytes.push(message.location.bytes.subarray(slice.start, slice.end))
    else for await (const chunk of segments.read(message.location, slice.start, slice.end)) bytes.push(chunk)
  }
  const all = Buffer.concat(bytes)
  const end = all.indexOf('\r\n\r\n')
  return isWhole ? { what: 'message', bytes: all } : { what: 'header', bytes: end === -1 ? all : all.subarray(0, end + 2) }
}

/** The sender may be at home here, or elsewhere when its mail only passed through: then what we forwarded it under says who it was. */
async function whereTo({ receive, clock }: NoticeOptions, to: Address, about: About): Promise<AcceptedRecipient> {
  const sender = srsReverse(to.local, { secret: receive.house.secret, nowMs: clock.nowMs() })
  const route = to.domain === null ? null : await resolve(receive.routes, to.local, to.domain)
  const isHere = route?.kind === 'local' && sender === null
  return {
    recipient: { to, ...NO_RCPT_PARAMS },
    address: to.text,
    receivers: isHere ? route.receivers : [],
    elsewhere: isHere ? route.elsewhere : [sender ?? to.text],
    organization: isHere ? route.organization : about.organization,
  }
}

import type { AccountId, OrganizationId } from '../../base/brand.ts'
import { isoTime } from '../../base/iso-time.ts'
import { MEANINGS } from '../bounce/meaning.ts'
import type { Event } from '../event/event.ts'
import { CATEGORIES, type Category } from '../pool/category.ts'
import { MAX_NAME_CHARS, MAX_RECIPIENTS, MAX_REPLY_CHARS, MAX_URL_CHARS } from './limits.ts'
import type { PublicType } from './public-types.ts'

/** An event as the world sees it. */
export interface PublicEvent {
  readonly type: PublicType
  readonly atMs: number
  /** The account that it is about, whose organization is told; null: the organization of the event is. */
  readonly account: AccountId | null
  readonly organization: OrganizationId
  /** Only what is named here leaves the house: no secret, no text of a message, nobody else's recipients. */
  readonly data: Readonly<Record<string, unknown>>
}

/** What endpoints are told of an event of ours: nothing, or one thing for each recipient and fact. Pure; reads whatever older versions wrote. */
export function publicEvents(event: Event): readonly PublicEvent[] {
  const data = fieldsOf(event.data)
  switch (event.type) {
    case 'mail.arrived':
      return received(event, data)
    case 'suppression.added':
    case 'suppression.removed':
      return [about(event, event.type === 'suppression.added' ? 'suppression.created' : 'suppression.deleted', suppressionOf(data))]
    case 'account.contained':
      return [about(event, 'account.suspicious', { account_id: event.account, login: textOf(data['login']), score: numberOf(data['score']), by: textOf(data['by']) })]
    case 'mailbox.over_quota':
      return [about(event, event.type, { account_id: event.account, login: textOf(data['login']), used_bytes: numberOf(data['usedBytes']), quota_bytes: numberOf(data['quotaBytes']) })]
    case 'email.opened':
    case 'email.clicked':
    case 'email.unsubscribed':
    case 'email.resubscribed':
      return [about(event, event.type, engagementOf(event, data))]
    case 'organization.limit_approaching':
    case 'organization.limit_exceeded':
      return [about(event, event.type, limitOf(data))]
    case 'stream.warned':
    case 'stream.slowed':
    case 'stream.paused':
    case 'stream.recovered':
    case 'stream.resumed':
      return [about(event, event.type, streamOf(data))]
    case 'alert.raised':
    case 'alert.resolved':
      return [about(event, event.type, { rule: textOf(data['rule']), subject: textOf(data['subject']), severity: textOf(data['severity']), text: textOf(data['text'], MAX_REPLY_CHARS), raised_at: timeOf(data['raisedMs']) })]
    case 'domain.verified':
      return [about(event, event.type, { domain: textOf(data['domain']), by: textOf(data['by']) })]
    case 'domain.dns_error':
      return [about(event, event.type, { domain: textOf(data['domain']), failing: Array.isArray(data['failing']) ? data['failing'].map((id) => textOf(id)) : [] })]
    case 'webhook.disabled':
      return [about(event, 'webhook.disabled', { webhook_id: textOf(data['webhook']), url: textOf(data['url'], MAX_URL_CHARS), reason: textOf(data['reason']) })]
    default:
      return event.delivery === null ? [] : outcomesOf(event, data).map((type) => about(event, type, deliveryOf(event, data, type)))
  }
}

type Fields = Readonly<Record<string, unknown>>

/** Facts of a delivery, in the order in which they came to be. */
function outcomesOf({ type }: Event, data: Fields): readonly PublicType[] {
  switch (type) {
    case 'delivery.queued':
    case 'delivery.captured': // A demo keeps it instead of sending it: that is its queue.
      return ['email.queued']
    case 'delivery.delivered':
      return [...sent(data), 'email.delivered']
    case 'delivery.deferred':
      return [...sent(data), 'email.deferred']
    case 'delivery.delayed':
      return ['email.delayed']
    case 'delivery.failed':
      return [...sent(data), wasRefused(data) ? 'email.bounced' : 'email.failed']
    case 'delivery.bounced':
      return [data['expired'] === true ? 'email.failed' : 'email.bounced']
    case 'delivery.suppressed':
      return ['email.suppressed']
    case 'delivery.cancelled':
      return ['email.canceled']
    case 'delivery.held':
      return ['email.held']
    case 'delivery.complained': // Feedback of another kind, such as "this is no spam", has no category.
      return data['category'] === 'complaint' ? ['email.complained'] : []
    case 'delivery.answered':
      return data['category'] === 'unsubscribe' ? ['email.unsubscribed'] : []
    default:
      return []
  }
}

/** The first try that reached a server. */
function sent(data: Fields): readonly PublicType[] {
  return data['attempt'] === 1 && typeof data['host'] === 'string' && data['expired'] !== true ? ['email.sent'] : []
}

/** Whether the other side does not want it. What was tried until its time was over, or found no way at all, was not refused by anybody. */
function wasRefused(data: Fields): boolean {
  const category = categoryOf(data)
  if (category !== null && MEANINGS[category].kind === 'hard') return true
  return data['expired'] !== true && typeof data['host'] === 'string'
}

function categoryOf(data: Fields): Category | null {
  return CATEGORIES.find((each) => each === data['category']) ?? null
}

function deliveryOf(event: Event, data: Fields, type: PublicType): Fields {
  const category = categoryOf(data)
  return {
    email_id: event.message,
    delivery_id: event.delivery,
    recipient: textOf(data['recipient']),
    from: textOf(data['from']),
    stream: textOf(data['stream']),
    attempt: numberOf(data['attempt']),
    ...(ANSWERED.has(type) ? { enhanced_code: textOf(data['status']), reply: textOf(data['reply'], MAX_REPLY_CHARS), host: textOf(data['host']) } : {}),
    ...(CLASSED.has(type) ? { category, class: category === null ? null : MEANINGS[category].kind } : {}),
    ...(type === 'email.bounced' ? { permanent: true, reported: event.type === 'delivery.bounced' } : {}),
    ...(type === 'email.deferred' ? { next_attempt_at: timeOf(data['nextMs']) } : {}),
    ...(type === 'email.held' && typeof data['why'] === 'string' ? { reason: textOf(data['why'], MAX_REPLY_CHARS) } : {}),
    ...(type === 'email.queued' ? { due_at: timeOf(data['dueMs']) } : {}),
  }
}

const CLASSED: ReadonlySet<PublicType> = new Set(['email.deferred', 'email.delayed', 'email.bounced', 'email.failed', 'email.suppressed', 'email.complained', 'email.unsubscribed'])
const ANSWERED: ReadonlySet<PublicType> = new Set(['email.delivered', 'email.deferred', 'email.delayed', 'email.bounced', 'email.failed'])

/** What a reader did, or a program that looked at the message: `class` tells which, and the counts put right what earlier calls took for people. */
function engagementOf(event: Event, data: Fields): Fields {
  const shared = { email_id: event.message, delivery_id: event.delivery, recipient: textOf(data['recipient']), stream: textOf(data['stream']) }
  if (event.type === 'email.unsubscribed' || event.type === 'email.resubscribed') return { ...shared, scope: textOf(data['scope']), by: textOf(data['by']) }
  return {
    ...shared,
    ...(event.type === 'email.clicked' ? { url: textOf(data['url'], MAX_URL_CHARS) } : {}),
    class: textOf(data['class']),
    reason: textOf(data['reason']),
    counts: { opens: numberOf(data['opens']), clicks: numberOf(data['clicks']), human_opens: numberOf(data['humanOpens']), human_clicks: numberOf(data['humanClicks']) },
  }
}

function suppressionOf(data: Fields): Fields {
  return { recipient: textOf(data['recipient']), scope: textOf(data['scope']), category: textOf(data['category']), reason: textOf(data['reason'], MAX_REPLY_CHARS), expires_at: timeOf(data['untilMs']) }
}

function limitOf(data: Fields): Fields {
  return { limit: textOf(data['limit']), percent: numberOf(data['percent']), used: numberOf(data['used']), allowed: numberOf(data['allowed']), resets_at: timeOf(data['resetMs']) }
}

/** How mail of a stream stands with a provider, and the numbers that it was decided by. */
function streamOf(data: Fields): Fields {
  const reason = data['metric'] === undefined ? null : { metric: textOf(data['metric']), window: textOf(data['window']), part: numberOf(data['part']), whole: numberOf(data['whole']), limit: numberOf(data['limit']) }
  return { stream_id: textOf(data['name']), stream: textOf(data['stream']), provider: textOf(data['provider']), level: textOf(data['level']), reason, by: textOf(data['by']), cause: textOf(data['cause']) }
}

/** One thing for each mailbox of ours that it came into: recipients of a message may belong to different organizations. */
function received(event: Event, data: Fields): readonly PublicEvent[] {
  const recipients = Array.isArray(data['recipients']) ? data['recipients'].slice(0, MAX_RECIPIENTS).map(fieldsOf) : []
  return recipients.flatMap((recipient) => {
    const account = textOf(recipient['account'])
    if (recipient['outcome'] !== 'delivered' || account === null) return []
    const told = {
      email_id: event.message,
      recipient: textOf(recipient['address']),
      from: textOf(data['from']),
      message_id: textOf(data['messageId']),
      size: numberOf(data['size']),
      verdict: textOf(data['verdict']),
    }
    return [{ ...about(event, 'email.received', told), account: account as AccountId }]
  })
}

function about({ atMs, organization, account }: Event, type: PublicType, data: Fields): PublicEvent {
  return { type, atMs, account, organization, data }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

/** One line of text that every database and every reader takes, at most `maxChars` letters of it; null for what is no text. */
export function textOf(value: unknown, maxChars: number = MAX_NAME_CHARS): string | null {
  return typeof value === 'string' ? value.slice(0, maxChars).replace(/\p{Cc}/gu, ' ').toWellFormed() : null
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** Years beyond 9999 have no place in RFC 3339. */
function timeOf(value: unknown): string | null {
  return typeof value === 'number' && value >= 0 && value < 253_402_300_800_000 ? isoTime(value) : null
}

import { type Reply, reply } from '../../../proto/smtp/reply.ts'
import { type Caps, WARN_SHARE, YOUNG_MS } from './limits.ts'

/** What an account has sent, and whether it may send at all. */
export interface Usage {
  readonly createdMs: number
  readonly isContained: boolean
  /** Whether an operator lets it send to many: it has no caps then, and counts for none. */
  readonly isBulk: boolean
  /** Messages in the last hour. */
  readonly messages: number
  /** Recipients in the last 24 hours. */
  readonly recipients: number
  readonly organizationMessages: number
  readonly organizationRecipients: number
}

/** Whether an account may go on. `warn`: which cap is near, for log and people. */
export type MaySend = { readonly kind: 'yes'; readonly warn?: string } | { readonly kind: 'refused'; readonly reply: Reply }

/** What is about to be sent on top of it. */
export interface Adding {
  readonly messages: number
  readonly recipients: number
}

const CONTAINED = reply(450, '4.7.1', 'Sending from this account is suspended: ask your administrator')

/**
 * Whether an account may send more. Refusals are for now (450 4.7.1, deliverability §5.9): what a person wrote waits in their program and goes when there is room.
 * Without caps only containment counts.
 */
export function judge(usage: Usage, caps: Caps | null, adding: Adding, nowMs: number): MaySend {
  if (usage.isContained) return { kind: 'refused', reply: CONTAINED }
  if (caps === null || usage.isBulk) return { kind: 'yes' }
  let warn: string | undefined
  for (const { used, cap, what } of rows(usage, caps, adding, nowMs)) {
    if (used > cap) return { kind: 'refused', reply: reply(450, '4.7.1', `Too much mail: ${what} may be ${cap}. Try again later`) }
    if (used >= cap * WARN_SHARE) warn ??= `${used} of ${cap} ${what}`
  }
  return warn === undefined ? { kind: 'yes' } : { kind: 'yes', warn }
}

function rows(usage: Usage, caps: Caps, { messages, recipients }: Adding, nowMs: number): readonly { readonly used: number; readonly cap: number; readonly what: string }[] {
  const isYoung = nowMs - usage.createdMs < YOUNG_MS
  return [
    { used: usage.messages + messages, cap: caps.messagesPerHour, what: 'messages in an hour' },
    { used: usage.recipients + recipients, cap: isYoung ? caps.youngRecipientsPerDay : caps.recipientsPerDay, what: 'recipients in a day' },
    { used: usage.organizationMessages + messages, cap: caps.organizationMessagesPerHour, what: 'messages of the organization in an hour' },
    { used: usage.organizationRecipients + recipients, cap: caps.organizationRecipientsPerDay, what: 'recipients of the organization in a day' },
  ]
}

/** Messages of the last hour by the counts of two hours of the clock: what of the hour before lies in it is taken for even. */
export function lastHour(current: number, before: number, nowMs: number): number {
  return Math.floor(current + before * (1 - (nowMs % 3_600_000) / 3_600_000))
}

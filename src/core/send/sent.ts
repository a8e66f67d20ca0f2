import type { MessageId } from '../../base/brand.ts'
import type { DeliveryState, LastAnswer } from '../queue/delivery.ts'
import type { Tag } from './draft.ts'

/** What is kept of a message that a program sent, for whoever asks for it later. */
export interface NewSent {
  readonly id: MessageId
  readonly stream: string
  /** Null: at once. */
  readonly scheduledMs: number | null
  readonly head: {
    readonly from: string
    readonly to: readonly string[]
    readonly cc: readonly string[]
    readonly bcc: readonly string[]
    readonly replyTo: readonly string[]
    readonly subject: string
    readonly tags: readonly Tag[]
    readonly metadata: Readonly<Record<string, string>>
    readonly messageId: string
  }
}

/** A message as it is found again. */
export interface Sent extends NewSent {
  readonly createdMs: number
}

/** One recipient of it. */
export interface SentTo {
  readonly id: string
  readonly recipient: string
  readonly state: DeliveryState
  readonly attempts: number
  readonly dueMs: number
  readonly settledMs: number | null
  readonly last: LastAnswer | null
}

/** What became of a message, or of one recipient, so far. */
export type Status = 'scheduled' | 'queued' | 'delivery_delayed' | 'delivered' | 'bounced' | 'failed' | 'suppressed' | 'canceled'

/** What became of one recipient. */
export function statusOf({ state, dueMs, last }: SentTo, nowMs: number): Status {
  switch (state) {
    case 'delivered':
    case 'suppressed':
    case 'bounced':
      return state
    case 'cancelled':
      return 'canceled'
    case 'failed': // A server said no, or we never came so far.
      return last !== null && last.host !== null ? 'bounced' : 'failed'
    default:
      if (last !== null) return 'delivery_delayed'
      return dueMs > nowMs ? 'scheduled' : 'queued'
  }
}

/** The last thing that happened to any recipient; null when nothing is known of them any more. */
export function lastEventOf(recipients: readonly SentTo[], nowMs: number): Status | null {
  const changedMs = ({ settledMs, last }: SentTo): number => Math.max(settledMs ?? 0, last?.atMs ?? 0)
  const [latest] = recipients.toSorted((a, b) => changedMs(b) - changedMs(a))
  return latest === undefined ? null : statusOf(latest, nowMs)
}

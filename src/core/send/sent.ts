import type { MessageId } from '../../base/brand.ts'
import { isoTime } from '../../base/iso-time.ts'
import type { DeliveryState, LastAnswer } from '../queue/delivery.ts'
import type { PersonDid } from '../track/sql.ts'
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
    /** What else its sender wanted, where it is not the usual, for whoever sends it again: TLS or nothing; not to be told who reads it. */
    readonly requireTls?: true
    readonly anonymous?: true
    /** The message that it repeats. */
    readonly resendOf?: MessageId
  }
}

/** A message as it is found again. */
export interface Sent extends NewSent {
  readonly createdMs: number
  /** When its bytes were removed, because their time was over; null while they are there, or when something else took them. */
  readonly bodyRemovedMs: number | null
}

/** Why a message cannot be shown or sent again: its bytes are gone. */
export function sayGone({ bodyRemovedMs }: Sent): string {
  if (bodyRemovedMs === null) return 'Its bytes are not kept any more'
  return `Its bytes were removed at ${isoTime(bodyRemovedMs)}: GET /v1/retention tells for how long they are kept after its last delivery ended. What happened to it is still told`
}

/** What its program called a message, for itself. */
export type Labels = Pick<NewSent['head'], 'tags' | 'metadata'>

/** One recipient of it. */
export interface SentTo {
  readonly id: string
  readonly recipient: string
  readonly state: DeliveryState
  readonly attempts: number
  readonly dueMs: number
  readonly settledMs: number | null
  readonly last: LastAnswer | null
  /** When it said that this is spam; null: it did not. */
  readonly complainedMs: number | null
}

/** What became of a message, or of one recipient, so far. */
export type Status = 'scheduled' | 'queued' | 'delivery_delayed' | 'delivered' | 'bounced' | 'failed' | 'suppressed' | 'canceled'

/** What happened last to a message: also what its readers did. The words are those of Resend, whose clients read them. */
export type LastEvent = Status | 'opened' | 'clicked' | 'complained'

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

/** The last thing that happened to any recipient; null when nothing is known of them any more. `read`: the last thing that a person did with it. */
export function lastEventOf(recipients: readonly SentTo[], read: PersonDid | null, nowMs: number): LastEvent | null {
  const happened = recipients.flatMap((each): readonly Happened[] => [
    { event: statusOf(each, nowMs), atMs: Math.max(each.settledMs ?? 0, each.last?.atMs ?? 0) },
    ...(each.complainedMs === null ? [] : [{ event: 'complained' as const, atMs: each.complainedMs }]),
  ])
  if (read !== null) happened.push({ event: WORDS[read.kind], atMs: read.atMs })
  // Of two at the same moment the one that cannot have come first.
  return happened.toSorted((a, b) => b.atMs - a.atMs || Number(b.event === 'complained') - Number(a.event === 'complained'))[0]?.event ?? null
}

interface Happened {
  readonly event: LastEvent
  readonly atMs: number
}

const WORDS = { open: 'opened', click: 'clicked' } as const

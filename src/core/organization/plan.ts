import { DAY_MS } from '../../base/duration.ts'
import { isoTime } from '../../base/iso-time.ts'
/** What an organization may use; null for no limit. */
export interface PlanLimits {
  /** Of a day of UTC, and of a month. */
  readonly messagesPerDay: number | null
  readonly messagesPerMonth: number | null
  readonly recipientsPerDay: number | null
  readonly accounts: number | null
  readonly domains: number | null
  /** The sum of what its accounts may keep. */
  readonly storageBytes: number | null
}

/** What an organization may use, and how. One without a plan has no limits, and nothing is counted for it. */
export interface Plan {
  readonly name: string
  readonly limits: PlanLimits
  /** Whether it writes only to addresses whose owners have confirmed them, because it has proven no domain yet. */
  readonly sandboxed: boolean
  /** Nothing is sent from then on; null for never. */
  readonly endsMs: number | null
}

/** What is counted. */
export type LimitName = 'messages_per_hour' | 'messages_per_day' | 'messages_per_month' | 'recipients_per_day'

/** No limits. */
export const NO_LIMITS: PlanLimits = { messagesPerDay: null, messagesPerMonth: null, recipientsPerDay: null, accounts: null, domains: null, storageBytes: null }

/** How long a trial lasts unless said otherwise: time to set up a domain, and to see mail arrive for a week. */
export const TRIAL_DAYS = 14

const MIB = 1024 * 1024

/** What somebody who has just signed up gets: field §3.4 A3. What is sent at all is little enough that nobody signs up to send spam. */
export function trialPlan(nowMs: number, days = TRIAL_DAYS): Plan {
  const limits: PlanLimits = { messagesPerDay: 100, messagesPerMonth: 1_000, recipientsPerDay: 200, accounts: 5, domains: 2, storageBytes: 5_120 * MIB }
  return { name: 'trial', limits, sandboxed: true, endsMs: nowMs + days * DAY_MS }
}

/** A time over which is counted, by the clock of UTC. */
export interface Period {
  /** `h2026-11-26T14`, `d2026-11-26`, `m2026-11`. */
  readonly name: string
  readonly endsMs: number
}

/** The hour, day and month that a moment lies in. */
export function periodsAt(nowMs: number): Readonly<Record<'hour' | 'day' | 'month', Period>> {
  const text = isoTime(nowMs)
  const [year, month] = [Number(text.slice(0, 4)), Number(text.slice(5, 7))]
  return {
    hour: { name: `h${text.slice(0, 13)}`, endsMs: (Math.floor(nowMs / 3_600_000) + 1) * 3_600_000 },
    day: { name: `d${text.slice(0, 10)}`, endsMs: (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS },
    month: { name: `m${text.slice(0, 7)}`, endsMs: Date.UTC(year, month) },
  }
}

/** Shares of a limit at which its organization is told. deliverability §5.9, field §3.4 A3. */
const WARN_AT = [100, 90, 80] as const

/** The greatest of these shares that was reached with what was added, in percent; null for none. */
export function reached(before: number, after: number, allowed: number): number | null {
  return WARN_AT.find((percent) => before * 100 < allowed * percent && after * 100 >= allowed * percent) ?? null
}

/** Why nothing was taken: the plan, or a cap of the key or the credential. `domains` and so on are refused where they are made. */
export type NotAllowed =
  | { readonly kind: 'suspended' }
  | { readonly kind: 'ended'; readonly plan: string; readonly endsMs: number }
  | { readonly kind: 'sandboxed'; readonly recipient: string }
  | { readonly kind: 'limit'; readonly limit: LimitName; readonly of: 'organization' | 'key' | 'credential'; readonly allowed: number; readonly resetMs: number }

const WORDS: Readonly<Record<LimitName, string>> = {
  messages_per_hour: 'messages an hour',
  messages_per_day: 'messages a day',
  messages_per_month: 'messages a month',
  recipients_per_day: 'recipients a day',
}

const WHO = { organization: 'Your organization', key: 'This key', credential: 'This credential' } as const

/** The same for whoever sends. */
export function sayNotAllowed(why: NotAllowed): string {
  switch (why.kind) {
    case 'suspended':
      return 'Your organization is suspended: nothing is taken from it to be sent. Whoever runs this server can tell why'
    case 'ended':
      return `The plan "${why.plan}" of your organization has ended: nothing is sent any more`
    case 'sandboxed':
      return `Until your organization has proven a domain it writes to confirmed addresses only, and ${why.recipient} is none`
    case 'limit':
      return `${WHO[why.of]} may send ${why.allowed} ${WORDS[why.limit]}: again from ${isoTime(why.resetMs)}`
  }
}

/** How much is left of the limit that is nearest: what the headers of an answer tell. */
export interface Room {
  readonly allowed: number
  readonly left: number
  readonly resetMs: number
}

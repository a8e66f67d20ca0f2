import {
  AUDIENCE, GROUP_OF, GROWTH_AFTER_PERCENT, HOURS_A_DAY, IDLE_DECAY, WARMUP_DAYS, WARMUP_GROUPS, WARMUP_PROFILES,
} from './table/warmup.ts'
import type { WarmupGroup } from './table/warmup.ts'

/** How a source, or a From domain, is warmed up. */
export interface WarmupPlan {
  readonly profile: keyof typeof WARMUP_PROFILES
  /** Messages a day that it is to reach; null for the profile's own. */
  readonly targetPerDay: number | null
  /** 100 for a source; `NEW_DOMAIN_PERCENT` for a From domain. */
  readonly percent: number
}

/** Where a plan stands with one group of providers. */
export interface GroupState {
  /** The day of the plan, from 1. */
  readonly day: number
  /** The furthest day that was reached by sending well; days passed for want of mail do not count. */
  readonly earned: number
  /** Nothing goes before this; null when it is not stopped. */
  readonly stoppedUntilMs: number | null
  /** A day went badly, and none has gone well since: then it does not follow the others either. */
  readonly isHeldBack: boolean
}

/** Where a plan stands. Plain, so that it can be stored. */
export interface WarmupState {
  readonly plan: WarmupPlan
  readonly groups: Readonly<Record<WarmupGroup, GroupState>>
}

/** What may be sent. */
export interface Cap {
  readonly perDay: number
  readonly perHour: number
}

/** A plan on its first day. */
export function newWarmup(plan: WarmupPlan): WarmupState {
  const first: GroupState = { day: 1, earned: 1, stoppedUntilMs: null, isHeldBack: false }
  return { plan, groups: { gmail: first, microsoft: first, yahoo: first, apple: first, other: first } }
}

/** The group that a provider counts in. */
export function groupOf(provider: string | null): WarmupGroup {
  return provider === null ? 'other' : (GROUP_OF.get(provider) ?? 'other')
}

/** The cap of a group (of each site, for `other`) on a day of the plan, and of everything together for `total`. */
export function capOnDay(plan: WarmupPlan, group: WarmupGroup | 'total', day: number): number {
  const { daysPerStep, percent } = WARMUP_PROFILES[plan.profile]
  const step = Math.max(1, Math.ceil(day / daysPerStep))
  const row = WARMUP_DAYS[Math.min(step, WARMUP_DAYS.length) - 1]
  if (row === undefined) throw new Error('the plan has no days')
  const growth = (1 + GROWTH_AFTER_PERCENT / 100) ** Math.max(0, step - WARMUP_DAYS.length)
  const cap = Math.floor((row[group] * growth * percent * plan.percent) / 10_000)
  return Math.max(1, Math.min(cap, targetOf(plan)))
}

/** What may go to a provider today from this source: its own cap, and that of everything together. Zero while the plan is stopped. */
export function capsOf({ plan, groups }: WarmupState, group: WarmupGroup, nowMs: number): { readonly own: Cap; readonly total: Cap } {
  const { day, stoppedUntilMs } = groups[group]
  const own = stoppedUntilMs !== null && nowMs < stoppedUntilMs ? 0 : capOnDay(plan, group, day)
  return { own: withHours(own), total: withHours(capOnDay(plan, 'total', furthestDay(groups))) }
}

/** Has the plan reached its target with every group? Then the source is warm, and the plan may be dropped. */
export function isWarm({ plan, groups }: WarmupState): boolean {
  return WARMUP_GROUPS.every((group) => capOnDay(plan, 'total', groups[group].day) >= targetOf(plan))
}

/** Days until the target is reached, when every one of them goes well; at most `MOST_DAYS`. */
export function daysLeft({ plan, groups }: WarmupState): number {
  const furthest = furthestDay(groups)
  let days = 0
  while (days < MOST_DAYS && capOnDay(plan, 'total', furthest + days) < targetOf(plan)) days += 1
  return days
}

/** What everything together may send today. */
export function totalOf({ plan, groups }: WarmupState): { readonly day: number; readonly perDay: number } {
  const day = furthestDay(groups)
  return { day, perDay: capOnDay(plan, 'total', day) }
}

/** A plan that is not at its end by then has a target that nobody reaches. */
const MOST_DAYS = 365

/** Mail goes first to recipients who did something with a message within so many days; null when everybody may be written to. */
export function engagedWithinDays({ groups }: WarmupState): number | null {
  const day = furthestDay(groups)
  return AUDIENCE.find(({ toDay }) => day <= toDay)?.engagedWithinDays ?? null
}

/** Where a plan stands after a time of silence: providers forget an address. Less than 14 days change nothing. */
export function afterSilence(state: WarmupState, silentDays: number): WarmupState {
  const decay = IDLE_DECAY.find(({ overDays }) => silentDays > overDays)
  if (decay === undefined) return state
  const again = (group: WarmupGroup): GroupState => {
    const day = dayWithin(state.plan, group, state.groups[group].day, decay.percent)
    return { ...state.groups[group], day, earned: Math.min(day, state.groups[group].earned) }
  }
  return {
    ...state,
    groups: { gmail: again('gmail'), microsoft: again('microsoft'), yahoo: again('yahoo'), apple: again('apple'), other: again('other') },
  }
}

/** The furthest of the days up to `from` whose cap is within this percent of that day's; the first when none is. */
function dayWithin(plan: WarmupPlan, group: WarmupGroup, from: number, percent: number): number {
  const most = (capOnDay(plan, group, from) * percent) / 100
  let day = Math.max(1, from)
  while (day > 1 && capOnDay(plan, group, day) > most) day -= 1
  return day
}

function furthestDay(groups: WarmupState['groups']): number {
  return Math.max(...WARMUP_GROUPS.map((group) => groups[group].day))
}

/** `small` is at its end with its own target, whoever wants more. deliverability §3.7. */
function targetOf({ profile, targetPerDay }: WarmupPlan): number {
  const own = WARMUP_PROFILES[profile].targetPerDay
  return profile === 'small' ? Math.min(own, targetPerDay ?? own) : (targetPerDay ?? own)
}

function withHours(perDay: number): Cap {
  return { perDay, perHour: Math.ceil(perDay / HOURS_A_DAY) }
}

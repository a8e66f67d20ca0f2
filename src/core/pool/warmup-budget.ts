import { DAY_MS, dayNumber, HOUR_MS } from '../../base/duration.ts'
import type { Permission } from './bucket.ts'
import type { Cap } from './warmup.ts'

/** What a source that warms up has sent today and this hour: in all, and to each group or site. Plain, so that it can be stored. */
export interface WarmupBudget {
  /** Days and hours since 1970, UTC. */
  day: number
  hour: number
  total: Spent
  readonly to: Record<string, Spent>
}

/** Messages sent. */
export interface Spent {
  today: number
  thisHour: number
}

/** A budget of which nothing is spent. */
export function newBudget(): WarmupBudget {
  return { day: 0, hour: 0, total: { today: 0, thisHour: 0 }, to: {} }
}

/**
 * Takes one message out of the day's and the hour's budget, or says when there is some again. What is left of a day is not carried over.
 * `key` is the group, or for `other` the site. O(1).
 */
export function takeBudget(budget: WarmupBudget, key: string, caps: { readonly own: Cap; readonly total: Cap }, nowMs: number): Permission {
  turn(budget, nowMs)
  const waitUntilMs = fullUntilMs(budget, key, caps)
  if (waitUntilMs !== null) return { waitUntilMs }
  const own = (budget.to[key] ??= { today: 0, thisHour: 0 })
  for (const spent of [own, budget.total]) {
    spent.today += 1
    spent.thisHour += 1
  }
  return 'go'
}

/** Is there room for one message? Takes nothing: for choosing a source. */
export function hasRoom(budget: WarmupBudget, key: string, caps: { readonly own: Cap; readonly total: Cap }, nowMs: number): boolean {
  turn(budget, nowMs)
  return fullUntilMs(budget, key, caps) === null
}

/** When the day of the budget ends. */
export function nextDayMs(nowMs: number): number {
  return (dayNumber(nowMs) + 1) * DAY_MS
}

function fullUntilMs({ day, hour, total, to }: WarmupBudget, key: string, caps: { readonly own: Cap; readonly total: Cap }): number | null {
  const own = to[key] ?? { today: 0, thisHour: 0 }
  if (own.today >= caps.own.perDay || total.today >= caps.total.perDay) return (day + 1) * DAY_MS
  if (own.thisHour >= caps.own.perHour || total.thisHour >= caps.total.perHour) return (hour + 1) * HOUR_MS
  return null
}

/** A clock that steps back a little does not give the hour or the day again; one that was far ahead is believed when it is put right. */
function turn(budget: WarmupBudget, nowMs: number): void {
  const hour = Math.floor(nowMs / HOUR_MS)
  const day = dayNumber(nowMs)
  const wasAhead = budget.day - day > 1
  if (hour > budget.hour || wasAhead) {
    budget.hour = hour
    budget.total.thisHour = 0
    for (const spent of Object.values(budget.to)) spent.thisHour = 0
  }
  if (day > budget.day || wasAhead) {
    budget.day = day
    budget.total.today = 0
    for (const key of Object.keys(budget.to)) delete budget.to[key]
  }
}

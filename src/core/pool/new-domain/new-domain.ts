import { dayNumber } from '../../../base/duration.ts'
import { NEW_DOMAIN_PERCENT, WARMUP_DAYS } from '../table/warmup.ts'
import { spend, type Taken } from '../warming.ts'
import { capOnDay, groupOf, type WarmupPlan } from '../warmup.ts'
import { newBudget, type WarmupBudget } from '../warmup-budget.ts'

/** How far a From domain has come that is new here. Plain, so that it can be stored. */
export interface NewDomain {
  /** The day of the plan, from 1: only days with mail count. */
  readonly day: number
  readonly budget: WarmupBudget
}

/** What came of asking for room in the name of a domain. `domain`: null when it is new no more. */
export type TakenOfDomain = Omit<Taken, 'warming'> & { readonly domain: NewDomain | null }

/** The table at half. deliverability §3.7. */
const PLAN: WarmupPlan = { profile: 'standard', targetPerDay: null, percent: NEW_DOMAIN_PERCENT }

/** A domain that nobody knows from here. */
export function newDomain(): NewDomain {
  return { day: 1, budget: newBudget() }
}

/**
 * Takes room for `wanted` messages to a site in the name of a new domain, from whatever address: half of what a new address may send on
 * such a day. Each day (UTC) with mail earns the next one, and the last one of the table is the end of it. A day's cap is not spread over hours.
 */
export function takeDomainRoom(before: NewDomain, to: { readonly site: string; readonly provider: string | null }, wanted: number, nowMs: number): TakenOfDomain {
  const hasSent = before.budget.total.today > 0
  const day = hasSent && dayNumber(nowMs) > before.budget.day ? before.day + 1 : before.day
  if (day > WARMUP_DAYS.length) return { domain: null, granted: wanted, roomAgainMs: null }
  const cap = (group: Parameters<typeof capOnDay>[1]) => ({ perDay: capOnDay(PLAN, group, day), perHour: Number.POSITIVE_INFINITY })
  const { budget, ...taken } = spend(before.budget, to, { own: cap(groupOf(to.provider)), total: cap('total') }, wanted, nowMs)
  return { domain: { day, budget }, ...taken }
}

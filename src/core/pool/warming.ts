import { DAY_MS, dayNumber } from '../../base/duration.ts'
import { WARMUP_GROUPS, type WarmupGroup } from './table/warmup.ts'
import { afterSilence, capsOf, groupOf, isWarm, newWarmup, type WarmupPlan, type WarmupState } from './warmup.ts'
import { newBudget, takeBudget, type WarmupBudget } from './warmup-budget.ts'
import { type DayFacts, type DayVerdict, endOfDay } from './warmup-day.ts'

/** Where the warm-up of a source stands. Plain: one row of the database. */
export interface Warming {
  readonly state: WarmupState
  /** The day (UTC, since 1970) that `facts` are of. */
  readonly day: number
  /** The last day on which something was sent; null before the first. */
  readonly sentOn: number | null
  readonly facts: Readonly<Record<WarmupGroup, DayFacts>>
  readonly budget: WarmupBudget
  /** What was made of the last day that was judged; missing before the first. */
  readonly verdicts?: Readonly<Record<WarmupGroup, DayVerdict>>
}

/** What came of asking a warming source for room. */
export interface Taken {
  readonly warming: Warming
  /** Messages that may go. */
  readonly granted: number
  /** When there is room again; null when all were granted. */
  readonly roomAgainMs: number | null
}

/** What happened since it was last told, to one group. What comes back days later, such as a complaint, counts on the day on which it came. */
export type WarmupNews = Pick<DayFacts, 'sent' | 'deferred' | 'deferredByPolicy' | 'hardBounced' | 'complaints' | 'isSuspended' | 'rules'>

/** Nothing happened. */
export const NO_NEWS: WarmupNews = { sent: 0, deferred: 0, deferredByPolicy: 0, hardBounced: 0, complaints: 0, isSuspended: false, rules: [] }

/** A group's facts hold this many rules: those that stop a plan are few. */
const MAX_RULES = 20

/** A source that begins to send. */
export function newWarming(plan: WarmupPlan, nowMs: number): Warming {
  return { state: newWarmup(plan), day: dayNumber(nowMs), sentOn: null, facts: noFacts(), budget: newBudget() }
}

/**
 * Takes room for `wanted` messages to a site, after days that are over have been judged. What a silence has cost counts once mail goes
 * again, by all of its days: whoever asks in vain does not shorten the plan, nor does what comes back in the meantime.
 */
export function takeRoom(before: Warming, to: { readonly site: string; readonly provider: string | null }, wanted: number, nowMs: number): Taken {
  const warming = turned(before, nowMs)
  const state = afterSilence(warming.state, warming.sentOn === null ? 0 : warming.day - warming.sentOn)
  if (isWarm(state)) return { warming: { ...warming, state, sentOn: warming.day }, granted: wanted, roomAgainMs: null }
  const { budget, ...taken } = spend(warming.budget, to, capsOf(state, groupOf(to.provider), nowMs), wanted, nowMs)
  if (taken.granted === 0) return { warming: { ...warming, budget }, ...taken }
  return { warming: { ...warming, state, budget, sentOn: warming.day }, ...taken }
}

/** Takes as many of `wanted` messages to a site out of a budget as these caps allow. */
export function spend(before: WarmupBudget, to: { readonly site: string; readonly provider: string | null }, caps: ReturnType<typeof capsOf>, wanted: number, nowMs: number): Omit<Taken, 'warming'> & { readonly budget: WarmupBudget } {
  const budget = structuredClone(before)
  const key = budgetKey(to)
  for (let granted = 0; granted < wanted; granted++) {
    const answer = takeBudget(budget, key, caps, nowMs)
    if (answer !== 'go') return { budget, granted, roomAgainMs: answer.waitUntilMs }
  }
  return { budget, granted: wanted, roomAgainMs: null }
}

/** What a site counts under: the group of its provider, or itself. */
export function budgetKey({ site, provider }: { readonly site: string; readonly provider: string | null }): string {
  const group = groupOf(provider)
  return group === 'other' ? site : group
}

/** Notes what happened to mail that went. */
export function noteNews(before: Warming, group: WarmupGroup, news: WarmupNews, nowMs: number): Warming {
  const warming = turned(before, nowMs)
  const known = warming.facts[group]
  const facts: DayFacts = {
    sent: known.sent + news.sent,
    deferred: known.deferred + news.deferred,
    deferredByPolicy: known.deferredByPolicy + news.deferredByPolicy,
    hardBounced: known.hardBounced + news.hardBounced,
    complaints: known.complaints + news.complaints,
    isSuspended: known.isSuspended || news.isSuspended,
    rules: [...new Set([...known.rules, ...news.rules])].slice(0, MAX_RULES),
  }
  return { ...warming, sentOn: news.sent > 0 ? warming.day : warming.sentOn, facts: { ...warming.facts, [group]: facts } }
}

/** The day ended with these groups suspended, whatever set that off, and when. */
export function endedSuspended(warming: Warming, groups: ReadonlySet<WarmupGroup>): Warming {
  const facts = { ...warming.facts }
  for (const group of groups) facts[group] = { ...facts[group], isSuspended: true }
  return { ...warming, facts }
}

/** Is the plan at its end? Then the source is active, until it has been silent for long. */
export function isDone({ state }: Warming): boolean {
  return isWarm(state)
}

/** Days that are over are judged, once each. */
function turned(warming: Warming, nowMs: number): Warming {
  const today = dayNumber(nowMs)
  if (today <= warming.day) return warming
  const { state, verdicts } = endOfDay(warming.state, warming.facts, (warming.day + 1) * DAY_MS)
  return { ...warming, state, day: today, facts: noFacts(), verdicts }
}

function noFacts(): Readonly<Record<WarmupGroup, DayFacts>> {
  const quiet: DayFacts = { sent: 0, deferred: 0, deferredByPolicy: 0, hardBounced: 0, complaints: 0, isSuspended: false, rules: [] }
  return Object.fromEntries(WARMUP_GROUPS.map((group) => [group, quiet])) as Record<WarmupGroup, DayFacts> // Every group is in it.
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DAY_MS } from '../../base/duration.ts'
import { isForNewSource, overflowOf } from './overflow.ts'
import type { OverflowQuestion } from './overflow.ts'
import { DAY_LIMITS, NEW_DOMAIN_PERCENT, STOP_MS, STOPPING_RULES, WARMUP_DAYS, WARMUP_GROUPS, WARMUP_PROFILES } from './table/warmup.ts'
import type { WarmupGroup } from './table/warmup.ts'
import { RULES } from './table/rules.ts'
import { afterSilence, capOnDay, capsOf, engagedWithinDays, groupOf, isWarm, newWarmup } from './warmup.ts'
import type { WarmupPlan, WarmupState } from './warmup.ts'
import { hasRoom, newBudget, nextDayMs, takeBudget } from './warmup-budget.ts'
import { newWarming, noteNews, NO_NEWS, takeRoom, type Warming } from './warming.ts'
import { endOfDay, judgeDay, sayStop } from './warmup-day.ts'
import type { DayFacts, DayStep } from './warmup-day.ts'

const PLAN: WarmupPlan = { profile: 'standard', targetPerDay: null, percent: 100 }
const QUIET: DayFacts = { sent: 0, deferred: 0, deferredByPolicy: 0, hardBounced: 0, complaints: 0, isSuspended: false, rules: [] }

function all<T>(value: T, more: Partial<Record<WarmupGroup, T>> = {}): Record<WarmupGroup, T> {
  return { gmail: value, microsoft: value, yahoo: value, apple: value, other: value, ...more }
}

function onDay(day: number, plan = PLAN): WarmupState {
  return { plan, groups: all({ day, earned: day, stoppedUntilMs: null, isHeldBack: false }) }
}

function well(plan: WarmupPlan, group: WarmupGroup, day: number): DayFacts {
  return { ...QUIET, sent: capOnDay(plan, group, day) }
}

test('The table has thirty days that only grow, and its totals hold every group', () => {
  assert.equal(WARMUP_DAYS.length, 30)
  for (const [i, day] of WARMUP_DAYS.entries()) {
    for (const group of [...WARMUP_GROUPS, 'total'] as const) assert.ok(day[group] >= (WARMUP_DAYS[i - 1]?.[group] ?? 0))
    assert.ok(WARMUP_GROUPS.every((group) => day[group] <= day.total))
  }
  assert.deepEqual([capOnDay(PLAN, 'gmail', 1), capOnDay(PLAN, 'total', 15), capOnDay(PLAN, 'apple', 29), capOnDay(PLAN, 'yahoo', 30)], [50, 42_000, 13_500, 60_000])
})

test('The rules that stop a plan exist', () => {
  for (const rule of STOPPING_RULES) assert.ok(RULES.byId.has(rule), rule)
})

test('After the last day caps grow by a fifth a day, up to the target', () => {
  assert.equal(capOnDay(PLAN, 'total', 31), 312_000)
  assert.equal(capOnDay(PLAN, 'total', 300), WARMUP_PROFILES.standard.targetPerDay)
  assert.equal(capOnDay({ ...PLAN, targetPerDay: 100_000 }, 'total', 31), 100_000)
})

test('Profiles change the pace: careful takes each step twice, small ends at its target in two weeks, migration doubles', () => {
  const of = (profile: WarmupPlan['profile'], day: number): number => capOnDay({ ...PLAN, profile }, 'total', day)
  assert.deepEqual([1, 2, 3, 4].map((day) => of('careful', day)), [200, 200, 400, 400])
  assert.deepEqual([1, 12, 13, 40].map((day) => of('small', day)), [200, 4000, 5000, 5000])
  assert.deepEqual([1, 10].map((day) => of('migration', day)), [400, 30_000])
  assert.equal(isWarm(onDay(12, { ...PLAN, profile: 'small' })), false)
  assert.deepEqual([3_000, 50_000].map((targetPerDay) => capOnDay({ ...PLAN, profile: 'small', targetPerDay }, 'total', 60)), [3_000, 5_000])
  assert.equal(isWarm(onDay(13, { ...PLAN, profile: 'small' })), true)
})

test('A new From domain warms up with half the table, one message at least', () => {
  const plan = { ...PLAN, percent: NEW_DOMAIN_PERCENT }
  assert.equal(capOnDay(plan, 'gmail', 1), 25)
  assert.equal(capOnDay({ ...PLAN, percent: 1 }, 'apple', 1), 1)
})

test('An hour gets a twelfth of the day, rounded up', () => {
  assert.deepEqual(capsOf(onDay(1), 'gmail', 0), { own: { perDay: 50, perHour: 5 }, total: { perDay: 200, perHour: 17 } })
  assert.deepEqual([groupOf('m365'), groupOf('ms-consumer'), groupOf('qq'), groupOf(null), groupOf('constructor')], ['microsoft', 'microsoft', 'other', 'other', 'other'])
})

test('Whatever is asked, a budget gives no more than its caps in a day and an hour, in all and to each', () => {
  const ask = fc.record({ key: fc.constantFrom('gmail', 'mx-1', 'mx-2'), passMs: fc.oneof(fc.nat(1000), fc.nat(3_600_000), fc.nat(DAY_MS)) })
  fc.assert(
    fc.property(fc.array(ask, { maxLength: 300 }), fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 40 }), (asks, perDay, totalPerDay) => {
      const budget = newBudget()
      const caps = { own: { perDay, perHour: Math.ceil(perDay / 12) }, total: { perDay: totalPerDay, perHour: Math.ceil(totalPerDay / 12) } }
      const went = new Map<string, number>()
      let nowMs = 0
      for (const { key, passMs } of asks) {
        nowMs += passMs
        const room = hasRoom(budget, key, caps, nowMs)
        const answer = takeBudget(budget, key, caps, nowMs)
        assert.equal(answer === 'go', room)
        if (answer !== 'go') {
          assert.ok(answer.waitUntilMs > nowMs && answer.waitUntilMs <= nextDayMs(nowMs))
          continue
        }
        const [day, hour] = [Math.floor(nowMs / DAY_MS), Math.floor(nowMs / 3_600_000)]
        for (const [what, most] of [[`${key} d${day}`, perDay], [`all d${day}`, totalPerDay], [`${key} h${hour}`, caps.own.perHour], [`all h${hour}`, caps.total.perHour]] as const) {
          const count = (went.get(what) ?? 0) + 1
          assert.ok(count <= most, what)
          went.set(what, count)
        }
      }
    }),
  )
})

test('A budget survives being stored, is not carried over, and a clock that was far ahead does not stop it', () => {
  const caps = { own: { perDay: 1, perHour: 1 }, total: { perDay: 5, perHour: 1 } }
  const budget = JSON.parse(JSON.stringify(newBudget())) as ReturnType<typeof newBudget>
  assert.equal(takeBudget(budget, 'gmail', caps, 400 * DAY_MS), 'go')
  assert.deepEqual(takeBudget(budget, 'gmail', caps, 400 * DAY_MS + 5), { waitUntilMs: 401 * DAY_MS })
  assert.equal(takeBudget(budget, 'gmail', caps, 403 * DAY_MS), 'go')
  assert.notEqual(takeBudget(budget, 'gmail', caps, 403 * DAY_MS + 1), 'go')
  assert.equal(takeBudget(budget, 'gmail', caps, 10 * DAY_MS), 'go')
})

test('A day is judged by its worst number', () => {
  const step = (more: Partial<DayFacts>, cap = 1000): DayStep => judgeDay(cap, { ...QUIET, sent: 1000, ...more }).step
  assert.equal(step({}), 'advance')
  assert.deepEqual([49, 50, 100, 101, 250, 251].map((deferred) => step({ deferred })), ['advance', 'hold', 'hold', 'step-back', 'step-back', 'stop'])
  assert.deepEqual([19, 20, 41, 101].map((hardBounced) => step({ hardBounced })), ['advance', 'hold', 'step-back', 'stop'])
  assert.deepEqual([19, 20, 41, 101].map((deferredByPolicy) => step({ deferredByPolicy })), ['advance', 'hold', 'step-back', 'stop'])
  assert.deepEqual([0, 1, 2, 3, 5, 6].map((complaints) => step({ complaints })), ['advance', 'hold', 'hold', 'step-back', 'step-back', 'stop'])
  assert.equal(step({ isSuspended: true }), 'hold')
  // A suspension does not hide what led to it.
  assert.deepEqual([60, 150, 600].map((deferred) => step({ isSuspended: true, deferred })), ['hold', 'step-back', 'stop'])
  assert.equal(judgeDay(1000, { ...QUIET, isSuspended: true }).step, 'hold')
  assert.equal(step({ rules: ['A1', 'A16'] }), 'stop')
  assert.equal(step({ sent: 599 }), 'hold')
  assert.equal(step({ sent: 600 }), 'advance')
})

test('A first day of fifty messages can be passed, and one bounce in it is no trend', () => {
  const step = (sent: number, more: Partial<DayFacts> = {}): DayStep => judgeDay(50, { ...QUIET, sent, ...more }).step
  assert.deepEqual([0, 19, 20, 29, 30, 50].map((sent) => step(sent)), ['free', 'free', 'hold', 'hold', 'advance', 'advance'])
  assert.equal(step(50, { hardBounced: 1 }), 'advance')
  assert.equal(step(50, { hardBounced: 2 }), 'hold')
  assert.equal(judgeDay(20, { ...QUIET, sent: 12 }).step, 'advance')
})

test('Verdicts are told in both languages, with the numbers', () => {
  const verdict = judgeDay(1000, { ...QUIET, sent: 1000, deferred: 300 })
  assert.deepEqual(verdict.reasons, [{ en: 'Deferred: 30 %, the limit is 5 %.', id: 'Ditunda: 30 %, batasnya 5 %.' }])
  assert.match(sayStop('gmail', verdict).en, /^Warm-up with gmail is stopped for 2 d\. Deferred/)
})

test('After a bad day a plan steps back or stops, each group by itself', () => {
  const facts = all(well(PLAN, 'gmail', 10), { microsoft: { ...QUIET, sent: 5000, deferred: 600 }, yahoo: { ...QUIET, sent: 5000, rules: ['A28'] } })
  const { state, verdicts } = endOfDay(onDay(10), facts, 1000)
  assert.deepEqual([verdicts.gmail.step, verdicts.microsoft.step, verdicts.yahoo.step], ['advance', 'step-back', 'stop'])
  assert.deepEqual([state.groups.gmail.day, state.groups.microsoft.day, state.groups.yahoo.day], [11, 8, 8])
  assert.equal(capsOf(state, 'yahoo', 1000).own.perDay, 0)
  assert.equal(capsOf(state, 'yahoo', 1000 + STOP_MS).own.perDay, capOnDay(PLAN, 'yahoo', 8))
  const next = endOfDay(state, all(QUIET), 1000 + STOP_MS).state
  assert.deepEqual([next.groups.yahoo.day, next.groups.microsoft.day, next.groups.yahoo.stoppedUntilMs], [8, 8, null])
})

test('A source that sends nothing never advances; one that sends to one group leads the others', () => {
  let state = newWarmup(PLAN)
  for (let i = 0; i < 30; i++) state = endOfDay(state, all(QUIET), i).state
  assert.deepEqual(state, newWarmup(PLAN))
  for (let day = 1; day <= 10; day++) state = endOfDay(state, all(QUIET, { gmail: well(PLAN, 'gmail', day) }), day).state
  assert.deepEqual(WARMUP_GROUPS.map((group) => state.groups[group].day), [11, 11, 11, 11, 11])
})

test('Silence takes a plan back: to half, to a quarter, to the first day', () => {
  const days = [13, 14, 30, 31, 90, 91].map((silent) => afterSilence(onDay(30), silent).groups.gmail.day)
  assert.deepEqual(days, [30, 23, 23, 17, 17, 1])
  assert.equal(afterSilence(onDay(1), 20).groups.gmail.day, 1)
})

test('A stop lasts from the end of the day that went badly, however late somebody asks', () => {
  const bad = noteNews(newWarming(PLAN, 0), 'gmail', { ...NO_NEWS, sent: 50, rules: ['A5'] }, 0)
  const ask = (day: number) => takeRoom(bad, { site: 'gmail', provider: 'gmail' }, 1, day * DAY_MS)
  assert.deepEqual([1, 2, 3].map((day) => ask(day).granted), [0, 0, 1])
  assert.equal(ask(2).warming.state.groups.gmail.stoppedUntilMs, 3 * DAY_MS)
})

test('A silence shortens a plan once, by all of its days, whatever comes back meanwhile', () => {
  const warm: Warming = { ...newWarming(PLAN, 0), state: onDay(30), sentOn: 0 }
  const complaint = { ...NO_NEWS, complaints: 1 }
  const ask = (warming: Warming, day: number) => takeRoom(warming, { site: 'gmail', provider: 'gmail' }, 1, day * DAY_MS)
  let complained = warm
  for (const day of [14, 15, 20]) complained = noteNews(complained, 'gmail', complaint, day * DAY_MS)
  for (const before of [warm, complained]) {
    assert.deepEqual([25, 40, 100].map((day) => ask(before, day).warming.state.groups.gmail.day), [23, 17, 1])
    const again = ask(before, 25).warming
    assert.deepEqual([26, 30].map((day) => ask(again, day).warming.state.groups.gmail.day), [23, 23])
  }
})

test('Whatever the days bring, a plan stays on a day of its table, moves one forward or two back, and its caps are never zero but when stopped', () => {
  const count = fc.nat(2000)
  const facts: fc.Arbitrary<DayFacts> = fc.record({
    sent: count, deferred: count, deferredByPolicy: fc.nat(100), hardBounced: fc.nat(200), complaints: fc.nat(8), isSuspended: fc.boolean(), rules: fc.subarray(['A1', 'A5', 'A28']),
  })
  const day = fc.record({ gmail: facts, microsoft: facts, yahoo: facts, apple: facts, other: facts })
  const profile = fc.constantFrom<WarmupPlan['profile']>('standard', 'careful', 'small', 'migration')
  fc.assert(
    fc.property(profile, fc.array(fc.record({ day, silent: fc.nat(100) }), { maxLength: 40 }), (profile, days) => {
      let state = newWarmup({ ...PLAN, profile })
      for (const [i, { day, silent }] of days.entries()) {
        const before = state
        state = endOfDay(before, day, i * DAY_MS).state
        for (const group of WARMUP_GROUPS) {
          const [was, is] = [before.groups[group], state.groups[group]]
          assert.ok(is.day >= 1 && is.earned >= 1 && is.earned <= is.day)
          assert.ok(is.day <= was.day + 1 && is.day >= Math.max(1, was.day - 2))
          const { own } = capsOf(state, group, i * DAY_MS)
          assert.equal(own.perDay === 0, is.stoppedUntilMs !== null && i * DAY_MS < is.stoppedUntilMs)
        }
        const quiet = afterSilence(state, silent)
        for (const group of WARMUP_GROUPS) assert.ok(quiet.groups[group].day >= 1 && quiet.groups[group].day <= state.groups[group].day)
        if (silent > 95) state = quiet
      }
    }),
  )
})

test('Those who read our mail get it first', () => {
  assert.deepEqual([1, 14, 15, 21, 22, 30, 31].map((day) => engagedWithinDays(onDay(day))), [30, 30, 60, 60, 90, 90, null])
})

test('What has no room goes by a warm pool, waits, or takes the old road; under a pause it waits', () => {
  const base: OverflowQuestion = { mode: 'to-shared', isPaused: false, isSharedEligible: true, expiresMs: 100, roomAgainMs: 50 }
  assert.deepEqual(overflowOf(base), { kind: 'shared' })
  assert.deepEqual(overflowOf({ ...base, isSharedEligible: false }), { kind: 'wait', untilMs: 50 })
  assert.deepEqual(overflowOf({ ...base, mode: 'defer' }), { kind: 'wait', untilMs: 50 })
  assert.deepEqual(overflowOf({ ...base, mode: 'defer', expiresMs: 50 }), { kind: 'shared' })
  assert.deepEqual(overflowOf({ ...base, mode: 'strict-split' }), { kind: 'old-source' })
  for (const mode of ['to-shared', 'defer', 'strict-split'] as const) assert.deepEqual(overflowOf({ ...base, mode, isPaused: true }), { kind: 'wait', untilMs: 50 })
})

test('A strict split gives the new address the share that its day has reached', () => {
  assert.equal(isForNewSource(PLAN, 10, 150_000, 0.099), true)
  assert.equal(isForNewSource(PLAN, 10, 150_000, 0.1), false)
  assert.equal(isForNewSource(PLAN, 30, 1000, 0.999), true)
})

test('The limits of a good day are shares', () => {
  for (const limit of Object.values(DAY_LIMITS)) assert.ok(limit > 0 && limit < 1)
})

import type { z } from '@hono/zod-openapi'
import { dayNumber } from '../../base/duration.ts'
import { isoTime } from '../../base/iso-time.ts'
import type { sourceShape, warmupShape } from './shape.ts'
import { isUsable, type Pool, whatIsMissing } from './source.ts'
import type { KeptSource } from './sql-source.ts'
import { WARMUP_GROUPS, type WarmupGroup } from './table/warmup.ts'
import type { Warming } from './warming.ts'
import { capsOf, daysLeft, totalOf } from './warmup.ts'

/** A source as the API shows it: its health, and where its warm-up stands, with the reasons. */
export function shownSource(source: KeptSource, pools: readonly Pool[], nowMs: number): z.infer<typeof sourceShape> {
  const { id, address, ehlo, state, weight, sendsSinceMs, checks, looked, warming } = source
  return {
    ...{ name: id, address, ehlo, state, weight },
    pools: pools.filter((pool) => pool.sources.includes(id)).map((pool) => pool.id),
    sends_since: isoTime(sendsSinceMs),
    usable: isUsable(source),
    checks: { ...checks },
    checked_at: isoTime(looked?.atMs ?? null),
    missing: whatIsMissing(source).map((text) => ({ ...text })),
    warmup: warming === null ? null : shownWarmup(warming, nowMs),
  }
}

function shownWarmup(warming: Warming, nowMs: number): z.infer<typeof warmupShape> {
  const { state, budget } = warming
  const { day, perDay } = totalOf(state)
  const isToday = budget.day === dayNumber(nowMs)
  const groups = Object.fromEntries(WARMUP_GROUPS.map((group) => [group, shownGroup(warming, group, isToday, nowMs)])) as z.infer<typeof warmupShape>['groups'] // Every group is in it.
  return { profile: state.plan.profile, day, per_day: perDay, sent_today: isToday ? budget.total.today : 0, days_left: daysLeft(state), groups }
}

function shownGroup({ state, budget, verdicts }: Warming, group: WarmupGroup, isToday: boolean, nowMs: number): z.infer<typeof warmupShape>['groups'][WarmupGroup] {
  const { day, stoppedUntilMs, isHeldBack } = state.groups[group]
  const verdict = verdicts?.[group]
  return {
    day,
    per_day: capsOf(state, group, nowMs).own.perDay,
    sent_today: group === 'other' ? null : Number(isToday) * (budget.to[group]?.today ?? 0),
    stopped_until: stoppedUntilMs !== null && stoppedUntilMs > nowMs ? isoTime(stoppedUntilMs) : null,
    held_back: isHeldBack,
    yesterday: verdict === undefined ? null : { step: verdict.step, reasons: verdict.reasons.map((text) => ({ ...text })) },
  }
}


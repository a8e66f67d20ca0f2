import { NO_LIMITS, type Plan, type PlanLimits, trialPlan } from './plan.ts'

/** What an operator wants of a plan; what is not said stays as it is. */
export interface PlanWishes {
  /** It begins with the plan of whoever has just signed up. */
  readonly trial: boolean
  readonly name: string | undefined
  /** Null: no limit. */
  readonly limits: Readonly<Partial<Record<keyof PlanLimits, number | null | undefined>>>
  readonly sandboxed: boolean | undefined
  /** Null: it does not end. */
  readonly endsMs: number | null | undefined
}

/** The plan that wishes make of the one there is; null: there was none, so that it has no limits but those that are wished for. */
export function changedPlan(before: Plan | null, { trial, name, limits, sandboxed, endsMs }: PlanWishes, nowMs: number): Plan {
  const base = trial ? trialPlan(nowMs) : (before ?? { name: 'custom', limits: NO_LIMITS, sandboxed: false, endsMs: null })
  const said = Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined))
  return { name: name ?? base.name, limits: { ...base.limits, ...said }, sandboxed: sandboxed ?? base.sandboxed, endsMs: endsMs === undefined ? base.endsMs : endsMs }
}

/** Whether anything is wished for. */
export function isWish({ trial, name, limits, sandboxed, endsMs }: PlanWishes): boolean {
  return trial || [name, sandboxed, endsMs, ...Object.values(limits)].some((value) => value !== undefined)
}

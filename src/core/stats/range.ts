import { fail, ok, type Result } from '../../base/result.ts'
import { MAX_STEPS, STEP_MS } from './limits.ts'
import { stepCount } from './asked.ts'
import { startOf } from './tally.ts'

/** Which time is asked about, in whole steps. */
export interface Range {
  readonly fromMs: number
  /** Not included. */
  readonly toMs: number
  readonly step: keyof typeof STEP_MS
}

/** The time that is asked about when nobody says so. */
const USUAL_MS = { hour: STEP_MS.day, day: 7 * STEP_MS.day } as const

/**
 * The whole hours or days that hold the time from `fromMs` to `toMs`; null stands for a day or a week before `toMs`, and for now. Without an interval hours are added up as
 * long as one answer may have so many, and days for longer times.
 */
export function rangeOf(asked: { readonly fromMs: number | null; readonly toMs: number | null; readonly interval: keyof typeof STEP_MS | null }, nowMs: number): Result<Range, string> {
  const toMs = asked.toMs ?? nowMs
  const fromMs = asked.fromMs ?? toMs - USUAL_MS[asked.interval ?? 'day']
  if (fromMs > toMs) return fail('it ends before it begins')
  const inHours = stepsIn(fromMs, toMs, 'hour')
  const range = asked.interval === 'day' || (asked.interval === null && stepCount(inHours) > MAX_STEPS.hour) ? stepsIn(fromMs, toMs, 'day') : inHours
  const most = MAX_STEPS[range.step]
  if (stepCount(range) > most) return fail(`it is too long: at most ${most} ${range.step}s${range.step === 'hour' ? ', or ask for days' : ''}`)
  return ok(range)
}

/** A time that ends as a step begins does not touch that step; one without length is in one. */
function stepsIn(fromMs: number, toMs: number, step: keyof typeof STEP_MS): Range {
  const startMs = startOf(step, fromMs)
  return { fromMs: startMs, toMs: Math.max(startMs + STEP_MS[step], Math.ceil(toMs / STEP_MS[step]) * STEP_MS[step]), step }
}

import type { Finding, Level, Measured } from './standing.ts'
import { type Threshold, THRESHOLDS } from './table.ts'

const RANK: Readonly<Record<Level, number>> = { good: 0, warned: 1, slowed: 2, paused: 3 }

/** The worst that numbers of a day and of a week say of a stream; null when they say nothing. Pure. */
export function judge(measured: Readonly<Record<Finding['window'], Measured>>, thresholds: readonly Threshold[] = THRESHOLDS): Finding | null {
  let worst: Finding | null = null
  for (const threshold of thresholds) {
    const finding = findingOf(threshold, measured[threshold.window])
    if (finding !== null && (worst === null || RANK[finding.level] > RANK[worst.level])) worst = finding
  }
  return worst
}

function findingOf({ metric, window, ...threshold }: Threshold, measured: Measured): Finding | null {
  const part = measured[threshold.part]
  const whole = measured[threshold.whole]
  if (whole < threshold.least) return null
  const steps = [['paused', threshold.pause], ['slowed', threshold.slow], ['warned', threshold.warn]] as const
  for (const [level, limit] of steps) if (limit !== null && part / whole >= limit) return { level, metric, window, part, whole, limit }
  return null
}

/**
 * Where a stream stands after a finding. Only what goes to many is slowed and stopped: people wait for the rest. What is paused stays so until a person lets it go
 * on; what is slowed goes on only when nothing is to be said against it any more, so that it does not swing around a limit.
 */
export function nextLevel(before: Level, finding: Finding | null, traffic: 'bulk' | 'other'): Level {
  if (before === 'paused') return before
  const wanted = finding?.level ?? 'good'
  if (traffic === 'other') return wanted === 'good' ? 'good' : 'warned'
  return before === 'slowed' && wanted === 'warned' ? before : wanted
}

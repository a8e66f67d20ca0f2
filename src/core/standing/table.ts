import type { Finding, Measured, Metric } from './standing.ts'

/** From which share of what on a stream is warned, slowed down and stopped. Null: never by this. */
export interface Threshold {
  readonly metric: Metric
  readonly part: keyof Measured
  readonly whole: keyof Measured
  readonly window: Finding['window']
  /** With fewer of `whole` a share says nothing. */
  readonly least: number
  readonly warn: number | null
  readonly slow: number | null
  readonly pause: number | null
}

/**
 * deliverability §4.7. Gmail and Yahoo say 0.10 % and 0.30 % of complaints; the rest is what operators see providers act on. Gmail tells of no complaints,
 * so it is judged by the others.
 */
export const THRESHOLDS: readonly Threshold[] = [
  { metric: 'complaints', part: 'complainedHeard', whole: 'deliveredHeard', window: 'day', least: 1_000, warn: 0.0008, slow: 0.001, pause: 0.003 },
  { metric: 'complaints', part: 'complainedHeard', whole: 'deliveredHeard', window: 'week', least: 1_000, warn: null, slow: null, pause: 0.002 },
  { metric: 'hard-bounces', part: 'hard', whole: 'attempted', window: 'day', least: 500, warn: 0.02, slow: 0.03, pause: 0.05 },
  { metric: 'blocks', part: 'block', whole: 'attempted', window: 'day', least: 500, warn: 0.02, slow: 0.05, pause: 0.2 },
  { metric: 'unsubscribes', part: 'unsubscribed', whole: 'delivered', window: 'day', least: 500, warn: 0.005, slow: 0.01, pause: 0.02 },
  { metric: 'auth-failures', part: 'authFailed', whole: 'attempted', window: 'day', least: 500, warn: 0.005, slow: null, pause: 0.05 },
]

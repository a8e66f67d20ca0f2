import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../base/duration.ts'
import type { NewDelivery } from './delivery.ts'

/** How long a kind of mail is tried, and how often. */
export interface Patience {
  /** Waits after the first tries, one after the other. */
  readonly waitsMs: readonly number[]
  /** The wait after all others. */
  readonly thenMs: number
  /** After that long it has failed. */
  readonly expiresMs: number
  /** When its sender is told that it is late, counted from the beginning. */
  readonly noticesMs: readonly number[]
}

/** deliverability §2.10: what people wrote, mail of programs, newsletters, reports; and what we hold as somebody's backup. */
const PATIENCE = {
  interactive: { waitsMs: [5, 10, 20, 40, 60, 120].map((minutes) => minutes * MINUTE_MS), thenMs: 4 * HOUR_MS, expiresMs: 5 * DAY_MS, noticesMs: [4 * HOUR_MS, 48 * HOUR_MS] },
  transactional: { waitsMs: [1, 5, 10, 20, 40, 60].map((minutes) => minutes * MINUTE_MS), thenMs: 2 * HOUR_MS, expiresMs: DAY_MS, noticesMs: [] },
  broadcast: { waitsMs: [10, 20, 40, 60, 120].map((minutes) => minutes * MINUTE_MS), thenMs: 4 * HOUR_MS, expiresMs: 2 * DAY_MS, noticesMs: [] },
  report: { waitsMs: [15 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS], thenMs: 8 * HOUR_MS, expiresMs: 2 * DAY_MS, noticesMs: [] },
  backup: { waitsMs: [5, 15, 30].map((minutes) => minutes * MINUTE_MS), thenMs: HOUR_MS, expiresMs: 14 * DAY_MS, noticesMs: [DAY_MS] },
} satisfies Readonly<Record<string, Patience>>

/** The stream of mail that we hold for a domain whose own server is away. */
export const BACKUP_STREAM = 'backup'

const BY_PRIORITY = [PATIENCE.transactional, PATIENCE.interactive, PATIENCE.broadcast, PATIENCE.report] as const

/** How patient we are with a delivery. */
export function patienceOf({ priority, stream }: Pick<NewDelivery, 'priority' | 'stream'>): Patience {
  return stream === BACKUP_STREAM ? PATIENCE.backup : BY_PRIORITY[priority]
}

/** Fifteen percent to either side, so that what failed together does not come back together. */
const JITTER = 0.15

/** How long to wait after a delivery's `attempts`-th try (1 is the first). `chance` is from [0, 1). */
export function waitMs({ waitsMs, thenMs }: Patience, attempts: number, chance: number): number {
  const wait = waitsMs[attempts - 1] ?? thenMs
  return Math.round(wait * (1 + JITTER * (2 * chance - 1)))
}

/** The next moment after `nowMs` at which the sender must hear of it: a delay notice, or the end. */
export function nextAlarmMs({ noticesMs }: Patience, createdMs: number, expiresMs: number, nowMs: number): number {
  const notice = noticesMs.map((afterMs) => createdMs + afterMs).find((atMs) => atMs > nowMs)
  return Math.min(notice ?? expiresMs, expiresMs)
}

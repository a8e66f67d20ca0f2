import type { SendingHistory } from '../../pool/dedicated.ts'
import { DEDICATED } from '../../pool/table/dedicated.ts'
import { STEP_MS } from '../limits.ts'
import type { Row } from '../asked.ts'

/** A window of advice, in days: providers look at about a month. */
export const WINDOW_DAYS = 30

/** Days that advice looks at: three windows. */
export const ADVICE_DAYS = 3 * WINDOW_DAYS

/** What an organization has sent lately, by steps of time. */
export interface SentLately {
  /** A row for each day with mail, of the last `ADVICE_DAYS`. */
  readonly days: readonly Row[]
  /** A row for each hour with mail, of the newest window. */
  readonly hours: readonly Row[]
  /** All transactional mail of the newest window. */
  readonly transactional: number
  readonly hasDedicated: boolean
  /** For how many days it has sent from addresses of its own; 0 where it has not. */
  readonly ownDays: number
  /** The end of the last whole day. */
  readonly nowMs: number
}

/** Makes of counts what the advice on addresses is made of. Counted are deliveries: what providers see. */
export function historyOf({ days, hours, transactional, hasDedicated, ownDays, nowMs }: SentLately): SendingHistory {
  const sent = new Array<number>(ADVICE_DAYS).fill(0)
  for (const { atMs, counts } of days) {
    const back = Math.floor((nowMs - 1 - (atMs ?? nowMs)) / STEP_MS.day)
    if (back >= 0 && back < ADVICE_DAYS) sent[back] = (sent[back] ?? 0) + (counts.accepted ?? 0)
  }
  const window = (from: number): number => sent.slice(from, from + WINDOW_DAYS).reduce((sum, count) => sum + count, 0)
  return {
    windows: [window(0), window(WINDOW_DAYS), window(2 * WINDOW_DAYS)],
    sendingDays: sent.slice(0, WINDOW_DAYS).filter((count) => count > 0).length,
    peakHour: Math.max(0, ...hours.map(({ counts }) => counts.accepted ?? 0)),
    peakDay: Math.max(0, ...sent.slice(0, WINDOW_DAYS)),
    transactional,
    needsFailover: false,
    hasDedicated,
    // What was sent before says nothing of addresses of its own.
    lowDays: hasDedicated ? Math.min(ownDays, lowDaysOf(window)) : lowDaysOf(window),
  }
}

/** For how many days in a row the window that ended with each was below the limit, as far back as whole windows go. */
function lowDaysOf(window: (from: number) => number): number {
  let days = 0
  while (days + WINDOW_DAYS <= ADVICE_DAYS && window(days) < DEDICATED.backBelowAMonth) days += 1
  return days
}

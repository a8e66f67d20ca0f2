import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '../base/clock.ts'
import { noteRefused } from '../core/access/sql-refused.ts'
import type { LoginProtocol } from '../core/access/usable.ts'
import type { Services } from './worker.ts'

/** Refusals are written down this long after the first of them, all at once: whoever guesses is to cost us little. */
const WRITE_AFTER_MS = 5_000

/** Counts logins that are refused, for the numbers and for the alert on bursts of them. A crash loses the last seconds. */
export function refusalDiary({ db, metrics, tasks, draining }: Pick<Services, 'db' | 'metrics' | 'tasks' | 'draining'>): (protocol: LoginProtocol) => void {
  const counted = metrics.counter('merpati_logins_refused_total', 'Logins that were refused: wrong, or too soon after wrong ones.', ['protocol'])
  let waiting = 0
  const writeSoon = async (): Promise<void> => {
    await wait(WRITE_AFTER_MS, undefined, { signal: draining, ref: false }).catch(() => {}) // Aborted: it is written now.
    const refused = waiting
    waiting = 0
    await db.write(noteRefused, { refused, nowMs: systemClock.nowMs() })
  }
  return (protocol) => {
    counted.inc({ protocol })
    waiting += 1
    if (waiting === 1) tasks.add('access.refusals-not-noted', writeSoon())
  }
}

import { RUN_MS } from '../../core/retention/limits.ts'
import { readTerms } from '../../core/retention/sql.ts'
import type { JobOptions } from './options.ts'
import { type Removing, sweepLog } from './retention-log.ts'
import { sweepAudit, sweepBodies, sweepCalls } from './retention-rows.ts'

/** What removing is told. */
export type RetentionOptions = Pick<JobOptions, 'db' | 'traces' | 'stats' | 'clock' | 'log' | 'metrics' | 'reports' | 'keep'>

/** Removes what is older than its time allows, in small steps, for some seconds; the next run goes on where this one stopped, or was killed. */
export async function removeOld({ db, traces, stats, clock, log, metrics, reports, keep }: RetentionOptions, signal: AbortSignal): Promise<void> {
  const removed = metrics.counter('merpati_retention_removed_total', 'What was removed because its time was over.', ['kind'])
  const options: Removing = {
    ...{ db, traces, stats, log, reports, nowMs: clock.nowMs() },
    terms: await readTerms(db, keep),
    removed(kind, days, { removed: count, finished, waitsFor }) {
      removed.inc({ kind }, count)
      if (count > 0) log.info('retention.removed', { kind, days, count, finished })
      if (waitsFor !== null) log.warn('retention.waited', { kind, days, reader: waitsFor })
    },
  }
  const until = AbortSignal.any([signal, AbortSignal.timeout(RUN_MS)])
  await sweepBodies(options, until)
  await sweepCalls(options, until)
  await sweepAudit(options, until)
  await sweepLog({ ...options, kind: 'transcripts' }, until)
  await sweepLog({ ...options, kind: 'events' }, until)
}

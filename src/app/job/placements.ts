import { dailyScore } from '../../core/compliance/daily-score.ts'
import { reportedOf } from '../../core/compliance/sql-compliance.ts'
import { place, unplaced } from '../../core/pool/sql-placement.ts'
import { readStats } from '../../core/stats/sql-read.ts'
import type { JobOptions } from './options.ts'

/** Writes down the score of each organization once a day: it decides by which shared pool its mail to many leaves. deliverability §3.8. */
export async function placeSenders({ db, stats, clock }: Pick<JobOptions, 'db' | 'stats' | 'clock'>, signal: AbortSignal): Promise<void> {
  const nowMs = clock.nowMs()
  for (const organization of await unplaced(db, nowMs)) {
    if (signal.aborted) return
    const points = await dailyScore((asked) => readStats(stats, asked), organization, await reportedOf(db, organization, nowMs), nowMs)
    await db.write(place, { organization, points, nowMs })
  }
}

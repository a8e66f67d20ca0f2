import { setTimeout as wait } from 'node:timers/promises'
import { Unavailable } from '../../base/unavailable.ts'
import { Pace } from '../../core/event/pace.ts'
import { newestEvent } from '../../core/event/sql.ts'
import type { Database } from '../../infra/db/database.ts'
import { takeLease } from '../../infra/db/sql-lease.ts'
import type { JobOptions } from './options.ts'

/** A job's lease: another node takes over when this one has been silent for so long. */
export const LEASE_MS = 30_000

/** A run that waits while mail comes in fast. */
export function paced(db: Database, run: () => Promise<unknown>): () => Promise<void> {
  const pace = new Pace({ newest: () => newestEvent(db) })
  return async () => {
    if (await pace.isDue()) await run()
  }
}

/** Runs a job again and again while this node holds its lease. What goes wrong is logged and tried again. */
export async function every(options: JobOptions & { readonly leaseMs?: number }, job: string, everyMs: number, signal: AbortSignal, run: () => Promise<unknown>): Promise<void> {
  const { db, clock, log, node, leaseMs = LEASE_MS } = options
  while (!signal.aborted) {
    try {
      const nowMs = clock.nowMs()
      if (await db.write(takeLease, { name: `job:${job}`, holder: node, nowMs, untilMs: nowMs + leaseMs })) await run()
    } catch (error) {
      if (!signal.aborted) log[error instanceof Unavailable ? 'warn' : 'error']('job.failed', { job, error })
    }
    await wait(everyMs, undefined, { signal, ref: false }).catch(() => {}) // Aborted: the loop ends.
  }
}

import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from '../database.ts'
import { FORMER_WITHIN_MS } from '../limits.ts'
import { statement } from '../statement.ts'

const OPEN = statement<{ name: string }, { open: number }>(
  'SELECT count(*) AS open FROM pg_stat_activity WHERE application_name = $name AND datname = current_database() AND pid <> pg_backend_pid()',
)

const LOOK_EVERY_MS = 50

/**
 * Waits until the server has seen that connections of this name are closed: of a process that was killed it may still be doing what was sent last. False
 * when some stay open, as behind a pooler: then nothing is known of what they do.
 */
export async function formerConnectionsEnded(db: Database, name: string, withinMs: number = FORMER_WITHIN_MS): Promise<boolean> {
  for (let waitedMs = 0; waitedMs <= withinMs; waitedMs += LOOK_EVERY_MS) {
    if ((await db.one(OPEN, { name }))?.open === 0) return true
    await wait(LOOK_EVERY_MS)
  }
  return false
}

import { HOUR_MS, MINUTE_MS } from '../../base/duration.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'

const COUNT = statement<{ minute: number; refused: number }>(
  `INSERT INTO login_refused (minute, refused) VALUES ($minute, $refused) ON CONFLICT (minute) DO UPDATE SET refused = login_refused.refused + excluded.refused`,
)
const FORGET = statement<{ before: number }>('DELETE FROM login_refused WHERE minute < $before')
const SINCE = statement<{ from: number }, { refused: number | string | null }>('SELECT SUM(refused) AS refused FROM login_refused WHERE minute >= $from')

/** Counts logins that were refused, of all threads and nodes together. What is older than an hour is forgotten. */
export const noteRefused = write('access.note_refused', function* (tx, { refused, nowMs }: { readonly refused: number; readonly nowMs: number }): Work<void> {
  yield* tx.run(COUNT, { minute: minuteOf(nowMs), refused })
  yield* tx.run(FORGET, { before: minuteOf(nowMs - HOUR_MS) })
})

/** Logins that were refused since a time, by whole minutes. */
export async function refusedSince(db: Database, sinceMs: number): Promise<number> {
  return Number((await db.one(SINCE, { from: minuteOf(sinceMs) }))?.refused ?? 0)
}

function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS)
}

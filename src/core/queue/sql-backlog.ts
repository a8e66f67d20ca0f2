import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'

const LATE = statement<{ nowMs: number }, { count: number; first: number | null }>("SELECT COUNT(*) AS count, MIN(due_ms) AS first FROM delivery WHERE state = 'queued' AND due_ms <= $nowMs")

/** How many deliveries should have been tried by now, and how long ago the first of them. On a system that keeps up there are few, for a moment. */
export async function backlog(db: Database, nowMs: number): Promise<{ readonly count: number; readonly oldestMs: number }> {
  const row = await db.one(LATE, { nowMs })
  return { count: Number(row?.count ?? 0), oldestMs: row === null || row.first === null ? 0 : nowMs - Number(row.first) }
}

import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import type { Entry } from './entry.ts'
import type { Suspension } from './suspension.ts'

/** What is remembered about how sites are served: what a rule has set off, or what a person (`user`) or the standing of a stream has stopped. */
export type Shaping = { readonly by: 'rule'; readonly entry: Entry } | { readonly by: 'user'; readonly suspension: Suspension }

interface Row {
  readonly key: string
  readonly name: string
  readonly state: string
  readonly changed_ms: number
}

const PUT = statement<{ key: string; name: string; state: string; holder: string; nowMs: number }>(
  `INSERT INTO shaping (key, name, state, changed_by, changed_ms) VALUES ($key, $name, $state, $holder, $nowMs)
  ON CONFLICT (key, name) DO UPDATE SET state = excluded.state, changed_by = excluded.changed_by, changed_ms = excluded.changed_ms`,
)

const FORGET = statement<{ key: string; name: string }>('DELETE FROM shaping WHERE key = $key AND name = $name')

const CHANGED = statement<{ sinceMs: number; holder: string; key: string; name: string }, Row>(
  `SELECT key, name, state, changed_ms FROM shaping WHERE changed_by <> $holder AND (changed_ms, key, name) > ($sinceMs, $key, $name)
  ORDER BY changed_ms, key, name LIMIT 500`,
)

/** What changed, and who says so. */
export interface KeepShapingArgs {
  readonly changed: readonly Shaping[]
  readonly forgotten: readonly Shaping[]
  readonly holder: string
  readonly nowMs: number
}

/** Keeps what rules and people have set off, over restarts and for all senders. */
export const keepShaping = write('pool.shaping', function* (tx, { changed, forgotten, holder, nowMs }: KeepShapingArgs): Work<void> {
  for (const shaping of changed) yield* putShaping(tx, shaping, holder, nowMs)
  for (const shaping of forgotten) yield* tx.run(FORGET, nameOf(shaping))
})

/** Keeps one of them, inside another write. */
export function* putShaping(tx: Tx, shaping: Shaping, holder: string, nowMs: number): Work<void> {
  yield* tx.run(PUT, { ...nameOf(shaping), state: JSON.stringify(shaping), holder, nowMs })
}

/** What others than `holder` changed after `sinceMs`, oldest first, and when the last of it was changed. All of it. */
export async function shapingSince(db: Database, sinceMs: number, holder: string): Promise<{ readonly changed: readonly Shaping[]; readonly lastMs: number }> {
  const changed: Shaping[] = []
  let at = { sinceMs, key: '', name: '' }
  for (;;) {
    const rows: readonly Row[] = await db.all(CHANGED, { ...at, holder })
    changed.push(...rows.map(({ state }) => JSON.parse(state) as Shaping))
    const last = rows.at(-1)
    if (last === undefined) return { changed, lastMs: at.sinceMs }
    at = { sinceMs: last.changed_ms, key: last.key, name: last.name }
  }
}

/** A rule has one row for each of its keys; a person may stop the same thing twice. */
function nameOf(shaping: Shaping): { readonly key: string; readonly name: string } {
  if (shaping.by === 'rule') return { key: shaping.entry.key, name: shaping.entry.rule }
  return { key: shaping.suspension.key, name: `user ${shaping.suspension.id}` }
}

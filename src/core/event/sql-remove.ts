import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work } from '../../infra/db/transaction.ts'
import type { Event, Position } from './event.ts'
import { isBehind } from './position.ts'
import { COLUMNS, type EventRow, toEvent } from './sql.ts'

const LISTED = { sqlite: 'id IN (SELECT value FROM json_each($ids))', postgres: 'id IN (SELECT json_array_elements_text($ids::json)::bigint)' }
const REMOVE = statement<{ ids: string }, EventRow>({
  sqlite: `DELETE FROM event WHERE ${LISTED.sqlite} RETURNING ${COLUMNS.sqlite}`,
  postgres: `DELETE FROM event WHERE ${LISTED.postgres} RETURNING ${COLUMNS.postgres}`,
})
const DATA = statement<{ ids: string }, { id: number; data: string }>({
  sqlite: `SELECT id, data FROM event WHERE ${LISTED.sqlite} LIMIT 500`,
  postgres: `SELECT id, data FROM event WHERE ${LISTED.postgres} ORDER BY id LIMIT 500 FOR UPDATE`, // An erasure may rewrite it meanwhile.
})
const CHANGE = statement<{ id: number; data: string }>('UPDATE event SET data = $data WHERE id = $id')
const CURSORS = statement<Record<never, never>, { reader: string; position: string }>('SELECT reader, position FROM event_cursor ORDER BY reader LIMIT 500')

/** Where each reader of the log stands that has ever read. */
export async function readerPositions(db: Database): Promise<ReadonlyMap<string, Position>> {
  return new Map((await db.all(CURSORS, {})).map(({ reader, position }) => [reader, position]))
}

/**
 * Removes events, at most 500, and returns those that were there, in the order of the log. Never give it the newest one: SQLite would give its number to the next event, and readers have
 * passed that number.
 */
export function* removeEvents(tx: Tx, ids: readonly number[]): Work<readonly Event[]> {
  const rows = yield* tx.all(REMOVE, { ids: JSON.stringify(ids) })
  return rows.map(toEvent).toSorted((a, b) => (isBehind(a.position, b.position) ? -1 : 1))
}

/** Changes what events tell, at most 500 of them; `change` gives null for what stays. Returns how many were changed. */
export function* changeEvents(tx: Tx, ids: readonly number[], change: (data: unknown) => unknown): Work<number> {
  let changed = 0
  for (const { id, data } of yield* tx.all(DATA, { ids: JSON.stringify(ids) })) {
    const after = change(JSON.parse(data))
    if (after !== null) changed += yield* tx.run(CHANGE, { id, data: JSON.stringify(after) })
  }
  return changed
}

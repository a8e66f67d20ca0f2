import assert from 'node:assert/strict'
import type { NewEvent } from '../../src/core/event/event.ts'
import { appendEvent } from '../../src/core/event/sql.ts'
import { fillStats } from '../../src/core/stats/sql-follow.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { write } from '../../src/infra/db/transaction.ts'
import type { TestDatabase } from './database.ts'
import { LOOKS } from './events.ts'

const append = write('test.stats_events', function* (tx, events: readonly NewEvent[]) {
  for (const event of events) yield* appendEvent(tx, event)
})

/** Appends a log of events, some at a time. */
export async function appendStatsLog(db: Database, log: readonly NewEvent[]): Promise<void> {
  for (let from = 0; from < log.length; from += 1_000) await db.write(append, log.slice(from, from + 1_000))
}

/** Counts until `wanted` events were seen. PostgreSQL shows an event when older transactions of the whole server have ended. */
export async function fillAll({ db, stats }: TestDatabase, wanted: number): Promise<void> {
  let seen = 0
  for (let look = 0; look < LOOKS && seen < wanted; look++) seen += await fillStats(db, stats, new AbortController().signal)
  assert.equal(seen, wanted)
}

/** A recount in the order in which stored rows are read. */
export function sortedRows(rows: ReadonlyMap<string, Readonly<Record<string, number>>>): readonly (readonly [string, Readonly<Record<string, number>>])[] {
  return [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

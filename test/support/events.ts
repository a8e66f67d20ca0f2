import assert from 'node:assert/strict'
import type { Event } from '../../src/core/event/event.ts'
import type { EventLog } from '../../src/core/event/follow.ts'
import { eventsAfter, readerPosition } from '../../src/core/event/sql.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { statement } from '../../src/infra/db/statement.ts'

/** Looks at a log that other transactions hold back, before we say that something is missing. */
export const LOOKS = 100_000

/** At most this many events are read: more than any test writes before it looks. */
const MOST = 1_000

const HELD_BACK = statement<Record<never, never>, { events: number }>({
  sqlite: 'SELECT 0 AS events',
  postgres: 'SELECT CAST(count(*) AS INTEGER) AS events FROM event WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())',
})

/**
 * Waits until the log shows everything that is in it. PostgreSQL shows an event when every transaction of the whole server that began before it has ended, and
 * other tests run on that server.
 */
async function allShown(db: Database): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    if ((await db.one(HELD_BACK, {}))?.events === 0) return
  }
  assert.fail('older transactions still hold events back')
}

/** The log from its beginning, all of it. */
export async function shownEvents(db: Database): Promise<readonly Event[]> {
  await allShown(db)
  return await eventsAfter(db, '', MOST)
}

/** The log for a reader, which holds nothing back. */
export function shownLog(db: Database): EventLog {
  return {
    async after(position, limit) {
      await allShown(db)
      return await eventsAfter(db, position, limit)
    },
    position: (reader) => readerPosition(db, reader),
  }
}

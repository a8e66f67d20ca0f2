import { eventsAfter } from '../../src/core/event/sql.ts'
import type { Event } from '../../src/core/event/event.ts'
import type { Database } from '../../src/infra/db/database.ts'

/** Looks at a log that other transactions hold back, before we say that something is missing. */
export const LOOKS = 5_000

/** At most this many events are read: more than any test writes before it looks. */
const MOST = 1_000

/**
 * The log from its beginning, once `wanted` events of it are shown. PostgreSQL shows an event when every transaction of the whole server that began
 * before it has ended, and other tests run on that server.
 */
export async function shownEvents(db: Database, wanted: number): Promise<readonly Event[]> {
  let events = await eventsAfter(db, '', MOST)
  for (let look = 0; look < LOOKS && events.length < wanted; look++) events = await eventsAfter(db, '', MOST)
  return events
}

import type { Clock } from '../../base/clock.ts'
import type { Database } from '../../infra/db/database.ts'
import type { EventLog } from './follow.ts'
import { eventsAfter, readerPosition } from './sql.ts'
import { EventWindow } from './window.ts'

/** The log of a database for readers in one thread, who are given the same events. */
export function sharedLog(db: Database, clock: Clock): EventLog {
  const window = new EventWindow((position, limit) => eventsAfter(db, position, limit), clock)
  return { after: (position, limit) => window.after(position, limit), position: (reader) => readerPosition(db, reader) }
}

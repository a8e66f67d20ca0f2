import type { Event, Position } from './event.ts'

/** What a reader of the log is given. */
export interface EventLog {
  /** At most `limit` events after `position`, in commit order. */
  after(position: Position, limit: number): Promise<readonly Event[]>
  /** Where the named reader stands. */
  position(reader: string): Promise<Position>
}

/** A reader: deals with a chunk of events and records, in one transaction, that it did. */
export interface Reader {
  readonly name: string
  handle(events: readonly Event[], position: Position): Promise<void>
}

/** Events handed over at once. */
const CHUNK = 500

/**
 * Follows the log once until nothing is left. Returns how many events were dealt with. Call it when a hint says that
 * something happened, and now and then without one. A reader that throws is asked again from the same place.
 */
export async function catchUp(log: EventLog, reader: Reader, signal: AbortSignal): Promise<number> {
  let position = await log.position(reader.name)
  let count = 0
  while (!signal.aborted) {
    const events = await log.after(position, CHUNK)
    const last = events.at(-1)
    if (last === undefined) return count
    await reader.handle(events, last.position)
    position = last.position
    count += events.length
  }
  return count
}

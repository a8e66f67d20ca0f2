import type { AccountId, DeliveryId, MessageId, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import type { Event, EventType, NewEvent, Position } from './event.ts'

/** An event as the database gives it. */
export interface EventRow {
  readonly id: number
  /** The transaction that appended it, as text; '0' where there is one writer. */
  readonly committed_by: string
  readonly at_ms: number
  readonly organization: OrganizationId
  readonly account: AccountId | null
  readonly message: MessageId | null
  readonly delivery: DeliveryId | null
  readonly type: EventType
  readonly version: number
  readonly data: string
}

const APPEND = statement<{
  atMs: number
  organization: string
  account: string | null
  message: string | null
  delivery: string | null
  type: string
  version: number
  data: string
}>(`INSERT INTO event (at_ms, organization, account, message, delivery, type, version, data)
  VALUES ($atMs, $organization, $account, $message, $delivery, $type, $version, $data)`)

/**
 * Events after a position, in commit order. On SQLite ids are given in commit order. On PostgreSQL they are not: a
 * transaction that began earlier may commit later, so events are ordered by transaction first and read only
 * below the oldest transaction still running.
 */
const AFTER = statement<{ xid: string; id: number; limit: number }, EventRow>({
  sqlite: `SELECT id, '0' AS committed_by, at_ms, organization, account, message, delivery, type, version, data
    FROM event WHERE id > $id AND $xid = $xid ORDER BY id LIMIT $limit`,
  // Ordered by the column, not by its text: as text, transaction 1000 would come before 999.
  postgres: `SELECT e.id, e.xid::text AS committed_by, e.at_ms, e.organization, e.account, e.message, e.delivery, e.type, e.version, e.data
    FROM event e WHERE (e.xid, e.id) > ($xid::text::xid8, $id::bigint) AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY e.xid, e.id LIMIT $limit::bigint`,
})

/** The columns of an `EventRow`. */
export const COLUMNS = {
  sqlite: "id, '0' AS committed_by, at_ms, organization, account, message, delivery, type, version, data",
  postgres: 'id, xid::text AS committed_by, at_ms, organization, account, message, delivery, type, version, data',
} as const

/** The same without the bound: an event may be there that the log does not show yet. */
const UNREAD = statement<{ xid: string; id: number }, { at_ms: number }>({
  sqlite: 'SELECT at_ms FROM event WHERE id > $id AND $xid = $xid ORDER BY id LIMIT 1',
  postgres: 'SELECT at_ms FROM event WHERE (xid, id) > ($xid::text::xid8, $id::bigint) ORDER BY xid, id LIMIT 1',
})

const BY_ID = statement<{ id: number }, EventRow>({
  sqlite: `SELECT ${COLUMNS.sqlite} FROM event WHERE id = $id`,
  postgres: `SELECT ${COLUMNS.postgres} FROM event WHERE id = $id`,
})

const NEWEST = statement<Record<never, never>, { id: number | null }>('SELECT max(id) AS id FROM event')

const POSITION = statement<{ reader: string }, { position: string }>('SELECT position FROM event_cursor WHERE reader = $reader')

const ADVANCE = statement<{ reader: string; position: string }>(
  `INSERT INTO event_cursor (reader, position) VALUES ($reader, $position)
  ON CONFLICT (reader) DO UPDATE SET position = excluded.position`,
)

/** Appends an event to the log, inside the write that makes the change. */
export function* appendEvent(tx: Tx, event: NewEvent): Work<void> {
  yield* tx.run(APPEND, { ...event, data: JSON.stringify(event.data) })
}

/** Moves a reader on, inside the write that records what it did with the events. */
export function* advance(tx: Tx, reader: string, position: Position): Work<void> {
  yield* tx.run(ADVANCE, { reader, position })
}

/** Moves a reader on when it keeps nothing of its own in the database. */
export const advanceReader = write('event.advance', function* (tx, args: { readonly reader: string; readonly position: Position }) {
  yield* advance(tx, args.reader, args.position)
})

/** At most `limit` events after `position`, oldest first. None of a transaction that may still be followed by an earlier one. */
export async function eventsAfter(db: Database, position: Position, limit: number): Promise<readonly Event[]> {
  const rows = await db.all(AFTER, { ...placeOf(position), limit })
  return rows.map(toEvent)
}

/** When the first event after `position` happened, also one that the log holds back yet; null when there is none. */
export async function unreadSince(db: Database, position: Position): Promise<number | null> {
  return (await db.one(UNREAD, placeOf(position)))?.at_ms ?? null
}

function placeOf(position: Position): { readonly xid: string; readonly id: number } {
  const [xid = '0', id = '0'] = position === '' ? [] : position.split(':')
  return { xid, id: Number(id) }
}

/** The number of the newest event, 0 when there is none: to see how fast they come. */
export async function newestEvent(db: Database): Promise<number> {
  return (await db.one(NEWEST, {}))?.id ?? 0
}

/** One event, or null when it is gone. */
export async function eventById(db: Database, id: number): Promise<Event | null> {
  const row = await db.one(BY_ID, { id })
  return row === null ? null : toEvent(row)
}

/** Where a reader stands; the beginning when it has never read. */
export async function readerPosition(db: Database, reader: string): Promise<Position> {
  return (await db.one(POSITION, { reader }))?.position ?? ''
}

/** An event of a row. Its data are read when somebody looks at them: most readers pass most events by. */
export function toEvent(row: EventRow): Event {
  let data: unknown
  return {
    id: row.id,
    position: `${row.committed_by}:${row.id}`,
    atMs: row.at_ms,
    organization: row.organization,
    account: row.account,
    message: row.message,
    delivery: row.delivery,
    type: row.type,
    version: row.version,
    get data() {
      return (data ??= JSON.parse(row.data))
    },
  }
}

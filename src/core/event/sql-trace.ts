import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import type { Event, Position } from './event.ts'
import { catchUp, type Reader } from './follow.ts'
import { advance, advanceReader, eventById, eventsAfter, readerPosition } from './sql.ts'
import { foldKey, traceKeys } from './trace.ts'

/** The name under which it is known how far the index has come. */
export const TRACE_READER = 'trace'

const ADD = statement<{ key: string; event: number }>('INSERT INTO trace_key (key, event) VALUES ($key, $event) ON CONFLICT DO NOTHING')

const FIND = statement<{ key: string; limit: number }, { event: number }>({
  sqlite: 'SELECT event FROM trace_key WHERE key = $key ORDER BY event DESC LIMIT $limit',
  postgres: 'SELECT event FROM trace_key WHERE key = $key ORDER BY event DESC LIMIT $limit::bigint',
})

const FORGET = statement<{ key: string }>('DELETE FROM trace_key WHERE key = $key')

/** Forgets what is found under an address. Returns how many events were. */
export const forgetKey = write('trace.forget', function* (tx, { key }: { readonly key: string }): Work<number> {
  return yield* tx.run(FORGET, { key: foldKey(key) })
})

const FORGET_PAIR = statement<{ key: string; event: number }>('DELETE FROM trace_key WHERE key = $key AND event = $event')

const forgetPairs = write('trace.forget_events', function* (tx, { keys }: Pick<IndexArgs, 'keys'>): Work<void> {
  for (const [key, event] of keys) yield* tx.run(FORGET_PAIR, { key, event })
})

/** Lets events be found no more: they are about to be removed. */
export async function forgetTraced(traces: Database, events: readonly Event[]): Promise<void> {
  await traces.write(forgetPairs, { keys: pairsOf(events) })
}

interface IndexArgs {
  readonly keys: readonly (readonly [key: string, event: number])[]
  readonly position: Position
}

const index = write('trace.index', function* (tx, args: IndexArgs) {
  for (const [key, event] of args.keys) yield* tx.run(ADD, { key, event })
  yield* advance(tx, TRACE_READER, args.position)
})

/**
 * Follows the log until nothing is left, and makes every event findable by the ids and addresses in it, off the road of mail. The
 * index may lie in a database of its own (`traces`): how far it has come is known there, so one that was deleted is made again.
 */
export async function fillTraceIndex(db: Database, traces: Database, signal: AbortSignal): Promise<number> {
  const log = { after: (position: Position, limit: number) => eventsAfter(db, position, limit), position: (reader: string) => readerPosition(traces, reader) }
  return await catchUp(log, traceReader(db, traces), signal)
}

function traceReader(db: Database, traces: Database): Reader {
  return {
    name: TRACE_READER,
    async handle(events, position) {
      await traces.write(index, { keys: pairsOf(events), position })
      // Told to those who ask how far the index is behind.
      if (traces !== db) await db.write(advanceReader, { reader: TRACE_READER, position })
    },
  }
}

function pairsOf(events: readonly Event[]): IndexArgs['keys'] {
  return events.flatMap((event) => traceKeys(event).map((key) => [key, event.id] as const))
}

/** Messages whose whole story is told when something in one of their events was asked for. */
const MAX_STORIES = 20

/**
 * What is known of a message id, address or Message-ID, oldest first: the newest `limit` events that it stands in, and the other
 * events of the newest messages among them, so that who knows one name of a message hears all of its story.
 */
export async function trace(db: Database, traces: Database, asked: string, limit: number): Promise<readonly Event[]> {
  const direct = await withKey(db, traces, foldKey(asked), limit)
  const messages = [...new Set(direct.flatMap(({ message }) => message ?? []))].slice(0, MAX_STORIES)
  const stories = await Promise.all(messages.map((message) => withKey(db, traces, message, limit)))
  const all = new Map([...direct, ...stories.flat()].map((event) => [event.id, event]))
  return [...all.values()].toSorted((a, b) => b.id - a.id).slice(0, limit).reverse()
}

/** The newest events under a key, newest first. */
async function withKey(db: Database, traces: Database, key: string, limit: number): Promise<readonly Event[]> {
  const found = await traces.all(FIND, { key, limit })
  const events = await Promise.all(found.map(({ event }) => eventById(db, event)))
  return events.filter((event) => event !== null)
}

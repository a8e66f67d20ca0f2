import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { write } from '../../infra/db/transaction.ts'
import { advance, toEvent, type EventRow } from './sql.ts'
import type { Event, Position } from './event.ts'
import type { Reader } from './follow.ts'
import { foldKey, traceKeys } from './trace.ts'

const ADD = statement<{ key: string; event: number }>('INSERT INTO trace_key (key, event) VALUES ($key, $event) ON CONFLICT DO NOTHING')

const FIND = statement<{ key: string; limit: number }, EventRow>({
  sqlite: `SELECT e.id, '0' AS committed_by, e.at_ms, e.organization, e.account, e.message, e.delivery, e.type, e.version, e.data
    FROM trace_key k JOIN event e ON e.id = k.event WHERE k.key = $key ORDER BY e.id DESC LIMIT $limit`,
  postgres: `SELECT e.id, e.xid::text AS committed_by, e.at_ms, e.organization, e.account, e.message, e.delivery, e.type, e.version, e.data
    FROM trace_key k JOIN event e ON e.id = k.event WHERE k.key = $key ORDER BY e.id DESC LIMIT $limit::bigint`,
})

interface IndexArgs {
  readonly keys: readonly (readonly [key: string, event: number])[]
  readonly position: Position
}

const index = write('trace.index', function* (tx, args: IndexArgs) {
  for (const [key, event] of args.keys) yield* tx.run(ADD, { key, event })
  yield* advance(tx, 'trace', args.position)
})

/** Follows the log and makes every event findable by the ids and addresses in it, off the road of mail. */
export function traceReader(db: Database): Reader {
  return {
    name: 'trace',
    async handle(events, position) {
      const keys = events.flatMap((event) => traceKeys(event).map((key) => [key, event.id] as const))
      await db.write(index, { keys, position })
    },
  }
}

/** The newest `limit` events that a message id, address or Message-ID stands in, oldest first. */
export async function trace(db: Database, asked: string, limit: number): Promise<readonly Event[]> {
  const rows = await db.all(FIND, { key: foldKey(asked), limit })
  return rows.map(toEvent).reverse()
}

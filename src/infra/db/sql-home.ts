import type { Database } from './database.ts'
import { statement } from './statement.ts'
import { write } from './transaction.ts'

/** The folder that keeps a shared database's segments: its id, and where it was when it last said so. */
export interface Home {
  readonly id: string
  /** For people: the host and the path. */
  readonly place: string
}

const CLAIM = statement<{ id: string; place: string }>(
  `INSERT INTO segment_home (single, id, place) VALUES (1, $id, $place)
  ON CONFLICT (single) DO UPDATE SET place = excluded.place WHERE segment_home.id = excluded.id`,
)
const HOME = statement<Record<never, never>, Home>('SELECT id, place FROM segment_home WHERE single = 1')

/** True when the folder is this database's home from now on, or was before. */
const claim = write('segment_home.claim', function* (tx, home: Home) {
  return (yield* tx.run(CLAIM, { ...home })) === 1
})

/**
 * Makes a folder the home of a database's segments, once and for good: rows name segments that lie there and nowhere else. Returns
 * the home that the database has; when it is another one, this node must not start.
 */
export async function claimHome(db: Database, home: Home): Promise<Home> {
  if (await db.write(claim, home)) return home
  const owner = await db.one(HOME, {})
  if (owner === null) throw new Error('the home of the segments has gone')
  return owner
}

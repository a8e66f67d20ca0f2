import type { OrganizationId } from '../../../base/brand.ts'
import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Work, write } from '../../../infra/db/transaction.ts'
import { PURGE_ROWS } from './limits.ts'
import type { ReadSeen, SeenNote } from './seen-book.ts'

interface Row {
  readonly key: string
  readonly times: number
  readonly first_ms: number
  readonly last_ms: number
}

const among = (list: string): string => `SELECT key, times, first_ms, last_ms FROM mail_seen WHERE organization = $organization AND key IN (${list})`

// The keys are a list of texts in JSON: a few for each reader.
const AMONG = statement<{ organization: OrganizationId; keys: string }, Row>({
  sqlite: among('SELECT value FROM json_each($keys)'),
  postgres: among('SELECT jsonb_array_elements_text($keys::jsonb)'),
})

const NOTE = statement<{ organization: OrganizationId; key: string; times: number; atMs: number }>(
  `INSERT INTO mail_seen (organization, key, times, first_ms, last_ms) VALUES ($organization, $key, $times, $atMs, $atMs)
  ON CONFLICT (organization, key) DO UPDATE SET times = mail_seen.times + excluded.times,
    last_ms = CASE WHEN excluded.last_ms > mail_seen.last_ms THEN excluded.last_ms ELSE mail_seen.last_ms END`,
)

const PURGE = statement<{ beforeMs: number; limit: number }>(
  'DELETE FROM mail_seen WHERE (organization, key) IN (SELECT organization, key FROM mail_seen WHERE last_ms < $beforeMs LIMIT $limit)',
)

/** Reads what an organization remembers. */
export function seenReader(db: Database): ReadSeen {
  return async (organization, keys) => {
    const rows = await db.all(AMONG, { organization, keys: JSON.stringify(keys) })
    return new Map(rows.map(({ key, times, first_ms, last_ms }) => [key, { times, firstMs: first_ms, lastMs: last_ms }]))
  }
}

/** Writes down what came. */
export const noteSeen = write('filter.note_seen', function* (tx, { notes }: { readonly notes: readonly SeenNote[] }): Work<void> {
  // In one order, so that two of them at once do not wait for each other.
  const place = ({ organization, key }: SeenNote): string => `${organization} ${key}`
  for (const { organization, key, times, atMs } of notes.toSorted((a, b) => (place(a) < place(b) ? -1 : 1))) yield* tx.run(NOTE, { organization, key, times, atMs })
})

/** Forgets what has not come for long; some rows at a time, how many is the answer. */
export const forgetSeen = write('filter.purge_seen', function* (tx, { beforeMs }: { readonly beforeMs: number }): Work<number> {
  return yield* tx.run(PURGE, { beforeMs, limit: PURGE_ROWS })
})

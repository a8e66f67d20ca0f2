import { statement } from '../../infra/db/statement.ts'
import type { Tx, Work } from '../../infra/db/transaction.ts'
import type { Seen } from './largest.ts'
import type { Life } from './life.ts'
import { dayKey, type NamesDay } from './tally.ts'

const LIVES = statement<{ ids: string }, { delivery: string; life: string }>({
  sqlite: 'SELECT delivery, life FROM stats_life WHERE delivery IN (SELECT value FROM json_each($ids)) LIMIT 500',
  postgres: 'SELECT delivery, life FROM stats_life WHERE delivery IN (SELECT json_array_elements_text($ids::json)) LIMIT 500',
})
/** All of a chunk at once, as rows: on PostgreSQL each statement is a journey. */
const KEEP_TAIL = 'ON CONFLICT (delivery) DO UPDATE SET settled_ms = excluded.settled_ms, life = excluded.life'
const KEEP = statement<{ lives: string }>({
  sqlite: `INSERT INTO stats_life (delivery, settled_ms, organization, life) SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each($lives) WHERE true ${KEEP_TAIL}`,
  postgres: `INSERT INTO stats_life (delivery, settled_ms, organization, life) SELECT value->>0, (value->>1)::bigint, value->>2, value->>3 FROM json_array_elements($lives::json) AS value ${KEEP_TAIL}`,
})

const NAMES = statement<{ organization: string; dayMs: number; kind: string }, { seen: string }>('SELECT seen FROM stats_names WHERE day_ms = $dayMs AND organization = $organization AND kind = $kind')
const KEEP_NAMES = statement<{ organization: string; dayMs: number; kind: string; seen: string }>(
  `INSERT INTO stats_names (day_ms, organization, kind, seen) VALUES ($dayMs, $organization, $kind, $seen)
  ON CONFLICT (day_ms, organization, kind) DO UPDATE SET seen = excluded.seen`,
)

/** What is known of the deliveries that a chunk of events tells of. */
export function* livesOf(tx: Tx, deliveries: readonly string[]): Work<ReadonlyMap<string, Life>> {
  const rows = yield* tx.all(LIVES, { ids: JSON.stringify(deliveries) })
  return new Map(rows.map(({ delivery, life }) => [delivery, JSON.parse(life) as Life]))
}

/** What is stored of a delivery. `life` is JSON. */
export interface StoredLife extends Pick<Life, 'organization' | 'settledMs'> {
  readonly delivery: string
  readonly life: string
}

/** Stores what is known of deliveries now. */
export function* keepLives(tx: Tx, lives: readonly StoredLife[]): Work<void> {
  if (lives.length > 0) yield* tx.run(KEEP, { lives: JSON.stringify(lives.map(({ delivery, settledMs, organization, life }) => [delivery, settledMs, organization, life])) })
}

/** The names that were compared on days so far, by `dayKey`. */
export function* namesOf(tx: Tx, days: readonly NamesDay[]): Work<ReadonlyMap<string, readonly Seen[]>> {
  const found = new Map<string, readonly Seen[]>()
  for (const day of days) {
    const row = yield* tx.one(NAMES, { ...day })
    if (row !== null) found.set(dayKey(day), JSON.parse(row.seen) as readonly Seen[])
  }
  return found
}

/** Stores the names that were compared on a day, as JSON. */
export function* keepNames(tx: Tx, day: NamesDay, seen: string): Work<void> {
  yield* tx.run(KEEP_NAMES, { ...day, seen })
}

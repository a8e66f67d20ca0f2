import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import type { Event, Position } from '../event/event.ts'
import { catchUp } from '../event/follow.ts'
import { advanceReader, eventsAfter, readerPosition } from '../event/sql.ts'
import { columnOf, COUNTERS } from './counter.ts'
import { type Fact, factOf } from './fact.ts'
import type { Seen } from './largest.ts'
import type { Life } from './life.ts'
import { COUNTS_MS, FORGET_AT_ONCE, KEPT_AT_ONCE, LIFE_MS, STEP_MS } from './limits.ts'
import { cellOf, dayOfNames, FIRST_KEPT, type Kept, keptAfter, type KeptKey, noteRebuild } from './sql-kept.ts'
import { type Cell, dayKey, daysOf, type NamesDay, Tally } from './tally.ts'

/** The name under which others are told how far the statistics have come. */
export const STATS_READER = 'stats'

const POSITION = statement<Record<never, never>, { position: string }>('SELECT position FROM stats_cursor')
const MOVE = statement<{ from: string; to: string }>('UPDATE stats_cursor SET position = $to WHERE position = $from')

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
const FORGET = statement<{ beforeMs: number }>(
  `DELETE FROM stats_life WHERE delivery IN (SELECT delivery FROM stats_life WHERE settled_ms < $beforeMs ORDER BY settled_ms LIMIT ${FORGET_AT_ONCE})`,
)

const NAMES = statement<{ organization: string; dayMs: number; kind: string }, { seen: string }>('SELECT seen FROM stats_names WHERE day_ms = $dayMs AND organization = $organization AND kind = $kind')
const KEEP_NAMES = statement<{ organization: string; dayMs: number; kind: string; seen: string }>(
  `INSERT INTO stats_names (day_ms, organization, kind, seen) VALUES ($dayMs, $organization, $kind, $seen)
  ON CONFLICT (day_ms, organization, kind) DO UPDATE SET seen = excluded.seen`,
)
/** Along the key, which begins with these: an index by time would make each addition cost three times as much. Counts of an organization without mail stay until it has some. */
const FORGET_COUNTS = statement<{ organization: string; beforeMs: number }>(
  "DELETE FROM stats_count WHERE organization = $organization AND facet IN ('brief', 'full', 'tag') AND step IN ('hour', 'day') AND at_ms < $beforeMs",
)
const FORGET_NAMES = statement<{ beforeMs: number }>('DELETE FROM stats_names WHERE day_ms < $beforeMs')

/** What rows are told apart by, in the order of their key. */
const KEYS = ['organization', 'facet', 'step', 'atMs', 'tag', 'stream', 'provider', 'domain', 'source', 'pool', 'category'] as const
const KEY_COLUMNS = KEYS.map((name) => (name === 'atMs' ? 'at_ms' : name)).join(', ')

const ADD_INTO = `INSERT INTO stats_count (${KEY_COLUMNS}, ${COUNTERS.map(columnOf).join(', ')})`
const ADD_TAIL = `ON CONFLICT (${KEY_COLUMNS}) DO UPDATE SET ${COUNTERS.map((name) => `${columnOf(name)} = stats_count.${columnOf(name)} + excluded.${columnOf(name)}`).join(', ')}`
const ADD_ONE = statement<Record<string, string | number>>(`${ADD_INTO} VALUES (${[...KEYS, ...COUNTERS].map((name) => `$${name}`).join(', ')}) ${ADD_TAIL}`)

/** Many rows at once, as arrays: on PostgreSQL each statement is a journey. SQLite would read a row's text once for each of its many columns, so there it is for nothing. */
const ADD_ALL = statement<{ cells: string }>({
  sqlite: `${ADD_INTO} SELECT ${[...KEYS, ...COUNTERS].map((_, i) => `value->>${i}`).join(', ')} FROM json_each($cells) WHERE true ${ADD_TAIL}`,
  postgres: `${ADD_INTO} SELECT ${[...KEYS, ...COUNTERS].map((name, i) => (name === 'atMs' || i >= KEYS.length ? `(value->>${i})::bigint` : `value->>${i}`)).join(', ')} FROM jsonb_array_elements($cells::jsonb) AS value ${ADD_TAIL}`,
})
const ADDED_AT_ONCE = 500

const TABLES = ['stats_count', 'stats_life', 'stats_names']
const EMPTY = TABLES.map((table) => statement(`DELETE FROM ${table}`))
const FORGET_OF = TABLES.map((table) => statement<{ organization: string }>(`DELETE FROM ${table} WHERE organization = $organization`))
const BEGIN = statement("UPDATE stats_cursor SET position = ''")

/** The facts of a chunk of the log, the organizations that it says are gone, and the places before and after it. */
interface CountArgs {
  readonly facts: readonly Fact[]
  readonly removed: readonly string[]
  readonly from: Position
  readonly to: Position
  /** How rows go to the database. */
  readonly adding: 'each' | 'together'
}

/**
 * Adds a chunk to the counts. Exactly once, whoever else counts at the moment: the place in the log moves in the same write, and only from where it was when the
 * chunk was read. Returns whether it did.
 */
const count = write('stats.count', function* (tx, { facts, removed, from, to, adding }: CountArgs): Work<boolean> {
  if ((yield* tx.run(MOVE, { from, to })) === 0) return false
  const days = daysOf(facts)
  const before = yield* livesOf(tx, facts)
  const tally = new Tally(before, yield* namesOf(tx, days))
  for (const fact of facts) tally.add(fact)
  yield* addAll(tx, tally.cells(), adding)
  const changed = [...tally.lives].filter(([delivery, life]) => life !== before.get(delivery))
  yield* keepLives(tx, changed.map(([delivery, life]) => [delivery, life.settledMs, life.organization, JSON.stringify(life)]))
  for (const day of days) yield* tx.run(KEEP_NAMES, { ...day, seen: JSON.stringify(tally.names(day)) })
  yield* forget(tx, facts)
  for (const organization of removed) {
    for (const forgetOf of FORGET_OF) yield* tx.run(forgetOf, { organization })
  }
  return true
})

type LifeRow = readonly [delivery: string, settledMs: number | null, organization: string, life: string]

function* keepLives(tx: Tx, rows: readonly LifeRow[]): Work<void> {
  if (rows.length > 0) yield* tx.run(KEEP, { lives: JSON.stringify(rows) })
}

/** By the clock of the events, not ours: a rebuild forgets what the first run forgot. */
function* forget(tx: Tx, facts: readonly Fact[]): Work<void> {
  const last = facts.at(-1)
  if (last === undefined) return
  yield* tx.run(FORGET, { beforeMs: last.atMs - LIFE_MS })
  for (const organization of new Set(facts.map((fact) => fact.organization))) yield* tx.run(FORGET_COUNTS, { organization, beforeMs: last.atMs - COUNTS_MS })
  yield* tx.run(FORGET_NAMES, { beforeMs: last.atMs - 2 * STEP_MS.day })
}

function* livesOf(tx: Tx, facts: readonly Fact[]): Work<ReadonlyMap<string, Life>> {
  const ids = [...new Set(facts.flatMap(({ delivery }) => delivery ?? []))]
  const rows = yield* tx.all(LIVES, { ids: JSON.stringify(ids) })
  return new Map(rows.map(({ delivery, life }) => [delivery, JSON.parse(life) as Life]))
}

function* namesOf(tx: Tx, days: readonly NamesDay[]): Work<ReadonlyMap<string, readonly Seen[]>> {
  const found = new Map<string, readonly Seen[]>()
  for (const day of days) {
    const row = yield* tx.one(NAMES, { ...day })
    if (row !== null) found.set(dayKey(day), JSON.parse(row.seen) as readonly Seen[])
  }
  return found
}

function* addAll(tx: Tx, cells: readonly Cell[], adding: CountArgs['adding']): Work<void> {
  if (adding === 'each') {
    for (const { counts, ...key } of cells) yield* tx.run(ADD_ONE, { ...key, ...Object.fromEntries(COUNTERS.map((name) => [name, counts[name] ?? 0])) })
    return
  }
  const rows = cells.map((cell) => [...KEYS.map((name) => cell[name]), ...COUNTERS.map((name) => cell.counts[name] ?? 0)])
  for (let from = 0; from < rows.length; from += ADDED_AT_ONCE) yield* tx.run(ADD_ALL, { cells: JSON.stringify(rows.slice(from, from + ADDED_AT_ONCE)) })
}

/** A page of what removed events came to, and the places before and after it. */
interface LoadArgs {
  readonly rows: readonly Kept[]
  readonly from: Position
  readonly to: Position
  readonly adding: CountArgs['adding']
}

/** Begins with what removed events came to, or goes on with that. Exactly once, like a chunk. */
const load = write('stats.load', function* (tx, { rows, from, to, adding }: LoadArgs): Work<boolean> {
  if ((yield* tx.run(MOVE, { from, to })) === 0) return false
  if (from === '') for (const empty of EMPTY) yield* tx.run(empty, {})
  yield* addAll(tx, rows.filter(({ kind }) => kind === 'count').map(cellOf), adding)
  yield* keepLives(tx, rows.filter(({ kind }) => kind === 'life').map(({ key, settledMs, organization, value }) => [key, settledMs, organization, value]))
  for (const row of rows) if (row.kind === 'names') yield* tx.run(KEEP_NAMES, { ...dayOfNames(row), seen: row.value })
  return true
})

/** Forgets everything that was counted: what follows the log begins anew. */
export const forgetStats = write('stats.forget', function* (tx, args: Record<never, never>): Work<void> {
  yield* tx.run(BEGIN, args)
  for (const empty of EMPTY) yield* tx.run(empty, {})
})

/**
 * Follows the log until nothing is left and counts it. The counts may lie in a database of their own (`stats`): how far they have come is known there, so
 * a file that was deleted is made again. Returns how many events were counted by us: when somebody else counts, too, we go on from where they are.
 */
export async function fillStats(db: Database, stats: Database, signal: AbortSignal): Promise<number> {
  let counted = 0
  let pass: Pass
  do {
    if (!(await beginWithKept(db, stats, signal))) return counted
    pass = await onePass(db, stats, signal)
    counted += pass.counted
  } while (pass.overtaken && !signal.aborted)
  // Told to those who ask how far the statistics are behind.
  if (!isBefore(pass.reached) && (await readerPosition(db, STATS_READER)) !== pass.reached) await db.write(advanceReader, { reader: STATS_READER, position: pass.reached })
  return counted
}

/** A place in what removed events came to, before the log itself. */
const IN_KEPT = 'kept:'

/** Before the first event that is left. */
const BEGINNING: Position = '0:0'

/** Whether what removed events came to has not been loaded to its end: nothing is counted then. */
function isBefore(position: Position): boolean {
  return position === '' || position.startsWith(IN_KEPT)
}

/**
 * Brings statistics that were lost, or are begun anew, to the first event that is left. Events are removed up to where the statistics are, so while they are here none goes; that
 * they begin anew is said first. A crash leaves them at a page, from which they go on. False when there was not the time.
 */
async function beginWithKept(db: Database, stats: Database, signal: AbortSignal): Promise<boolean> {
  for (let at = await statsPosition(stats); isBefore(at); at = await statsPosition(stats)) {
    if (signal.aborted) return false
    if (at === '') await db.write(noteRebuild, {})
    const rows = await keptAfter(db, at === '' ? FIRST_KEPT : (JSON.parse(at.slice(IN_KEPT.length)) as KeptKey))
    const last = rows.at(-1)
    const to = last === undefined || rows.length < KEPT_AT_ONCE ? BEGINNING : `${IN_KEPT}${JSON.stringify({ organization: last.organization, kind: last.kind, atMs: last.atMs, key: last.key })}`
    await stats.write(load, { rows, from: at, to, adding: addingTo(stats) })
  }
  return true
}

/** How far the log has been counted; '' while that has not begun. */
export async function countedTo(stats: Database): Promise<Position> {
  const at = await statsPosition(stats)
  return isBefore(at) ? '' : at
}

interface Pass {
  readonly counted: number
  readonly reached: Position
  /** Somebody else had counted the next chunk when we came to it. */
  readonly overtaken: boolean
}

async function onePass(db: Database, stats: Database, signal: AbortSignal): Promise<Pass> {
  let reached = await statsPosition(stats)
  if (isBefore(reached)) return { counted: 0, reached, overtaken: true } // Somebody began anew just now.
  let counted = 0
  const overtaken = new AbortController()
  const handle = async (events: readonly Event[], to: Position): Promise<void> => {
    const removed = events.flatMap(({ type, organization }) => (type === 'organization.removed' ? organization : []))
    const args = { facts: events.flatMap((event) => factOf(event) ?? []), removed, from: reached, to, adding: addingTo(stats) } as const
    if (!(await stats.write(count, args))) return overtaken.abort()
    reached = to
    counted += events.length
  }
  const log = { after: (after: Position, limit: number) => eventsAfter(db, after, limit), position: async () => reached }
  await catchUp(log, { name: STATS_READER, handle }, AbortSignal.any([signal, overtaken.signal]))
  return { counted, reached, overtaken: overtaken.signal.aborted }
}

function addingTo({ dialect }: Database): CountArgs['adding'] {
  return dialect === 'postgres' ? 'together' : 'each'
}

async function statsPosition(stats: Database): Promise<Position> {
  return (await stats.one(POSITION, {}))?.position ?? ''
}

import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import type { Position } from '../event/event.ts'
import type { Fact } from './fact.ts'
import { COUNTS_MS, FORGET_AT_ONCE, LIFE_MS, STEP_MS, STRETCH_MS } from './limits.ts'
import { AXES, pointsOf } from './line.ts'
import { addCells, type Adding } from './sql-cell.ts'
import { cellOf, dayOfNames, type Kept } from './sql-kept.ts'
import { keepLives, keepNames, livesOf, namesOf } from './sql-life.ts'
import { addPoints } from './sql-line.ts'
import { type Cell, dayKey, daysOf, type NamesDay, Tally } from './tally.ts'

const POSITION = statement<Record<never, never>, { position: string }>('SELECT position FROM stats_cursor')
const MOVE = statement<{ from: string; to: string }>('UPDATE stats_cursor SET position = $to WHERE position = $from')

const FORGET_LIVES = statement<{ beforeMs: number }>(
  `DELETE FROM stats_life WHERE delivery IN (SELECT delivery FROM stats_life WHERE settled_ms < $beforeMs ORDER BY settled_ms LIMIT ${FORGET_AT_ONCE})`,
)
const FORGET_NAMES = statement<{ beforeMs: number }>('DELETE FROM stats_names WHERE day_ms < $beforeMs')
/** Along the key, which begins with these: an index by time would make each addition cost three times as much. Counts of an organization without mail stay until it has some. */
const FORGET_COUNTS = statement<{ organization: string; beforeMs: number }>(
  `DELETE FROM stats_count WHERE organization = $organization AND facet IN (${listed(Object.keys(AXES))}) AND step IN ('hour', 'day') AND at_ms < $beforeMs`,
)
/** Likewise, as soon as a whole stretch is over. */
const FORGET_LINES = statement<{ organization: string; beforeMs: number }>(
  `DELETE FROM stats_line WHERE organization = $organization AND axis IN (${listed(Object.values(AXES).flat())}) AND step IN ('hour', 'day') AND stretch_ms < $beforeMs`,
)

function listed(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(', ')
}

const TABLES = ['stats_count', 'stats_line', 'stats_life', 'stats_names']
const EMPTY = TABLES.map((table) => statement(`DELETE FROM ${table}`))
const FORGET_OF = TABLES.map((table) => statement<{ organization: string }>(`DELETE FROM ${table} WHERE organization = $organization`))
const BEGIN = statement("UPDATE stats_cursor SET position = ''")

/** How far the statistics have come; '' when they have not begun. */
export async function statsPosition(stats: Database): Promise<Position> {
  return (await stats.one(POSITION, {}))?.position ?? ''
}

/** A step from one place to the next, and how rows go to the database. */
interface Moving {
  readonly from: Position
  readonly to: Position
  readonly adding: Adding
}

/** The facts of a chunk of the log, and the organizations that it says are gone. */
interface CountArgs extends Moving {
  readonly facts: readonly Fact[]
  readonly removed: readonly string[]
}

/**
 * Adds a chunk to the counts. Exactly once, whoever else counts at the moment: the place in the log moves in the same write, and only from where it was when the
 * chunk was read. Returns whether it did.
 */
export const count = write('stats.count', function* (tx, { facts, removed, from, to, adding }: CountArgs): Work<boolean> {
  if ((yield* tx.run(MOVE, { from, to })) === 0) return false
  const days = daysOf(facts)
  const before = yield* livesOf(tx, [...new Set(facts.flatMap(({ delivery }) => delivery ?? []))])
  const names = yield* namesOf(tx, days)
  const tally = new Tally(before, names)
  for (const fact of facts) tally.add(fact)
  yield* addAll(tx, tally.cells(), adding)
  const changed = [...tally.lives].filter(([delivery, life]) => life !== before.get(delivery))
  yield* keepLives(tx, changed.map(([delivery, life]) => ({ delivery, settledMs: life.settledMs, organization: life.organization, life: JSON.stringify(life) })))
  for (const day of days) yield* keepNames(tx, day, JSON.stringify(tally.names(day)))
  yield* forgetOld(tx, facts, days.filter((day) => !names.has(dayKey(day))))
  for (const organization of removed) {
    for (const forgetOf of FORGET_OF) yield* tx.run(forgetOf, { organization })
  }
  return true
})

/** A page of what removed events came to. */
interface LoadArgs extends Moving {
  readonly rows: readonly Kept[]
}

/** Begins with what removed events came to, or goes on with that. Exactly once, like a chunk. */
export const load = write('stats.load', function* (tx, { rows, from, to, adding }: LoadArgs): Work<boolean> {
  if ((yield* tx.run(MOVE, { from, to })) === 0) return false
  if (from === '') for (const empty of EMPTY) yield* tx.run(empty, {})
  yield* addAll(tx, rows.filter(({ kind }) => kind === 'count').map(cellOf), adding)
  yield* keepLives(tx, rows.filter(({ kind }) => kind === 'life').map(({ key, settledMs, organization, value }) => ({ delivery: key, settledMs, organization, life: value })))
  for (const row of rows) if (row.kind === 'names') yield* keepNames(tx, dayOfNames(row), row.value)
  return true
})

/** Forgets everything that was counted: what follows the log begins anew. */
export const forgetStats = write('stats.forget', function* (tx, args: Record<never, never>): Work<void> {
  yield* tx.run(BEGIN, args)
  for (const empty of EMPTY) yield* tx.run(empty, {})
})

function* addAll(tx: Tx, cells: readonly Cell[], adding: Adding): Work<void> {
  yield* addCells(tx, cells, adding)
  yield* addPoints(tx, pointsOf(cells), adding)
}

/** By the clock of the events, not ours: a rebuild forgets what the first run forgot. Counts of an organization once a day: with the first of its mail. */
function* forgetOld(tx: Tx, facts: readonly Fact[], begun: readonly NamesDay[]): Work<void> {
  const last = facts.at(-1)
  if (last === undefined) return
  yield* tx.run(FORGET_LIVES, { beforeMs: last.atMs - LIFE_MS })
  for (const organization of new Set(begun.map((day) => day.organization))) {
    yield* tx.run(FORGET_COUNTS, { organization, beforeMs: last.atMs - COUNTS_MS })
    yield* tx.run(FORGET_LINES, { organization, beforeMs: last.atMs - COUNTS_MS - STRETCH_MS })
  }
  yield* tx.run(FORGET_NAMES, { beforeMs: last.atMs - 2 * STEP_MS.day })
}

import { statement } from '../../infra/db/statement.ts'
import type { Tx, Work } from '../../infra/db/transaction.ts'
import { columnOf, type Counter, COUNTERS, READERS, TIMES, zerosOf } from './counter.ts'
import type { Cell } from './tally.ts'

/** What rows are told apart by, in the order of their key. */
const KEYS = ['organization', 'facet', 'step', 'atMs', 'tag', 'stream', 'provider', 'domain', 'source', 'pool', 'category'] as const
const KEY_COLUMNS = KEYS.map((name) => (name === 'atMs' ? 'at_ms' : name)).join(', ')

const ADD_INTO = `INSERT INTO stats_count (${KEY_COLUMNS}, ${COUNTERS.map(columnOf).join(', ')})`
const ADD_TAIL = addTail(COUNTERS)

function addTail(counters: readonly Counter[]): string {
  return `ON CONFLICT (${KEY_COLUMNS}) DO UPDATE SET ${counters.map((name) => `${columnOf(name)} = stats_count.${columnOf(name)} + excluded.${columnOf(name)}`).join(', ')}`
}

/** Counters that change together. Most cells get something of one or two of these parts, and binding and adding up fifty numbers for each would cost twice as much. */
const USUAL: readonly Counter[] = ['accepted', 'attempted', 'deferred', 'waiting', 'delivered', 'tries', 'triesDeferred', 'triesDelivered', 'deliveredAway', 'deliveredTls', 'deliveredHeard', 'complainedHeard']
const PARTS: readonly (readonly Counter[])[] = [USUAL, TIMES, READERS, COUNTERS.filter((name) => ![...USUAL, ...TIMES, ...READERS].includes(name))]
const PART_OF = new Map(PARTS.flatMap((names, part) => names.map((name) => [name, 1 << part] as const)))

/** How a cell is added to, by the parts that it has something of: a bit for each. */
const ADD_ONE = Array.from({ length: 1 << PARTS.length }, (_, bits) => {
  const told = PARTS.flatMap((names, part) => ((bits & (1 << part)) === 0 ? [] : names))
  const values = COUNTERS.map((name) => (told.includes(name) ? `$${name}` : '0'))
  return { zeros: zerosOf(told), add: statement<Record<string, string | number>>(`${ADD_INTO} VALUES (${[...KEYS.map((name) => `$${name}`), ...values].join(', ')}) ${addTail(told.length === 0 ? COUNTERS : told)}`) }
})

function* addOne(tx: Tx, { counts, ...key }: Cell): Work<void> {
  let bits = 0
  for (const name in counts) bits |= PART_OF.get(name as Counter) ?? 0
  const way = ADD_ONE[bits]
  if (way !== undefined) yield* tx.run(way.add, { ...key, ...way.zeros, ...counts })
}

/** Many rows at once, as arrays: on PostgreSQL each statement is a journey. SQLite would read a row's text once for each of its many columns, so there it is for nothing. */
const ADD_ALL = statement<{ cells: string }>({
  sqlite: `${ADD_INTO} SELECT ${[...KEYS, ...COUNTERS].map((_, i) => `value->>${i}`).join(', ')} FROM json_each($cells) WHERE true ${ADD_TAIL}`,
  postgres: `${ADD_INTO} SELECT ${[...KEYS, ...COUNTERS].map((name, i) => (name === 'atMs' || i >= KEYS.length ? `(value->>${i})::bigint` : `value->>${i}`)).join(', ')} FROM jsonb_array_elements($cells::jsonb) AS value ${ADD_TAIL}`,
})
const ADDED_AT_ONCE = 500

/** How rows go to the database. */
export type Adding = 'each' | 'together'

/** Adds to cells. */
export function* addCells(tx: Tx, cells: readonly Cell[], adding: Adding): Work<void> {
  if (adding === 'each') {
    for (const cell of cells) yield* addOne(tx, cell)
    return
  }
  const rows = cells.map((cell) => [...KEYS.map((name) => cell[name]), ...COUNTERS.map((name) => cell.counts[name] ?? 0)])
  for (let from = 0; from < rows.length; from += ADDED_AT_ONCE) yield* tx.run(ADD_ALL, { cells: JSON.stringify(rows.slice(from, from + ADDED_AT_ONCE)) })
}

import { statement } from '../../infra/db/statement.ts'
import type { Tx, Work } from '../../infra/db/transaction.ts'
import { columnOf, type Counter, COUNTERS, READERS, TIMES, zerosOf } from './counter.ts'
import type { Cell } from './tally.ts'

/** What rows are told apart by, in the order of their key. */
const KEYS = ['organization', 'facet', 'step', 'atMs', 'tag', 'stream', 'provider', 'domain', 'source', 'pool', 'category'] as const
const KEY_COLUMNS = KEYS.map((name) => (name === 'atMs' ? 'at_ms' : name)).join(', ')

const ADD_INTO = `INSERT INTO stats_count (${KEY_COLUMNS}, ${COUNTERS.map(columnOf).join(', ')})`

function addTail(counters: readonly Counter[]): string {
  return `ON CONFLICT (${KEY_COLUMNS}) DO UPDATE SET ${counters.map((name) => `${columnOf(name)} = stats_count.${columnOf(name)} + excluded.${columnOf(name)}`).join(', ')}`
}

/** Counters that change together. Most cells get something of one or two of these parts, and binding and adding up fifty numbers for each would cost twice as much. */
const USUAL: readonly Counter[] = ['accepted', 'attempted', 'deferred', 'waiting', 'delivered', 'tries', 'triesDeferred', 'triesDelivered', 'deliveredAway', 'deliveredTls', 'deliveredHeard', 'complainedHeard', 'deliveredNoPicture', 'deliveredNoLinks']
const PARTS: readonly (readonly Counter[])[] = [USUAL, TIMES, READERS, COUNTERS.filter((name) => ![...USUAL, ...TIMES, ...READERS].includes(name))]
const PART_OF = new Map(PARTS.flatMap((names, part) => names.map((name) => [name, 1 << part] as const)))

/** How cells are added to, by the parts that they have something of: a bit for each. */
const WAYS = Array.from({ length: 1 << PARTS.length }, (_, bits) => {
  const told = PARTS.flatMap((names, part) => ((bits & (1 << part)) === 0 ? [] : names))
  const tail = addTail(told.length === 0 ? COUNTERS : told)
  const given = (keys: readonly string[], count: (name: Counter) => string): string => [...keys, ...COUNTERS.map((name) => (told.includes(name) ? count(name) : '0'))].join(', ')
  return {
    told,
    zeros: zerosOf(told),
    one: statement<Record<string, string | number>>(`${ADD_INTO} VALUES (${given(KEYS.map((name) => `$${name}`), (name) => `$${name}`)}) ${tail}`),
    // Many rows at once, as arrays: on PostgreSQL each statement is a journey. SQLite would read a row's text once for each of its columns.
    all: statement<{ cells: string }>(
      `${ADD_INTO} SELECT ${given(KEYS.map((name, i) => (name === 'atMs' ? `(value->>${i})::bigint` : `value->>${i}`)), (name) => `(value->>${KEYS.length + told.indexOf(name)})::bigint`)} FROM jsonb_array_elements($cells::jsonb) AS value ${tail}`,
    ),
  }
})

function wayOf({ counts }: Cell): number {
  let bits = 0
  for (const name in counts) bits |= PART_OF.get(name as Counter) ?? 0
  return bits
}

const ADDED_AT_ONCE = 500

/** How rows go to the database. */
export type Adding = 'each' | 'together'

/** Adds to cells. */
export function* addCells(tx: Tx, cells: readonly Cell[], adding: Adding): Work<void> {
  for (const [bits, alike] of Map.groupBy(cells, wayOf)) {
    const way = WAYS[bits]
    if (way === undefined) throw new Error(`no way to add to a cell: ${bits}`)
    if (adding === 'each') for (const { counts, ...key } of alike) yield* tx.run(way.one, { ...key, ...way.zeros, ...counts })
    else {
      const rows = alike.map((cell) => [...KEYS.map((name) => cell[name]), ...way.told.map((name) => cell.counts[name] ?? 0)])
      for (let from = 0; from < rows.length; from += ADDED_AT_ONCE) yield* tx.run(way.all, { cells: JSON.stringify(rows.slice(from, from + ADDED_AT_ONCE)) })
    }
  }
}

import { columnOf, type Counter, type Counts, COUNTERS, type Facet, faceted, type Key, plus } from '../../src/core/stats/counter.ts'
import type { STEP_MS } from '../../src/core/stats/limits.ts'
import { type Point, pointsOf } from '../../src/core/stats/line.ts'
import { addPoints } from '../../src/core/stats/sql-line.ts'
import { type Cell, startOf } from '../../src/core/stats/tally.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { type Work, write } from '../../src/infra/db/transaction.ts'

const KEYS = ['organization', 'facet', 'step', 'atMs', 'tag', 'stream', 'provider', 'domain', 'source', 'pool', 'category'] as const

const PUT = statement<Record<string, string | number>>(
  `INSERT INTO stats_count (${KEYS.map((name) => (name === 'atMs' ? 'at_ms' : name)).join(', ')}, ${COUNTERS.map(columnOf).join(', ')})
  VALUES (${[...KEYS, ...COUNTERS].map((name) => `$${name}`).join(', ')})`,
)

const putAll = write('bench.stats', function* (tx, cells: readonly Cell[]): Work<void> {
  for (const { counts, ...key } of cells) yield* tx.run(PUT, { ...key, ...Object.fromEntries(COUNTERS.map((name) => [name, counts[name] ?? 0])) })
})

const putLines = write('bench.stats_lines', function* (tx, points: readonly Point[]): Work<void> {
  yield* addPoints(tx, points, 'each')
})

/** Rows written at once. */
const CHUNK = 5_000

/** What one delivery adds, where. */
export interface Counted extends Key {
  readonly atMs: number
  readonly tag: string
  readonly counts: Counts
}

/** Adds up deliveries into the rows that the statistics would have of them, and stores those. Returns how many rows there are of hours and of days. */
export async function putRollups(stats: Database, all: Iterable<Counted>): Promise<Readonly<Record<keyof typeof STEP_MS, number>>> {
  const cells = new Map<string, Cell & { readonly counts: Partial<Record<Counter, number>> }>()
  for (const { atMs, tag, counts, ...of } of all) {
    for (const step of ['hour', 'day'] as const) {
      for (const facet of ['brief', 'full', ...(tag === '' ? [] : (['tag'] as const))] as const satisfies readonly Facet[]) {
        const key = { ...faceted(of, facet), facet, step, atMs: startOf(step, atMs), tag: facet === 'tag' ? tag : '' } as const
        const id = KEYS.map((name) => key[name]).join(' ')
        const cell = cells.get(id) ?? { ...key, counts: {} }
        cells.set(id, cell)
        plus(cell.counts, counts)
      }
    }
  }
  const rows = [...cells].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, cell]) => cell)
  for (let from = 0; from < rows.length; from += CHUNK) await stats.write(putAll, rows.slice(from, from + CHUNK))
  const points = pointsOf(rows)
  for (let from = 0; from < points.length; from += CHUNK) await stats.write(putLines, points.slice(from, from + CHUNK))
  return { hour: rows.filter(({ step }) => step === 'hour').length, day: rows.filter(({ step }) => step === 'day').length }
}

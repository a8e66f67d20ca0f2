import { statsMigrations } from '../../src/app/migration/sql-stats.ts'
import { columnOf, COUNTERS } from '../../src/core/stats/counter.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { statementsOf } from '../../src/infra/db/migrate.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { type Work, write } from '../../src/infra/db/transaction.ts'

type Raw = { readonly [column: string]: string | number }

const KEYS = ['organization', 'facet', 'step', 'at_ms', 'tag', 'stream', 'provider', 'domain', 'source', 'pool', 'category']

const ROWS = statement<Record<never, never>, Raw>(`SELECT ${KEYS.join(', ')}, ${COUNTERS.map(columnOf).join(', ')} FROM stats_count`)
const LINES = statement<Record<never, never>, Readonly<Record<'name' | 'counts', string>>>("SELECT organization || ' ' || axis || ' ' || step || ' ' || at_ms || ' ' || word AS name, counts FROM stats_line")

/** Every stored count that is not 0, of cells and of lines, by the words of its row's key joined by a space, in order. */
export async function storedStats(stats: Database): Promise<readonly (readonly [string, Readonly<Record<string, number>>])[]> {
  const rows = (await stats.all(ROWS, {})).map((row) => {
    const counts = Object.fromEntries(COUNTERS.map((name) => [name, Number(row[columnOf(name)])] as const).filter(([, count]) => count !== 0))
    return [KEYS.map((name) => row[name]).join(' '), counts] as const
  })
  const lines = (await stats.all(LINES, {})).map(({ name, counts }) => [name, JSON.parse(counts) as Readonly<Record<string, number>>] as const)
  return [...rows, ...lines].filter(([, counts]) => Object.keys(counts).length > 0).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

const run = write('test.stats_schema', function* (tx, statements: readonly string[]): Work<void> {
  for (const sql of statements) yield* tx.run(statement(sql), {})
})

/** Makes the lines anew as a program does that finds counts of one before there were lines. */
export async function migrateToLines(stats: Database): Promise<void> {
  const toLines = statsMigrations.filter(({ version }) => version === 4).flatMap((step) => statementsOf(step, stats.dialect))
  await stats.write(run, ['DROP TABLE stats_line', ...toLines])
}

import { columnOf, COUNTERS } from '../../src/core/stats/counter.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { statement } from '../../src/infra/db/statement.ts'

type Raw = { readonly [column: string]: string | number }

const KEYS = ['organization', 'facet', 'step', 'at_ms', 'tag', 'stream', 'provider', 'domain', 'source', 'pool', 'category']

const ROWS = statement<Record<never, never>, Raw>(`SELECT ${KEYS.join(', ')}, ${COUNTERS.map(columnOf).join(', ')} FROM stats_count`)

/** Every stored count that is not 0, by the words of its row's key joined by a space, in order. */
export async function storedStats(stats: Database): Promise<readonly (readonly [string, Readonly<Record<string, number>>])[]> {
  const rows = (await stats.all(ROWS, {})).map((row) => {
    const counts = Object.fromEntries(COUNTERS.map((name) => [name, Number(row[columnOf(name)])] as const).filter(([, count]) => count !== 0))
    return [KEYS.map((name) => row[name]).join(' '), counts] as const
  })
  return rows.filter(([, counts]) => Object.keys(counts).length > 0).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

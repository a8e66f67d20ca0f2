import type { Database } from '../../infra/db/database.ts'
import { statement, type Statement } from '../../infra/db/statement.ts'
import { columnOf, type Counter, type Counts, COUNTERS } from './counter.ts'
import { MAX_GROUPS, MAX_ROWS, STEP_MS } from './limits.ts'

/** What counts can be told apart by. */
export const GROUPS = ['stream', 'provider', 'domain', 'source', 'category'] as const

/** One of them. */
export type Group = (typeof GROUPS)[number]

/** A question to the statistics. Times are the beginnings of steps. */
export interface Asked {
  readonly organization: string
  readonly fromMs: number
  /** Not included. */
  readonly toMs: number
  readonly step: keyof typeof STEP_MS
  /** A row for each step, or one for all of the time. */
  readonly series: boolean
  readonly groupBy: Group | null
  /** Only what fits every word given; null stands for any, '' for what nothing is known of. */
  readonly where: Readonly<Record<Group, string | null>>
}

/** Counts of a step, a group, or both. */
export interface Row {
  readonly atMs: number | null
  readonly group: string | null
  readonly counts: Counts
}

/** The answer. `hasMore`: there are smaller groups than these. */
export interface Found {
  readonly rows: readonly Row[]
  readonly hasMore: boolean
}

type Wanted = Record<'organization' | 'step', string> & Record<'fromMs' | 'toMs' | 'limit', number> & Record<Group, string | null>
type Raw = { readonly [column: string]: number | string }

const SUMS = COUNTERS.map((name) => `COALESCE(SUM(${columnOf(name)}), 0) AS ${columnOf(name)}`).join(', ')
const FITS = GROUPS.map((group) => ({ sqlite: `($${group} IS NULL OR ${group} = $${group})`, postgres: `($${group}::text IS NULL OR ${group} = $${group}::text)` }))

const ALL = sums('', '')
const STEPS = sums('at_ms AS at_ms, ', 'GROUP BY at_ms ORDER BY at_ms')
const TOTALS = each((group) => sums(`${group} AS grp, `, `GROUP BY ${group} ORDER BY SUM(n_accepted + n_tries + n_suppressed) DESC, ${group}`))

function sums(columns: string, end: string): Statement<Wanted, Raw> {
  const text = (dialect: 'sqlite' | 'postgres', limit: string): string =>
    `SELECT ${columns}${SUMS} FROM stats_count WHERE organization = $organization AND step = $step AND at_ms >= $fromMs AND at_ms < $toMs
    AND ${FITS.map((fits) => fits[dialect]).join(' AND ')} ${end} LIMIT ${limit}`
  return statement<Wanted, Raw>({ sqlite: text('sqlite', '$limit'), postgres: text('postgres', '$limit::bigint') })
}

function each<T>(make: (group: Group) => T): Readonly<Record<Group, T>> {
  return Object.fromEntries(GROUPS.map((group) => [group, make(group)])) as Record<Group, T>
}

/** Reads counts. The largest groups come first, steps in the order of time; steps in which nothing happened have no row. */
export async function readStats(stats: Database, asked: Asked): Promise<Found> {
  const { groupBy, series } = asked
  if (groupBy === null) return { rows: series ? await stepsOf(stats, asked) : (await stats.all(ALL, wanted(asked, 1))).map(toRow), hasMore: false }
  const most = series ? Math.max(1, Math.min(MAX_GROUPS, Math.floor(MAX_ROWS / stepCount(asked)))) : MAX_GROUPS
  const totals = (await stats.all(TOTALS[groupBy], wanted(asked, most + 1))).map(toRow)
  const largest = totals.slice(0, most)
  const rows = series ? (await Promise.all(largest.map(({ group }) => stepsOf(stats, { ...asked, where: { ...asked.where, [groupBy]: group } }, group)))).flat() : largest
  return { rows, hasMore: totals.length > most }
}

/** How many steps a question spans. */
export function stepCount({ fromMs, toMs, step }: Pick<Asked, 'fromMs' | 'toMs' | 'step'>): number {
  return Math.ceil((toMs - fromMs) / STEP_MS[step])
}

async function stepsOf(stats: Database, asked: Asked, group: string | null = null): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (let { fromMs } = asked; fromMs < asked.toMs; fromMs += PAGE * STEP_MS[asked.step]) {
    const toMs = Math.min(asked.toMs, fromMs + PAGE * STEP_MS[asked.step])
    rows.push(...(await stats.all(STEPS, wanted({ ...asked, fromMs, toMs }, PAGE))).map((row) => ({ ...toRow(row), group })))
  }
  return rows
}

/** Rows of one reading. */
const PAGE = 500

function wanted({ organization, step, fromMs, toMs, where }: Asked, limit: number): Wanted {
  return { organization, step, fromMs, toMs, limit, ...where }
}

function toRow(raw: Raw): Row {
  const { at_ms: atMs, grp } = raw
  const counts = Object.fromEntries(COUNTERS.map((name) => [name, Number(raw[columnOf(name)])])) as Record<Counter, number>
  return { atMs: atMs === undefined ? null : Number(atMs), group: grp === undefined ? null : String(grp), counts }
}

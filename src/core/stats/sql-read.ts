import type { Database } from '../../infra/db/database.ts'
import { type PerDialect, statement, type Statement } from '../../infra/db/statement.ts'
import { columnOf, type Counter, type Counts, COUNTERS, type Facet } from './counter.ts'
import { MAX_GROUPS, MAX_ROWS, STEP_MS } from './limits.ts'

/** What counts can be told apart by. */
export const GROUPS = ['stream', 'provider', 'domain', 'source', 'pool', 'category', 'tag'] as const

/** One of them. */
export type Group = (typeof GROUPS)[number]

/** A question to the statistics, without a fault (`faultOf`). Times are the beginnings of steps. */
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

type Asking = Record<'organization' | 'facet', string> & Record<'fromMs' | 'toMs' | 'limit', number> & Record<Group, string | null>
type Wanted = Asking & { readonly step: string }
type Spanned = Asking & Record<'dayFromMs' | 'dayToMs' | 'headToMs' | 'tailFromMs', number>
type Raw = { readonly [column: string]: number | string }

const SUMS = COUNTERS.map((name) => `COALESCE(SUM(${columnOf(name)}), 0) AS ${columnOf(name)}`).join(', ')
const FITS = GROUPS.map((group) => ({ sqlite: `($${group} IS NULL OR ${group} = $${group})`, postgres: `($${group}::text IS NULL OR ${group} = $${group}::text)` }))

const ANY_GROUP = { sqlite: '', postgres: '' }

/** A question about one kind of step. */
const ONE_STEP = 'stats_count WHERE organization = $organization AND facet = $facet AND step = $step AND at_ms >= $fromMs AND at_ms < $toMs'

/** Hours are read only before the first whole day and after the last: a month of them are thirty times the rows of its days. */
const WHOLE_DAYS = `(${[
  ['day', '$dayFromMs', '$dayToMs'],
  ['hour', '$fromMs', '$headToMs'],
  ['hour', '$tailFromMs', '$toMs'],
].map(([step, from, to]) => `SELECT * FROM stats_count WHERE organization = $organization AND facet = $facet AND step = '${step}' AND at_ms >= ${from} AND at_ms < ${to}`).join(' UNION ALL ')}) AS counted WHERE 1 = 1`

const ALL = sums<Spanned>('', WHOLE_DAYS, ANY_GROUP, '')
const STEPS = sums<Wanted>('at_ms, ', ONE_STEP, ANY_GROUP, 'GROUP BY at_ms ORDER BY at_ms')
const LARGEST_FIRST = each((group) => `GROUP BY ${group} ORDER BY SUM(n_accepted + n_tries + n_suppressed) DESC, ${group}`)
const TOTALS = each((group) => sums<Spanned>(`${group} AS grp, `, WHOLE_DAYS, ANY_GROUP, LARGEST_FIRST[group]))
const LARGEST = each((group) => selecting<Spanned>(`${group} AS grp`, WHOLE_DAYS, ANY_GROUP, LARGEST_FIRST[group]))
const GROUPED_STEPS = each((group) =>
  sums<Wanted & { readonly groups: string }>(
    `at_ms, ${group} AS grp, `,
    ONE_STEP,
    { sqlite: `AND ${group} IN (SELECT value FROM json_each($groups))`, postgres: `AND ${group} IN (SELECT json_array_elements_text($groups::json))` },
    `GROUP BY at_ms, ${group} ORDER BY at_ms, ${group}`,
  ),
)

function sums<P extends Asking>(columns: string, from: string, groups: PerDialect, end: string): Statement<P, Raw> {
  return selecting<P>(columns + SUMS, from, groups, end)
}

function selecting<P extends Asking>(columns: string, from: string, groups: PerDialect, end: string): Statement<P, Raw> {
  const text = (dialect: 'sqlite' | 'postgres', limit: string): string =>
    `SELECT ${columns} FROM ${from}
    AND ${FITS.map((fits) => fits[dialect]).join(' AND ')} ${groups[dialect]} ${end} LIMIT ${limit}`
  return statement<P, Raw>({ sqlite: text('sqlite', '$limit'), postgres: text('postgres', '$limit::bigint') })
}

function each<T>(make: (group: Group) => T): Readonly<Record<Group, T>> {
  return Object.fromEntries(GROUPS.map((group) => [group, make(group)])) as Record<Group, T>
}

/** Reads counts. Steps come in the order of time, without them the largest groups first; where nothing happened there is no row. */
export async function readStats(stats: Database, asked: Asked): Promise<Found> {
  const { groupBy, series } = asked
  if (groupBy === null) return { rows: series ? await stepsOf(asked, 1, (part, limit) => stats.all(STEPS, wanted(part, limit))) : (await stats.all(ALL, spanned(asked, 1))).map(toRow), hasMore: false }
  const most = series ? Math.max(1, Math.min(MAX_GROUPS, Math.floor(MAX_ROWS / stepCount(asked)))) : MAX_GROUPS
  const found = await stats.all(series ? LARGEST[groupBy] : TOTALS[groupBy], spanned(asked, most + 1))
  const hasMore = found.length > most
  const largest = found.slice(0, most)
  if (!series || largest.length === 0) return { rows: largest.map(toRow), hasMore }
  if (largest.length <= FEW_GROUPS) return { rows: await oneByOne(stats, asked, groupBy, largest.map(({ grp }) => String(grp))), hasMore }
  const groups = JSON.stringify(largest.map(({ grp }) => grp))
  return { rows: await stepsOf(asked, largest.length, (part, limit) => stats.all(GROUPED_STEPS[groupBy], { ...wanted(part, limit), groups })), hasMore }
}

/** So few groups are read one after the other: each in the order of its key, where all of them at once would be sorted first, with all their counts. That costs more than passing over rows of others. */
const FEW_GROUPS = 3

async function oneByOne(stats: Database, asked: Asked, groupBy: Group, groups: readonly string[]): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const group of groups.toSorted()) {
    const own = { ...asked, where: { ...asked.where, [groupBy]: group } }
    for (const row of await stepsOf(own, 1, (part, limit) => stats.all(STEPS, wanted(part, limit)))) rows.push({ ...row, group })
  }
  // Stable: groups of one step stay in their order.
  return rows.toSorted((one, other) => (one.atMs ?? 0) - (other.atMs ?? 0))
}

/** How many steps a question spans. */
export function stepCount({ fromMs, toMs, step }: Pick<Asked, 'fromMs' | 'toMs' | 'step'>): number {
  return Math.ceil((toMs - fromMs) / STEP_MS[step])
}

/** Rows of one reading. */
const PAGE = 500

/** Reads step after step, as many at once as have at most 500 rows when each has `perStep`. */
async function stepsOf(asked: Asked, perStep: number, read: (part: Asked, limit: number) => Promise<readonly Raw[]>): Promise<readonly Row[]> {
  const rows: Row[] = []
  const spanMs = Math.floor(PAGE / perStep) * STEP_MS[asked.step]
  for (let { fromMs } = asked; fromMs < asked.toMs; fromMs += spanMs) {
    const part = { ...asked, fromMs, toMs: Math.min(asked.toMs, fromMs + spanMs) }
    rows.push(...(await read(part, PAGE)).map(toRow))
  }
  return rows
}

function wanted(asked: Asked, limit: number): Wanted {
  const { organization, step, fromMs, toMs, where } = asked
  return { organization, facet: facetOf(asked), step, fromMs, toMs, limit, ...where }
}

/** The same in whole days, and the hours that are left of it at both ends. Days that are asked for are whole. */
function spanned(asked: Asked, limit: number): Spanned {
  const { organization, fromMs, toMs, where } = asked
  const rest = { organization, facet: facetOf(asked), fromMs, toMs, limit, ...where }
  const dayFromMs = Math.ceil(fromMs / STEP_MS.day) * STEP_MS.day
  const dayToMs = Math.floor(toMs / STEP_MS.day) * STEP_MS.day
  return dayFromMs < dayToMs ? { ...rest, dayFromMs, dayToMs, headToMs: dayFromMs, tailFromMs: dayToMs } : { ...rest, dayFromMs: 0, dayToMs: 0, headToMs: toMs, tailFromMs: toMs }
}

/** What tags are not told apart by: a message has several, and each would be a row for each of these. */
const NOT_BY_TAG: readonly Group[] = ['domain', 'source', 'pool']

/** Why a question has no answer; null when it has. */
export function faultOf(asked: Pick<Asked, 'groupBy' | 'where'>): string | null {
  const other = NOT_BY_TAG.find((group) => isAbout(asked, group))
  return isAbout(asked, 'tag') && other !== undefined ? `counts of a tag are not told apart by ${other}` : null
}

function facetOf(asked: Pick<Asked, 'groupBy' | 'where'>): Facet {
  if (isAbout(asked, 'tag')) return 'tag'
  return NOT_BY_TAG.some((group) => isAbout(asked, group)) ? 'full' : 'brief'
}

function isAbout({ groupBy, where }: Pick<Asked, 'groupBy' | 'where'>, group: Group): boolean {
  return groupBy === group || where[group] !== null
}

const COLUMNS = COUNTERS.map((name) => [name, columnOf(name)] as const)

function toRow(raw: Raw): Row {
  const { at_ms: atMs, grp } = raw
  const counts: Partial<Record<Counter, number>> = {}
  for (const [name, column] of COLUMNS) counts[name] = Number(raw[column])
  return { atMs: atMs === undefined ? null : Number(atMs), group: grp === undefined ? null : String(grp), counts }
}

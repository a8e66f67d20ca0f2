import type { Database } from '../../infra/db/database.ts'
import { type PerDialect, statement, type Statement } from '../../infra/db/statement.ts'
import { type Asked, facetOf, type Found, type Group, GROUPS, mostGroups, type Row, spansOf } from './asked.ts'
import { columnOf, type Counter, COUNTERS } from './counter.ts'
import { STEP_MS } from './limits.ts'

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

/** Answers a question by adding up the cells that fit it. */
export async function readDetail(stats: Database, asked: Asked): Promise<Found> {
  const { groupBy, series } = asked
  if (groupBy === null) return { rows: series ? await stepsOf(asked, 1, (part, limit) => stats.all(STEPS, wanted(part, limit))) : (await stats.all(ALL, spanned(asked, 1))).map(toRow), hasMore: false }
  if (!series) {
    const found = await stats.all(TOTALS[groupBy], spanned(asked, mostGroups(asked) + 1))
    return { rows: found.slice(0, mostGroups(asked)).map(toRow), hasMore: found.length > mostGroups(asked) }
  }
  const { groups, hasMore } = await largestGroups(stats, asked, groupBy)
  if (groups.length <= FEW_GROUPS) return { rows: await oneByOne(stats, asked, groupBy, groups), hasMore }
  const steps = await stepsOf(asked, groups.length, (part, limit) => stats.all(GROUPED_STEPS[groupBy], { ...wanted(part, limit), groups: JSON.stringify(groups) }))
  return { rows: steps, hasMore }
}

/** The groups that an answer in steps has, the largest first. */
export async function largestGroups(stats: Database, asked: Asked, groupBy: Group): Promise<{ readonly groups: readonly string[]; readonly hasMore: boolean }> {
  const most = mostGroups(asked)
  const found = await stats.all(LARGEST[groupBy], spanned(asked, most + 1))
  return { groups: found.slice(0, most).map(({ grp }) => String(grp)), hasMore: found.length > most }
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
  const { organization, where } = asked
  const [head, days, tail] = spansOf(asked)
  return { organization, facet: facetOf(asked), limit, ...where, fromMs: head.fromMs, headToMs: head.toMs, dayFromMs: days.fromMs, dayToMs: days.toMs, tailFromMs: tail.fromMs, toMs: tail.toMs }
}

const COLUMNS = COUNTERS.map((name) => [name, columnOf(name)] as const)

function toRow(raw: Raw): Row {
  const { at_ms: atMs, grp } = raw
  const counts: Partial<Record<Counter, number>> = {}
  for (const [name, column] of COLUMNS) counts[name] = Number(raw[column])
  return { atMs: atMs === undefined ? null : Number(atMs), group: grp === undefined ? null : String(grp), counts }
}

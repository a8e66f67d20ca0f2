import type { Database } from '../../infra/db/database.ts'
import { aboutOf, type Asked, type Found, type Group, mostGroups, type Row, spansOf } from './asked.ts'
import { type Counter, type Counts, plus, ZEROS } from './counter.ts'
import { AXES, lineSteps } from './line.ts'
import { largestGroups, readDetail } from './sql-detail.ts'
import { pointsOfAll, pointsOfWords, type ReadPoint } from './sql-line.ts'
import { startOf } from './tally.ts'

/** Reads counts. Steps come in the order of time, without them the largest groups first; where nothing happened there is no row. */
export async function readStats(stats: Database, asked: Asked): Promise<Found> {
  const [axis, ...others] = aboutOf(asked)
  const byHour = asked.series && asked.step === 'hour'
  if (axis === undefined && byHour) return { rows: await hoursOfAll(stats, asked), hasMore: false }
  return axis !== undefined && others.length === 0 && (byHour || hasManyCells(axis)) ? await readLines(stats, axis, asked) : await readDetail(stats, asked)
}

/** Days of these are quicker read from lines than added up from cells. */
function hasManyCells(axis: Group): boolean {
  return (AXES.full as readonly Group[]).includes(axis)
}

/** Hour by hour all mail: that of its streams, of which there are few. */
async function hoursOfAll(stats: Database, asked: Asked): Promise<readonly Row[]> {
  const points: ReadPoint[] = []
  for await (const page of pointsOfAll(stats, asked.organization, 'stream', asked)) points.push(...page)
  return rowsOf(points, asked)
}

/** Answers a question about one word, or about those of one group: what is stored is the answer. */
async function readLines(stats: Database, axis: Group, asked: Asked): Promise<Found> {
  const { groupBy, series, where } = asked
  const word = where[axis]
  if (groupBy === null && series) return { rows: await stepsOf(stats, axis, [word ?? ''], asked), hasMore: false }
  if (groupBy !== null && !hasManyCells(axis)) {
    const { groups, hasMore } = await largestGroups(stats, asked, groupBy)
    return { rows: await stepsOf(stats, axis, groups, asked), hasMore }
  }
  const totals = await totalsOf(stats, axis, word, asked)
  if (groupBy === null) return { rows: [{ atMs: null, group: null, counts: { ...ZEROS, ...totals.get(word ?? '') } }], hasMore: false }
  const most = mostGroups(asked)
  const largest = [...totals].toSorted(([one, ones], [other, others]) => sizeOf(others) - sizeOf(ones) || (one < other ? -1 : 1)).slice(0, most)
  const hasMore = totals.size > most
  if (series) return { rows: await stepsOf(stats, axis, largest.map(([group]) => group), asked), hasMore }
  return { rows: largest.map(([group, counts]) => ({ atMs: null, group, counts: { ...ZEROS, ...counts } })), hasMore }
}

async function stepsOf(stats: Database, axis: Group, words: readonly string[], asked: Asked): Promise<readonly Row[]> {
  const isStored = lineSteps(axis).includes(asked.step)
  const points = await pointsOfWords(stats, asked.organization, axis, words, isStored ? asked : { ...asked, step: 'hour' })
  return isStored ? points.map(({ atMs, word, counts }) => ({ atMs, group: asked.groupBy === null ? null : word, counts: { ...ZEROS, ...counts } })) : rowsOf(points, asked)
}

/** Adds up the points of each step, and all words where these are not told apart. */
function rowsOf(points: readonly ReadPoint[], { step, groupBy }: Asked): readonly Row[] {
  const rows = new Map<string, { readonly atMs: number; readonly group: string | null; readonly counts: Partial<Record<Counter, number>> }>()
  for (const point of points) {
    const atMs = startOf(step, point.atMs)
    const group = groupBy === null ? null : point.word
    const name = `${atMs} ${group}`
    const row = rows.get(name)
    if (row === undefined) rows.set(name, { atMs, group, counts: { ...ZEROS, ...point.counts } })
    else plus(row.counts, point.counts)
  }
  return [...rows.values()].toSorted((one, other) => one.atMs - other.atMs || ((one.group ?? '') < (other.group ?? '') ? -1 : 1))
}

/** All of the time in one, for each word, or for one alone. */
async function totalsOf(stats: Database, axis: Group, only: string | null, asked: Asked): Promise<ReadonlyMap<string, Counts>> {
  const totals = new Map<string, Partial<Record<Counter, number>>>()
  const add = ({ word, counts }: ReadPoint): void => {
    const total = totals.get(word) ?? {}
    totals.set(word, total)
    plus(total, counts)
  }
  for (const span of lineSteps(axis).includes('day') ? spansOf(asked) : [{ ...asked, step: 'hour' as const }]) {
    if (only === null) for await (const page of pointsOfAll(stats, asked.organization, axis, span)) page.forEach(add)
    else (await pointsOfWords(stats, asked.organization, axis, [only], span)).forEach(add)
  }
  return totals
}

function sizeOf({ accepted = 0, tries = 0, suppressed = 0 }: Counts): number {
  return accepted + tries + suppressed
}

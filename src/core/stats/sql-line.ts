import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import type { Tx, Work } from '../../infra/db/transaction.ts'
import type { Group, Span } from './asked.ts'
import { type Counter, type Counts, plus } from './counter.ts'
import { POINTS_AT_ONCE, STRETCH_MS } from './limits.ts'
import { type Point, pointName, stretchOf } from './line.ts'
import type { Adding } from './sql-cell.ts'

/** What is stored of a point. Its counts are JSON, without those that are 0: nobody adds them up in SQL, and most of the counters are 0 in most rows. */
interface Stored extends Omit<Point, 'atMs' | 'counts'> {
  readonly at_ms: number | string
  readonly counts: string
}

const KEY_COLUMNS = 'organization, axis, step, stretch_ms, word, at_ms'
const INTO = `INSERT INTO stats_line (${KEY_COLUMNS}, counts)`
const REPLACING = `ON CONFLICT (${KEY_COLUMNS}) DO UPDATE SET counts = excluded.counts`

type Key = Record<'organization' | 'axis' | 'step' | 'word', string> & Record<'stretchMs' | 'atMs', number>
const FIND_ONE = statement<Key, { readonly counts: string }>(
  'SELECT counts FROM stats_line WHERE organization = $organization AND axis = $axis AND step = $step AND stretch_ms = $stretchMs AND word = $word AND at_ms = $atMs',
)
const PUT_ONE = statement<Key & { readonly counts: string }>(`${INTO} VALUES ($organization, $axis, $step, $stretchMs, $word, $atMs, $counts) ${REPLACING}`)

/** Many at once, as arrays, where each statement is a journey. For SQLite, whose statements cost less than reading arrays, they are the same one by one. */
const FIND_ALL = statement<{ keys: string }, Stored>(
  `SELECT s.* FROM jsonb_array_elements($keys::jsonb) j JOIN stats_line s ON s.organization = j->>0 AND s.axis = j->>1 AND s.step = j->>2 AND s.stretch_ms = (j->>3)::bigint AND s.word = j->>4 AND s.at_ms = (j->>5)::bigint
  LIMIT ${POINTS_AT_ONCE}`,
)
const PUT_ALL = statement<{ points: string }>(
  `${INTO} SELECT j->>0, j->>1, j->>2, (j->>3)::bigint, j->>4, (j->>5)::bigint, j->>6 FROM jsonb_array_elements($points::jsonb) j ${REPLACING}`,
)

/** Adds to lines, inside the write that has the cursor of the statistics: two that add to one point at once would lose one of both. */
export function* addPoints(tx: Tx, points: readonly Point[], adding: Adding): Work<void> {
  if (adding === 'each') {
    for (const point of points) yield* addOne(tx, point)
    return
  }
  for (let from = 0; from < points.length; from += POINTS_AT_ONCE) yield* addSome(tx, points.slice(from, from + POINTS_AT_ONCE))
}

function* addOne(tx: Tx, { organization, axis, step, word, atMs, counts }: Point): Work<void> {
  const key = { organization, axis, step, stretchMs: stretchOf(atMs), word, atMs }
  yield* tx.run(PUT_ONE, { ...key, counts: sumOf((yield* tx.one(FIND_ONE, key))?.counts, counts) })
}

function* addSome(tx: Tx, points: readonly Point[]): Work<void> {
  const keys = points.map(({ organization, axis, step, atMs, word }) => [organization, axis, step, stretchOf(atMs), word, atMs])
  const known = new Map((yield* tx.all(FIND_ALL, { keys: JSON.stringify(keys) })).map(({ at_ms: atMs, ...row }) => [pointName({ ...row, atMs: Number(atMs) }), row.counts]))
  const rows = points.map((point, i) => [...(keys[i] ?? []), sumOf(known.get(pointName(point)), point.counts)])
  yield* tx.run(PUT_ALL, { points: JSON.stringify(rows) })
}

/** What is stored, with more added to it. */
function sumOf(stored: string | undefined, more: Counts): string {
  const counts: Partial<Record<Counter, number>> = stored === undefined ? {} : (JSON.parse(stored) as Counts)
  plus(counts, more)
  for (const name in counts) if (counts[name as Counter] === 0) delete counts[name as Counter]
  return JSON.stringify(counts)
}

type Read = Pick<Stored, 'at_ms' | 'word' | 'counts'>
type Asking = Record<'organization' | 'axis' | 'step' | 'word', string> & Record<'stretchMs' | 'fromMs' | 'toMs', number>

const IN_SPAN = 'SELECT at_ms, word, counts FROM stats_line WHERE organization = $organization AND axis = $axis AND step = $step AND at_ms >= $fromMs AND at_ms < $toMs'
const OF_WORD = statement<Asking, Read>(`${IN_SPAN} AND stretch_ms = $stretchMs AND word = $word ORDER BY at_ms LIMIT ${POINTS_AT_ONCE}`)
const OF_ANY = statement<Asking & { readonly afterMs: number; readonly lastMs: number }, Read>(
  `${IN_SPAN} AND (stretch_ms, word, at_ms) > ($stretchMs, $word, $afterMs) AND stretch_ms <= $lastMs ORDER BY stretch_ms, word, at_ms LIMIT ${POINTS_AT_ONCE}`,
)

/** A point as it is read. */
export interface ReadPoint {
  readonly atMs: number
  readonly word: string
  readonly counts: Counts
}

/** The points of words within a span, in the order of time, those of one step in the order of their words. */
export async function pointsOfWords(stats: Database, organization: string, axis: Group, words: readonly string[], { step, fromMs, toMs }: Span): Promise<readonly ReadPoint[]> {
  const points: ReadPoint[] = []
  for (const word of words.toSorted()) {
    for (let stretchMs = stretchOf(fromMs); stretchMs < toMs; stretchMs += STRETCH_MS) {
      points.push(...(await stats.all(OF_WORD, { organization, axis, step, word, stretchMs, fromMs, toMs })).map(toPoint))
    }
  }
  return points.toSorted((one, other) => one.atMs - other.atMs) // Stable.
}

/** The points of all words of an axis within a span, in pages. */
export async function* pointsOfAll(stats: Database, organization: string, axis: Group, { step, fromMs, toMs }: Span): AsyncGenerator<readonly ReadPoint[]> {
  let after = { stretchMs: stretchOf(fromMs), word: '', afterMs: -1 }
  for (let isLast = fromMs >= toMs; !isLast; ) {
    const page = (await stats.all(OF_ANY, { organization, axis, step, fromMs, toMs, lastMs: stretchOf(toMs - 1), ...after })).map(toPoint)
    yield page
    const last = page.at(-1)
    isLast = last === undefined || page.length < POINTS_AT_ONCE
    if (last !== undefined) after = { stretchMs: stretchOf(last.atMs), word: last.word, afterMs: last.atMs }
  }
}

function toPoint({ at_ms: atMs, word, counts }: Read): ReadPoint {
  return { atMs: Number(atMs), word, counts: JSON.parse(counts) as Counts }
}

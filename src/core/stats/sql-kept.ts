import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { type Counter, type Counts, plus } from './counter.ts'
import type { Fact } from './fact.ts'
import type { Seen } from './largest.ts'
import type { Life } from './life.ts'
import { COUNTS_MS, FORGET_AT_ONCE, KEPT_AT_ONCE, LIFE_MS, STEP_MS } from './limits.ts'
import { type Cell, dayKey, daysOf, type NamesDay, Tally } from './tally.ts'

/**
 * What removed events came to. The events are what statistics are made of, and a file of statistics may be lost, or be of another schema; so whoever removes events counts them here, in
 * the same write, and a rebuild begins with these rows and goes on with the events that are left.
 */
export interface Kept {
  readonly organization: string
  /** A row of counts, the life of a delivery, or the largest names of a day. */
  readonly kind: 'count' | 'life' | 'names'
  /** The hour or the day; 0 for a life. */
  readonly atMs: number
  readonly key: string
  readonly settledMs: number | null
  /** JSON. */
  readonly value: string
}

/** What tells these rows apart. */
export type KeptKey = Pick<Kept, 'organization' | 'kind' | 'atMs' | 'key'>

/** The row of a key before all others. */
export const FIRST_KEPT: KeptKey = { organization: '', kind: '' as KeptKey['kind'], atMs: 0, key: '' }

interface Row {
  readonly organization: string
  readonly kind: Kept['kind']
  readonly at_ms: number
  readonly key: string
  readonly settled_ms: number | null
  readonly value: string
}

const COLUMNS = 'organization, kind, at_ms, key, settled_ms, value'
const KEY = 'k.organization = j.value->>0 AND k.kind = j.value->>1 AND k.key = j.value->>3'
const READ = statement<{ keys: string }, Row>({
  sqlite: `SELECT k.organization, k.kind, k.at_ms, k.key, k.settled_ms, k.value FROM json_each($keys) j JOIN stats_kept k ON ${KEY} AND k.at_ms = j.value->>2 LIMIT ${KEPT_AT_ONCE}`,
  postgres: `SELECT k.organization, k.kind, k.at_ms, k.key, k.settled_ms, k.value FROM json_array_elements($keys::json) j JOIN stats_kept k ON ${KEY} AND k.at_ms = (j.value->>2)::bigint LIMIT ${KEPT_AT_ONCE}`,
})
const PUT_TAIL = 'ON CONFLICT (organization, kind, at_ms, key) DO UPDATE SET settled_ms = excluded.settled_ms, value = excluded.value'
const PUT = statement<{ rows: string }>({
  sqlite: `INSERT INTO stats_kept (${COLUMNS}) SELECT ${[0, 1, 2, 3, 4, 5].map((at) => `value->>${at}`).join(', ')} FROM json_each($rows) WHERE true ${PUT_TAIL}`,
  postgres: `INSERT INTO stats_kept (${COLUMNS}) SELECT value->>0, value->>1, (value->>2)::bigint, value->>3, (value->>4)::bigint, value->>5 FROM json_array_elements($rows::json) AS value ${PUT_TAIL}`,
})
const AFTER = statement<{ organization: string; kind: string; atMs: number; key: string }, Row>(
  `SELECT ${COLUMNS} FROM stats_kept WHERE (organization, kind, at_ms, key) > ($organization, $kind, $atMs, $key) ORDER BY organization, kind, at_ms, key LIMIT ${KEPT_AT_ONCE}`,
)
const FORGET_LIVES = statement<{ beforeMs: number }>(
  `DELETE FROM stats_kept WHERE (organization, kind, at_ms, key) IN
    (SELECT organization, kind, at_ms, key FROM stats_kept WHERE settled_ms < $beforeMs ORDER BY settled_ms LIMIT ${FORGET_AT_ONCE})`,
)
const FORGET_BEFORE = statement<{ organization: string; kind: string; beforeMs: number }>('DELETE FROM stats_kept WHERE organization = $organization AND kind = $kind AND at_ms < $beforeMs')
const FORGET_OF = statement<{ organization: string }>('DELETE FROM stats_kept WHERE organization = $organization')

const NUMBER_NOW = statement<Record<never, never>, { number: number }>('SELECT number FROM stats_rebuild WHERE single = 1')
const NUMBER = statement<Record<never, never>, { number: number }>({
  sqlite: NUMBER_NOW.sqlite,
  postgres: `${NUMBER_NOW.postgres} FOR SHARE`, // Whoever begins anew waits for the writes that have looked.
})
const BEGIN_ANEW = statement('UPDATE stats_rebuild SET number = number + 1 WHERE single = 1')

/** How often the statistics were begun anew, inside a write: as long as it has not ended nobody begins. */
export function* rebuildsIn(tx: Tx): Work<number> {
  return (yield* tx.one(NUMBER, {}))?.number ?? 0
}

/** The same, outside of a write. */
export async function rebuildsNow(db: Database): Promise<number> {
  return (await db.one(NUMBER_NOW, {}))?.number ?? 0
}

/** Says that the statistics are begun anew from now on: no events are removed by whoever looked before. */
export const noteRebuild = write('stats.note_rebuild', function* (tx, none: Record<never, never>): Work<void> {
  yield* tx.run(BEGIN_ANEW, none)
})

/** Rows after a key, in their order; at most `KEPT_AT_ONCE`. */
export async function keptAfter(db: Database, after: KeptKey): Promise<readonly Kept[]> {
  return (await db.all(AFTER, { ...after })).map(toKept)
}

/** Counts events that are removed, inside the write that does so. Of one organization, events are removed in the order of the log: so the rows are what counting them one after the other came to. */
export function* keepCounts(tx: Tx, facts: readonly Fact[], removed: readonly string[]): Work<void> {
  const last = facts.at(-1)
  if (last !== undefined) yield* addUp(tx, facts, last)
  for (const organization of removed) yield* tx.run(FORGET_OF, { organization })
}

function* addUp(tx: Tx, facts: readonly Fact[], last: Fact): Work<void> {
  yield* tx.run(FORGET_LIVES, { beforeMs: last.atMs - LIFE_MS })
  const days = daysOf(facts)
  const ids = [...new Map(facts.flatMap(({ organization, delivery }) => (delivery === null ? [] : [[delivery, lifeKey(organization, delivery)] as const]))).values()]
  const known = yield* read(tx, [...ids, ...days.map(namesKey)])
  const before = new Map(known.filter(({ kind }) => kind === 'life').map(({ key, value }) => [key, JSON.parse(value) as Life]))
  const names = new Map(known.filter(({ kind }) => kind === 'names').map(({ value, ...row }) => [dayKey(dayOfNames(row)), JSON.parse(value) as readonly Seen[]]))
  const tally = new Tally(before, names)
  for (const fact of facts) tally.add(fact)
  const lives = [...tally.lives].filter(([delivery, life]) => life !== before.get(delivery))
  yield* put(tx, [
    ...lives.map(([delivery, life]) => ({ ...lifeKey(life.organization, delivery), settledMs: life.settledMs, value: JSON.stringify(life) })),
    ...days.map((day) => ({ ...namesKey(day), settledMs: null, value: JSON.stringify(tally.names(day)) })),
    ...(yield* summed(tx, tally.cells())),
  ])
  for (const organization of new Set(facts.map((fact) => fact.organization))) {
    yield* tx.run(FORGET_BEFORE, { organization, kind: 'count', beforeMs: last.atMs - COUNTS_MS })
    yield* tx.run(FORGET_BEFORE, { organization, kind: 'names', beforeMs: last.atMs - 2 * STEP_MS.day })
  }
}

/** The rows of counts as they are with these cells added. */
function* summed(tx: Tx, cells: readonly Cell[]): Work<readonly Kept[]> {
  const wanted = cells.map((cell) => ({ key: cellKey(cell), cell }))
  const known = new Map((yield* read(tx, wanted.map(({ key }) => key))).map((row) => [nameOf(row), row.value]))
  return wanted.map(({ key, cell }) => {
    const counts: Partial<Record<Counter, number>> = { ...(JSON.parse(known.get(nameOf(key)) ?? '{}') as Counts) }
    plus(counts, cell.counts)
    return { ...key, settledMs: null, value: JSON.stringify(Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0))) }
  })
}

function* read(tx: Tx, keys: readonly KeptKey[]): Work<readonly Kept[]> {
  const found: Kept[] = []
  for (let from = 0; from < keys.length; from += KEPT_AT_ONCE) {
    const some = keys.slice(from, from + KEPT_AT_ONCE).map(({ organization, kind, atMs, key }) => [organization, kind, atMs, key])
    found.push(...(yield* tx.all(READ, { keys: JSON.stringify(some) })).map(toKept))
  }
  return found
}

function* put(tx: Tx, rows: readonly Kept[]): Work<void> {
  for (let from = 0; from < rows.length; from += KEPT_AT_ONCE) {
    const some = rows.slice(from, from + KEPT_AT_ONCE).map(({ organization, kind, atMs, key, settledMs, value }) => [organization, kind, atMs, key, settledMs, value])
    yield* tx.run(PUT, { rows: JSON.stringify(some) })
  }
}

const nameOf = ({ organization, kind, atMs, key }: KeptKey): string => JSON.stringify([organization, kind, atMs, key])

function lifeKey(organization: string, delivery: string): KeptKey {
  return { organization, kind: 'life', atMs: 0, key: delivery }
}

function namesKey({ organization, dayMs, kind }: NamesDay): KeptKey {
  return { organization, kind: 'names', atMs: dayMs, key: kind }
}

/** The day whose names a row holds. */
export function dayOfNames({ organization, atMs, key }: KeptKey): NamesDay {
  return { organization, dayMs: atMs, kind: key as NamesDay['kind'] }
}

function cellKey({ organization, atMs, facet, step, tag, stream, provider, domain, source, pool, category }: Cell): KeptKey {
  return { organization, kind: 'count', atMs, key: JSON.stringify([facet, step, tag, stream, provider, domain, source, pool, category]) }
}

/** The counts that a row holds. */
export function cellOf({ organization, atMs, key, value }: Kept): Cell {
  const [facet, step, tag, stream, provider, domain, source, pool, category] = JSON.parse(key) as readonly string[] as readonly [Cell['facet'], Cell['step'], string, string, string, string, string, string, string]
  return { organization, atMs, facet, step, tag, stream, provider, domain, source, pool, category, counts: JSON.parse(value) as Counts }
}

function toKept({ organization, kind, at_ms: atMs, key, settled_ms: settledMs, value }: Row): Kept {
  return { organization, kind, atMs, key, settledMs, value }
}

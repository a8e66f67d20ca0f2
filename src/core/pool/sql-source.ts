import type { OrganizationId } from '../../base/brand.ts'
import { DAY_MS, dayNumber } from '../../base/duration.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { organizationsOnTrial } from '../organization/sql-plan.ts'
import type { OverflowMode } from './overflow.ts'
import type { Grade } from './dedicated.ts'
import { FOR_TRIALS, hasGradedPools } from './pick-pool.ts'
import { newDomainsIn } from './new-domain/sql.ts'
import { gradesIn } from './sql-placement.ts'
import { familyOf, type Pool, type PoolKind, type Source, type SourceState } from './source.ts'
import { type Looked, UNCHECKED } from './look-at-source.ts'
import { suspendedGroups } from './sql-suspended.ts'
import { groupOf } from './warmup.ts'
import { endedSuspended, isDone, newWarming, noteNews, type Taken, takeRoom, type Warming, type WarmupNews } from './warming.ts'
import type { WarmupPlan } from './warmup.ts'

interface SourceRow {
  readonly id: string
  readonly address: string
  readonly ehlo: string
  readonly state: SourceState
  readonly weight: number
  readonly sends_since_ms: number | null
  readonly warming: string | null
  readonly checks: string | null
}

interface PoolRow {
  readonly id: string
  readonly kind: PoolKind
  readonly organization: OrganizationId | null
  readonly overflow: string | null
  readonly overflow_mode: OverflowMode
}

const SOURCES = statement<Record<never, never>, SourceRow>('SELECT id, address, ehlo, state, weight, sends_since_ms, warming, checks FROM source ORDER BY id LIMIT 500')
const OWN_SOURCE = 'SELECT id, address, ehlo, state, weight, sends_since_ms, warming, checks FROM source WHERE id = $id'
/** To be changed: on PostgreSQL others wait until it was. */
const LOCKED = statement<{ id: string }, SourceRow>({ sqlite: OWN_SOURCE, postgres: `${OWN_SOURCE} FOR UPDATE` })
const POOLS = statement<Record<never, never>, PoolRow>('SELECT id, kind, organization, overflow, overflow_mode FROM pool ORDER BY id LIMIT 500')
const MEMBERS = statement<Record<never, never>, { pool: string; source: string }>('SELECT pool, source FROM pool_source ORDER BY pool, source LIMIT 500')
const PUT_SOURCE = statement<{ id: string; address: string; ehlo: string; state: string; weight: number; sendsSinceMs: number | null; warming: string | null }>(
  `INSERT INTO source (id, address, ehlo, state, weight, sends_since_ms, warming) VALUES ($id, $address, $ehlo, $state, $weight, $sendsSinceMs, $warming)
  ON CONFLICT (id) DO UPDATE SET address = excluded.address, ehlo = excluded.ehlo, state = excluded.state, weight = excluded.weight,
    sends_since_ms = excluded.sends_since_ms, warming = excluded.warming,
    checks = CASE WHEN source.address = excluded.address AND source.ehlo = excluded.ehlo THEN source.checks ELSE NULL END`,
)
// What was found is of that address and that name: whoever has changed them is looked at anew.
const NOTE_CHECKS = statement<{ id: string; address: string; ehlo: string; checks: string }>('UPDATE source SET checks = $checks WHERE id = $id AND address = $address AND ehlo = $ehlo')
const WARM = statement<{ id: string; state: string; nowMs: number; warming: string | null }>(
  'UPDATE source SET state = $state, warming = $warming, sends_since_ms = COALESCE(sends_since_ms, $nowMs) WHERE id = $id',
)
const BEGIN = statement<{ id: string; nowMs: number }>('UPDATE source SET sends_since_ms = $nowMs WHERE id = $id AND sends_since_ms IS NULL')
const REMOVE_SOURCE = statement<{ id: string }>('DELETE FROM source WHERE id = $id')
const LEAVE_ALL = statement<{ source: string }>('DELETE FROM pool_source WHERE source = $source')
const PUT_POOL = statement<{ id: string; kind: string; organization: string | null; overflow: string | null; mode: string }>(
  `INSERT INTO pool (id, kind, organization, overflow, overflow_mode) VALUES ($id, $kind, $organization, $overflow, $mode)
  ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, organization = excluded.organization, overflow = excluded.overflow, overflow_mode = excluded.overflow_mode`,
)
const REMOVE_POOL = statement<{ id: string }>('DELETE FROM pool WHERE id = $id')
const EMPTY_POOL = statement<{ pool: string }>('DELETE FROM pool_source WHERE pool = $pool')
const JOIN = statement<{ pool: string; source: string }>('INSERT INTO pool_source (pool, source) VALUES ($pool, $source) ON CONFLICT (pool, source) DO NOTHING')
const LEAVE = statement<{ pool: string; source: string }>('DELETE FROM pool_source WHERE pool = $pool AND source = $source')

/** A source as it is kept, with its plan while it warms up. */
export interface KeptSource extends Source {
  readonly warming: Warming | null
  /** The last day (UTC, since 1970) with mail, of one whose plan is at its end; null for all others. */
  readonly sentOn: number | null
  /** What was found last; null when nobody has looked. */
  readonly looked: Looked | null
}

/** A pool as it is kept. */
export interface KeptPool extends Pool {
  readonly mode: OverflowMode
}

/** Everything that mail can leave from. */
export interface SourceBook {
  readonly sources: ReadonlyMap<string, KeptSource>
  readonly pools: readonly KeptPool[]
  /** Organizations whose mail must not meet that of others. Empty where no pool is set apart for them. */
  readonly trials: ReadonlySet<string>
  /** Grades of organizations that are not B. Empty where no pool is set apart for them. */
  readonly grades: ReadonlyMap<string, Grade>
  /** Domains that are new here, and since when. */
  readonly newDomains: ReadonlyMap<string, number>
}

/** Reads all sources and pools: at most 500 of each. */
export async function sourceBook(db: Database): Promise<SourceBook> {
  return await db.read(function* (tx) {
    const sources = yield* tx.all(SOURCES, {})
    const pools = yield* tx.all(POOLS, {})
    const members = yield* tx.all(MEMBERS, {})
    const isApart = pools.some(({ kind }) => kind === FOR_TRIALS)
    return {
      trials: isApart ? yield* organizationsOnTrial(tx) : new Set<string>(),
      grades: hasGradedPools(pools) ? yield* gradesIn(tx) : new Map<string, Grade>(),
      newDomains: yield* newDomainsIn(tx),
      sources: new Map(sources.map((row) => [row.id, toSource(row)])),
      pools: pools.map((row) => toPool(row, members.filter(({ pool }) => pool === row.id).map(({ source }) => source))),
    }
  })
}

/** What is said of a source. `plan`: it begins to warm up under this plan, from the first day on; null changes nothing, `none` ends the one that it has. */
export interface PutSourceArgs {
  readonly id: string
  readonly address: string
  readonly ehlo: string
  readonly state: SourceState
  readonly weight: number
  readonly plan: WarmupPlan | 'none' | null
  readonly nowMs: number
}

/** Adds a source, or changes one. A plan that is not at its end is kept in every state, and goes on when the source works again. */
export const putSource = write('pool.put-source', function* (tx, { plan, nowMs, ...source }: PutSourceArgs): Work<void> {
  const before = yield* tx.one(LOCKED, { id: source.id })
  const kept = planAfter(toWarming(before?.warming ?? null), plan, nowMs)
  const state = stateWith(source.state, kept)
  yield* tx.run(PUT_SOURCE, { ...source, state, sendsSinceMs: before?.sends_since_ms ?? null, warming: kept === null ? null : JSON.stringify(kept) })
})

/** Writes down what was found of a source, unless it has another address or name by now. */
export const noteChecks = write('pool.note-checks', function* (tx, { looked, ...source }: { readonly id: string; readonly address: string; readonly ehlo: string; readonly looked: Looked }): Work<void> {
  yield* tx.run(NOTE_CHECKS, { ...source, checks: JSON.stringify(looked) })
})

/** Removes a source from all pools, and for good. False when there is none. */
export const removeSource = write('pool.remove-source', function* (tx, { id }: { readonly id: string }): Work<boolean> {
  yield* tx.run(LEAVE_ALL, { source: id })
  return (yield* tx.run(REMOVE_SOURCE, { id })) > 0
})

/** Adds a pool, or changes one, with exactly these sources. */
export const putPool = write('pool.put-pool', function* (tx, { sources, ...pool }: Omit<KeptPool, 'carries'>): Work<void> {
  yield* tx.run(PUT_POOL, pool)
  yield* tx.run(EMPTY_POOL, { pool: pool.id })
  for (const source of sources) yield* tx.run(JOIN, { pool: pool.id, source })
})

/** Puts a source into a pool, or takes it out. */
export const moveSource = write('pool.move-source', function* (tx, { pool, source, to }: { readonly pool: string; readonly source: string; readonly to: 'in' | 'out' }): Work<void> {
  yield* tx.run(to === 'in' ? JOIN : LEAVE, { pool, source })
})

/** Removes a pool; its sources stay. False when there is none. */
export const removePool = write('pool.remove-pool', function* (tx, { id }: { readonly id: string }): Work<boolean> {
  yield* tx.run(EMPTY_POOL, { pool: id })
  return (yield* tx.run(REMOVE_POOL, { id })) > 0
})

/** What a warming source is asked for. */
export interface TakeRoomArgs {
  readonly source: string
  readonly site: string
  readonly provider: string | null
  readonly wanted: number
  readonly nowMs: number
}

/** Takes room of a source, for all senders together: what is granted counts as sent. A source that is warm grants everything, unless it was silent for long. */
export const takeWarmupRoom = write('pool.take-room', function* (tx, { source, wanted, nowMs, ...to }: TakeRoomArgs): Work<Omit<Taken, 'warming'>> {
  const row = yield* tx.one(LOCKED, { id: source })
  const warming = yield* warmingOf(tx, row, nowMs)
  if (row === null || warming === null) {
    if (row?.sends_since_ms === null) yield* tx.run(BEGIN, { id: source, nowMs })
    return { granted: wanted, roomAgainMs: null }
  }
  const taken = takeRoom(warming, to, wanted, nowMs)
  yield* keepWarming(tx, row, taken.warming, nowMs)
  return { granted: taken.granted, roomAgainMs: taken.roomAgainMs }
})

/** What happened to mail of a source, by provider. */
export interface WarmupNewsArgs {
  readonly source: string
  readonly provider: string | null
  readonly news: WarmupNews
  readonly nowMs: number
}

/** Notes what happened to mail of warming sources, for the judgement of their day. */
export const noteWarmup = write('pool.note-warmup', function* (tx, args: { readonly all: readonly WarmupNewsArgs[] }): Work<void> {
  for (const each of args.all) yield* noteWarmupOf(tx, each)
})

/** The same for one source, inside another write. Nothing happens when it is not warming, or gone. */
export function* noteWarmupOf(tx: Tx, { source, provider, news, nowMs }: WarmupNewsArgs): Work<void> {
  const row = yield* tx.one(LOCKED, { id: source })
  const warming = yield* warmingOf(tx, row, nowMs)
  if (row !== null && warming !== null && !isDone(warming)) yield* keepWarming(tx, row, noteNews(warming, groupOf(provider), news, nowMs), nowMs)
}

function planAfter(before: Warming | null, wanted: PutSourceArgs['plan'], nowMs: number): Warming | null {
  if (wanted === null) return before
  return wanted === 'none' ? null : newWarming(wanted, nowMs)
}

/** The plan of a source, which knows what was suspended at the end of its day, when that is over and about to be judged. */
function* warmingOf(tx: Tx, row: SourceRow | null, nowMs: number): Work<Warming | null> {
  const warming = toWarming(row?.warming ?? null)
  if (row === null || warming === null || isDone(warming) || dayNumber(nowMs) <= warming.day) return warming
  return endedSuspended(warming, yield* suspendedGroups(tx, row.id, (warming.day + 1) * DAY_MS))
}

/** A plan at its end is kept for the last day with mail: after a silence it begins again somewhere in its course. */
function* keepWarming(tx: Tx, { id, state }: SourceRow, warming: Warming, nowMs: number): Work<void> {
  yield* tx.run(WARM, { id, state: stateWith(state, warming), nowMs, warming: JSON.stringify(warming) })
}

/** What works warms up as long as its plan is not at its end. */
function stateWith(state: SourceState, warming: Warming | null): SourceState {
  if (state !== 'active' && state !== 'warming') return state
  return warming === null || isDone(warming) ? 'active' : 'warming'
}

function toWarming(json: string | null): Warming | null {
  return json === null ? null : (JSON.parse(json) as Warming) // Written by this file only.
}

function toSource({ id, address, ehlo, state, weight, sends_since_ms, warming, checks }: SourceRow): KeptSource {
  const plan = toWarming(warming)
  const looked = checks === null ? null : (JSON.parse(checks) as Looked)
  return {
    id,
    address,
    family: familyOf(address),
    ehlo,
    bind: { address: null, ports: null, proxy: null },
    state,
    weight,
    checks: looked?.checks ?? UNCHECKED,
    looked,
    sendsSinceMs: sends_since_ms,
    warming: plan === null || isDone(plan) ? null : plan,
    sentOn: plan !== null && isDone(plan) ? plan.sentOn : null,
  }
}

function toPool({ id, kind, organization, overflow, overflow_mode }: PoolRow, sources: readonly string[]): KeptPool {
  return { id, kind, organization, carries: null, sources, overflow, mode: overflow_mode }
}

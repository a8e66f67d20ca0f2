import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import type { Database } from '../../infra/db/database.ts'
import type { Position } from '../event/event.ts'
import { changeEvents, removeEvents } from '../event/sql-remove.ts'
import { factOf } from '../stats/fact.ts'
import { keepCounts, rebuildsIn } from '../stats/sql-kept.ts'
import { withoutTranscripts } from './transcript.ts'

/** How far what is older than so many days has been removed. */
export interface Sweep {
  readonly kind: string
  readonly days: number
}

const FIND = statement<{ kind: string; days: number; members: string }, { position: string }>('SELECT position FROM retention_sweep WHERE kind = $kind AND days = $days AND members = $members')
const BEGIN = statement<{ kind: string; days: number; members: string }>(
  `INSERT INTO retention_sweep (kind, days, members, position) VALUES ($kind, $days, $members, '')
  ON CONFLICT (kind, days) DO UPDATE SET members = excluded.members, position = '' WHERE retention_sweep.members <> excluded.members`,
)
const MOVE = statement<{ kind: string; days: number; members: string; from: string; to: string }>(
  'UPDATE retention_sweep SET position = $to WHERE kind = $kind AND days = $days AND members = $members AND position = $from',
)
const FORGET = statement<{ kind: string; used: string }>({
  sqlite: 'DELETE FROM retention_sweep WHERE kind = $kind AND days NOT IN (SELECT value FROM json_each($used))',
  postgres: 'DELETE FROM retention_sweep WHERE kind = $kind AND days NOT IN (SELECT json_array_elements_text($used::json)::bigint)',
})

const begin = write('retention.begin', function* (tx, args: Sweep & { readonly members: string }): Work<void> {
  yield* tx.run(BEGIN, args)
})

/** Where a sweep stands; the beginning when it has not begun, or has begun for other organizations. */
export async function sweepPosition(db: Database, sweep: Sweep & { readonly members: string }): Promise<Position> {
  const known = await db.one(FIND, sweep)
  if (known !== null) return known.position
  await db.write(begin, sweep)
  return ''
}

/** Forgets sweeps of times that are not in use any more. */
export const forgetSweeps = write('retention.forget', function* (tx, { kind, used }: { readonly kind: string; readonly used: readonly number[] }): Work<number> {
  return yield* tx.run(FORGET, { kind, used: JSON.stringify(used) })
})

/** One step of a sweep: what is done to which rows, and the places before and after. */
export interface Step extends Sweep {
  readonly members: string
  readonly from: Position
  readonly to: Position
}

/** Moves a sweep on behind rows that were removed before. False as below. */
export const moveOn = write('retention.move', function* (tx, step: Step): Work<boolean> {
  return yield* moveSweep(tx, step)
})

/** Moves a sweep on, inside the write that removes something. False when somebody else has moved it, or its organizations are others now: nothing may be removed then. */
function* moveSweep(tx: Tx, { kind, days, members, from, to }: Step): Work<boolean> {
  return (yield* tx.run(MOVE, { kind, days, members, from, to })) === 1
}

/** Ids of events, and how often the statistics had been begun anew when it was found out that they have counted them. */
interface EventStep extends Step {
  readonly ids: readonly number[]
  readonly rebuilds: number
}

/**
 * Removes events and keeps what they came to in the statistics, at once: a crash loses neither, and a rebuild of the statistics counts each event once, here or in the log. Null when nothing
 * was done, because somebody else did, or because the statistics were begun anew meanwhile.
 */
export const sweepEvents = write('retention.sweep_events', function* (tx, { ids, rebuilds, ...step }: EventStep): Work<number | null> {
  if ((yield* rebuildsIn(tx)) !== rebuilds) return null
  if (!(yield* moveSweep(tx, step))) return null
  const gone = yield* removeEvents(tx, ids)
  const removed = gone.flatMap(({ type, organization }) => (type === 'organization.removed' ? organization : []))
  yield* keepCounts(tx, gone.flatMap((event) => factOf(event) ?? []), removed)
  return gone.length
})

/** Takes what was said with other servers out of events. What was tried, and how it went, stays. Null as above. */
export const sweepTranscripts = write('retention.sweep_transcripts', function* (tx, { ids, nowMs, ...step }: Step & { readonly ids: readonly number[]; readonly nowMs: number }): Work<number | null> {
  if (!(yield* moveSweep(tx, step))) return null
  return yield* changeEvents(tx, ids, (data) => withoutTranscripts(data, nowMs))
})

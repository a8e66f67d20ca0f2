import type { Database } from '../../infra/db/database.ts'
import type { Event, Position } from '../event/event.ts'
import { catchUp } from '../event/follow.ts'
import { advanceReader, eventsAfter, readerPosition } from '../event/sql.ts'
import { factOf } from './fact.ts'
import { KEPT_AT_ONCE } from './limits.ts'
import type { Adding } from './sql-cell.ts'
import { count, load, statsPosition } from './sql-count.ts'
import { FIRST_KEPT, keptAfter, type KeptKey, noteRebuild } from './sql-kept.ts'

/** The name under which others are told how far the statistics have come. */
export const STATS_READER = 'stats'

/**
 * Follows the log until nothing is left and counts it. The counts may lie in a database of their own (`stats`): how far they have come is known there, so
 * a file that was deleted is made again. Returns how many events were counted by us: when somebody else counts, too, we go on from where they are.
 */
export async function fillStats(db: Database, stats: Database, signal: AbortSignal): Promise<number> {
  let counted = 0
  let pass: Pass
  do {
    if (!(await beginWithKept(db, stats, signal))) return counted
    pass = await onePass(db, stats, signal)
    counted += pass.counted
  } while (pass.overtaken && !signal.aborted)
  // Told to those who ask how far the statistics are behind.
  if (!isBefore(pass.reached) && (await readerPosition(db, STATS_READER)) !== pass.reached) await db.write(advanceReader, { reader: STATS_READER, position: pass.reached })
  return counted
}

/** A place in what removed events came to, before the log itself. */
const IN_KEPT = 'kept:'

/** Before the first event that is left. */
const BEGINNING: Position = '0:0'

/** Whether what removed events came to has not been loaded to its end: nothing is counted then. */
function isBefore(position: Position): boolean {
  return position === '' || position.startsWith(IN_KEPT)
}

/**
 * Brings statistics that were lost, or are begun anew, to the first event that is left. Events are removed up to where the statistics are, so while they are here none goes; that
 * they begin anew is said first. A crash leaves them at a page, from which they go on. False when there was not the time.
 */
async function beginWithKept(db: Database, stats: Database, signal: AbortSignal): Promise<boolean> {
  for (let at = await statsPosition(stats); isBefore(at); at = await statsPosition(stats)) {
    if (signal.aborted) return false
    if (at === '') await db.write(noteRebuild, {})
    const rows = await keptAfter(db, at === '' ? FIRST_KEPT : (JSON.parse(at.slice(IN_KEPT.length)) as KeptKey))
    const last = rows.at(-1)
    const to = last === undefined || rows.length < KEPT_AT_ONCE ? BEGINNING : `${IN_KEPT}${JSON.stringify({ organization: last.organization, kind: last.kind, atMs: last.atMs, key: last.key })}`
    await stats.write(load, { rows, from: at, to, adding: addingTo(stats) })
  }
  return true
}

/** How far the log has been counted; '' while that has not begun. */
export async function countedTo(stats: Database): Promise<Position> {
  const at = await statsPosition(stats)
  return isBefore(at) ? '' : at
}

interface Pass {
  readonly counted: number
  readonly reached: Position
  /** Somebody else had counted the next chunk when we came to it. */
  readonly overtaken: boolean
}

async function onePass(db: Database, stats: Database, signal: AbortSignal): Promise<Pass> {
  let reached = await statsPosition(stats)
  if (isBefore(reached)) return { counted: 0, reached, overtaken: true } // Somebody began anew just now.
  let counted = 0
  const overtaken = new AbortController()
  const handle = async (events: readonly Event[], to: Position): Promise<void> => {
    const removed = events.flatMap(({ type, organization }) => (type === 'organization.removed' ? organization : []))
    const args = { facts: events.flatMap((event) => factOf(event) ?? []), removed, from: reached, to, adding: addingTo(stats) } as const
    if (!(await stats.write(count, args))) return overtaken.abort()
    reached = to
    counted += events.length
  }
  const log = { after: (after: Position, limit: number) => eventsAfter(db, after, limit), position: async () => reached }
  await catchUp(log, { name: STATS_READER, handle }, AbortSignal.any([signal, overtaken.signal]))
  return { counted, reached, overtaken: overtaken.signal.aborted }
}

function addingTo({ dialect }: Database): Adding {
  return dialect === 'postgres' ? 'together' : 'each'
}

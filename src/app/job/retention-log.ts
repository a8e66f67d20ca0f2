import { setTimeout as wait } from 'node:timers/promises'
import { DAY_MS } from '../../base/duration.ts'
import { OWNER_NOTICE_READER } from '../../core/alert/notices.ts'
import { SUPPRESS_READER } from '../../core/bounce/suppress.ts'
import type { Event, Position } from '../../core/event/event.ts'
import { isBehind, slowest } from '../../core/event/position.ts'
import { eventsAfter, newestEvent, readerPosition } from '../../core/event/sql.ts'
import { readerPositions } from '../../core/event/sql-remove.ts'
import { forgetTraced, TRACE_READER } from '../../core/event/sql-trace.ts'
import { TRAIN_READER } from '../../core/filter/bayes/sql-vote.ts'
import { SENDING_READER } from '../../core/filter/outbound/sql-watch.ts'
import { NOTICE_READER } from '../../core/inbound/notices.ts'
import { PRETEND_READER } from '../../core/queue/sql-pretend.ts'
import { REPORT_READER } from '../../core/report/reader.ts'
import { AHEAD_MS, MOST_REST_MS, SWEEP_CHUNK } from '../../core/retention/limits.ts'
import { forgetSweeps, type Step, type Sweep, sweepEvents, sweepPosition, sweepTranscripts } from '../../core/retention/sql-sweep.ts'
import { type Kind, type Members, membersOf, type Terms, timesOf } from '../../core/retention/terms.ts'
import { hasTranscripts } from '../../core/retention/transcript.ts'
import { STANDING_READER } from '../../core/standing/standing.ts'
import { countedTo, STATS_READER } from '../../core/stats/sql-follow.ts'
import { rebuildsNow } from '../../core/stats/sql-kept.ts'
import { WEBHOOK_READER } from '../../core/webhook/sql-call.ts'
import type { JobOptions } from './options.ts'

/** Who follows the log in every house. No event goes before all of them have read it, those that have never read included. */
const ALWAYS = [
  NOTICE_READER, SUPPRESS_READER, SENDING_READER, TRAIN_READER, PRETEND_READER, STANDING_READER, OWNER_NOTICE_READER, WEBHOOK_READER,
] as const

/** What removing works with. */
export interface Removing extends Pick<JobOptions, 'db' | 'traces' | 'stats' | 'log' | 'reports'> {
  readonly terms: Terms
  readonly nowMs: number
  /** Told of what was removed. */
  readonly removed: (kind: Kind, days: number, done: Done) => void
}

interface LogSweep extends Removing {
  readonly kind: 'events' | 'transcripts'
}

/** Removes events, or what was said with servers out of them: one sweep over the log for each time in use. */
export async function sweepLog(options: LogSweep, signal: AbortSignal): Promise<void> {
  const { db, terms, kind } = options
  const times = timesOf(terms, kind)
  await db.write(forgetSweeps, { kind, used: times })
  for (const days of times) options.removed(kind, days, await sweep(options, { kind, days }, membersOf(terms, kind, days), signal))
}

/** What one sweep came to in one run. */
export interface Done {
  readonly removed: number
  /** Everything that is old enough was looked at. */
  readonly finished: boolean
  /** The reader of the log that has not read what is old enough to go; null for none. */
  readonly waitsFor: string | null
}

/** One sweep, from where it stands. */
async function sweep(options: LogSweep, which: Sweep, members: Members, signal: AbortSignal): Promise<Done> {
  const { db } = options
  const named = { ...which, members: members.digest }
  let from = await sweepPosition(db, named)
  let removed = 0
  for (let began = performance.now(); !signal.aborted; began = await rest(began, signal)) {
    const rebuilds = await rebuildsNow(db) // Before the place of the statistics: see `sweepEvents`.
    const least = await slowestReader(options)
    const { events, waits } = dueOf(await eventsAfter(db, from, SWEEP_CHUNK), { ...options, days: which.days, read: least.position, newest: await newestEvent(db) })
    const last = events.at(-1)
    if (last === undefined) return { removed, finished: true, waitsFor: waits ? least.reader : null }
    const step = { ...named, from, to: last.position }
    const count = await stepOver(options, step, { events: events.filter(({ organization }) => members.has(organization)), rebuilds })
    if (count === null) return { removed, finished: false, waitsFor: null }
    removed += count
    from = last.position
  }
  return { removed, finished: false, waitsFor: null }
}

/** Rests for as long as it worked. Returns when it goes on. */
export async function rest(beganMs: number, signal: AbortSignal): Promise<number> {
  await wait(Math.min(MOST_REST_MS, performance.now() - beganMs), undefined, { signal, ref: false }).catch(() => {}) // Aborted: the loop ends.
  return performance.now()
}

async function stepOver({ db, traces, kind, nowMs }: LogSweep, step: Step, { events, rebuilds }: { readonly events: readonly Event[]; readonly rebuilds: number }): Promise<number | null> {
  if (kind === 'transcripts') return await db.write(sweepTranscripts, { ...step, ids: events.filter(({ data }) => hasTranscripts(data)).map(({ id }) => id), nowMs })
  if (events.length > 0) await forgetTraced(traces, events) // Before they go: after a crash between the two they are found no more, and go with the next run.
  return await db.write(sweepEvents, { ...step, ids: events.map(({ id }) => id), rebuilds })
}

/** Who has read least. Of what is made from the log its own place matters, not the one that it has told: a file that was lost begins anew. */
export async function slowestReader({ db, traces, stats, reports }: Pick<Removing, 'db' | 'traces' | 'stats' | 'reports'>): Promise<{ readonly reader: string; readonly position: Position }> {
  const told = new Map(await readerPositions(db))
  if (reports.receive.length === 0) told.delete(REPORT_READER) // It reads where there are addresses for reports only.
  for (const reader of ALWAYS) told.set(reader, told.get(reader) ?? '')
  told.set(TRACE_READER, await readerPosition(traces, TRACE_READER))
  told.set(STATS_READER, await countedTo(stats))
  return slowest(told) ?? { reader: STATS_READER, position: '' }
}

interface Bounds {
  readonly nowMs: number
  readonly days: number
  /** What all readers have read. */
  readonly read: Position
  readonly newest: number
}

/** The first events of a chunk that are old enough, have been read, and are not the newest one; `waits`: more are old enough, but have not been read. */
function dueOf(chunk: readonly Event[], { nowMs, days, read, newest }: Bounds): { readonly events: readonly Event[]; readonly waits: boolean } {
  const isOld = ({ atMs, id }: Event): boolean => (atMs < nowMs - days * DAY_MS || atMs > nowMs + AHEAD_MS) && id !== newest
  const young = chunk.findIndex((event) => !isOld(event))
  const old = young === -1 ? chunk : chunk.slice(0, young)
  const unread = old.findIndex(({ position }) => isBehind(read, position))
  return { events: unread === -1 ? old : old.slice(0, unread), waits: unread !== -1 }
}

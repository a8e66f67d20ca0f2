import type { OrganizationId } from '../../base/brand.ts'
import { DAY_MS } from '../../base/duration.ts'
import { entriesBefore, FIRST_ENTRY, forgetEntries, type OldEntry } from '../../core/audit/sql.ts'
import { unreadSince } from '../../core/event/sql.ts'
import { dropBodies, FIRST_SETTLED, type Settled, settledBefore } from '../../core/queue/sql-body.ts'
import { BODY_LEAST_MS, SWEEP_CHUNK } from '../../core/retention/limits.ts'
import { forgetSweeps, moveOn, sweepPosition } from '../../core/retention/sql-sweep.ts'
import { type Kind, membersOf, timesOf } from '../../core/retention/terms.ts'
import { FIRST_CALL, forgetCalls, type OldCall, oldCalls } from '../../core/webhook/sql-old.ts'
import type { Database } from '../../infra/db/database.ts'
import { SETTLED_MS } from './purge.ts'
import { type Done, type Removing, rest, slowestReader } from './retention-log.ts'

/** Rows that lie in the order of time, and go one by one. */
interface Rows<R extends { readonly organization: OrganizationId | '' }, P> {
  readonly kind: Kind
  readonly times: readonly number[]
  /** The row before all others. */
  readonly first: P
  /** What is older than this may go. */
  readonly beforeMs: (days: number) => number
  /** Those after a row, in order. */
  readonly after: (db: Database, args: { readonly after: P; readonly beforeMs: number; readonly limit: number }) => Promise<readonly (R & P)[]>
  /** Removes some, and tells how many were there. Whoever is killed behind it removes them once more. */
  readonly remove: (rows: readonly R[], beforeMs: number) => Promise<number>
}

/** Removes calls of webhooks. */
export async function sweepCalls(options: Removing, signal: AbortSignal): Promise<void> {
  const remove = (calls: readonly OldCall[]): Promise<number> => options.db.write(forgetCalls, { calls })
  await sweepRows<OldCall, OldCall>(options, { ...usual(options, 'webhooks'), first: FIRST_CALL, after: oldCalls, remove }, signal)
}

/** Removes entries of the audit log. */
export async function sweepAudit(options: Removing, signal: AbortSignal): Promise<void> {
  const remove = (entries: readonly OldEntry[]): Promise<number> => options.db.write(forgetEntries, { entries })
  await sweepRows<OldEntry, OldEntry>(options, { ...usual(options, 'audit'), first: FIRST_ENTRY, after: entriesBefore, remove }, signal)
}

/** Removes the bytes of messages that were sent. With their deliveries they go in any case: `purge.ts`. */
export async function sweepBodies(options: Removing, signal: AbortSignal): Promise<void> {
  const { db, nowMs, terms } = options
  const times = timesOf(terms, 'bodies')
  const keptMs = Math.max(SETTLED_MS, (times.at(-1) ?? 0) * DAY_MS)
  // Who is told of an end may be sent the message back.
  const readMs = (await unreadSince(db, (await slowestReader(options)).position)) ?? nowMs
  const rows: Rows<Settled, Pick<Settled, 'atMs' | 'id'>> = {
    kind: 'bodies',
    times: times.filter((days) => days * DAY_MS < keptMs),
    first: FIRST_SETTLED,
    beforeMs: (days) => Math.min(nowMs - days * DAY_MS, nowMs - BODY_LEAST_MS, readMs - BODY_LEAST_MS),
    after: settledBefore,
    remove: (settled, beforeMs) => db.write(dropBodies, { messages: [...new Set(settled.map(({ message }) => message))], beforeMs, nowMs }),
  }
  await sweepRows(options, rows, signal)
}

function usual({ terms, nowMs }: Removing, kind: Kind): Pick<Rows<OldCall, unknown>, 'kind' | 'times' | 'beforeMs'> {
  return { kind, times: timesOf(terms, kind), beforeMs: (days) => nowMs - days * DAY_MS }
}

/** One sweep for each time in use. */
async function sweepRows<R extends { readonly organization: OrganizationId | '' }, P>(options: Removing, rows: Rows<R, P>, signal: AbortSignal): Promise<void> {
  await options.db.write(forgetSweeps, { kind: rows.kind, used: rows.times })
  for (const days of rows.times) options.removed(rows.kind, days, await sweep(options, rows, days, signal))
}

async function sweep<R extends { readonly organization: OrganizationId | '' }, P>({ db, terms }: Removing, { kind, first, beforeMs, after, remove }: Rows<R, P>, days: number, signal: AbortSignal): Promise<Done> {
  const members = membersOf(terms, kind, days)
  const named = { kind, days, members: members.digest }
  const before = beforeMs(days)
  let from = await sweepPosition(db, named)
  let removed = 0
  for (let began = performance.now(); !signal.aborted; began = await rest(began, signal)) {
    const page = await after(db, { after: from === '' ? first : (JSON.parse(from) as P), beforeMs: before, limit: SWEEP_CHUNK })
    const last = page.at(-1)
    if (last === undefined) return { removed, finished: true, waitsFor: null }
    const mine = page.filter(({ organization }) => members.has(organization))
    if (mine.length > 0) removed += await remove(mine, before)
    const to = JSON.stringify(last)
    if (!(await db.write(moveOn, { ...named, from, to }))) return { removed, finished: false, waitsFor: null }
    from = to
  }
  return { removed, finished: false, waitsFor: null }
}

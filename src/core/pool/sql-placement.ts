import type { OrganizationId } from '../../base/brand.ts'
import { dayNumber } from '../../base/duration.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { type Grade, placementOf } from './dedicated.ts'
import { MAX_GRADES, SCORED_AT_ONCE } from './limits.ts'

interface Row {
  readonly day: number
  readonly points: number | null
  readonly points_before: number | null
  readonly grade: Grade
  readonly since_ms: number
}

const OWN = 'SELECT day, points, points_before, grade, since_ms FROM placement WHERE organization = $organization'
const OF = statement<{ organization: string }, Row>(OWN)
const LOCKED = statement<{ organization: string }, Row>({ sqlite: OWN, postgres: `${OWN} FOR UPDATE` })
const PUT = statement<{ organization: string; day: number; points: number | null; before: number | null; grade: Grade; sinceMs: number }>(
  `INSERT INTO placement (organization, day, points, points_before, grade, since_ms) VALUES ($organization, $day, $points, $before, $grade, $sinceMs)
  ON CONFLICT (organization) DO UPDATE SET day = excluded.day, points = excluded.points, points_before = excluded.points_before, grade = excluded.grade, since_ms = excluded.since_ms`,
)
const DUE = statement<{ day: number }, { id: OrganizationId }>(
  `SELECT organization.id FROM organization LEFT JOIN placement ON placement.organization = organization.id
  WHERE placement.day IS NULL OR placement.day < $day ORDER BY organization.id LIMIT ${SCORED_AT_ONCE}`,
)
// The worst first: who is left out goes with those in the middle.
const GRADES = statement<Record<never, never>, { organization: string; grade: Grade }>(`SELECT organization, grade FROM placement WHERE grade <> 'B' ORDER BY grade DESC, organization LIMIT ${MAX_GRADES}`)

/** Where an organization stands among the senders of shared pools, and why. */
export interface Placement {
  readonly grade: Grade
  readonly sinceMs: number
  /** Scores of the last day that was looked at and of the day before; null where too little was sent to tell. */
  readonly points: number | null
  readonly pointsBefore: number | null
}

/** The placement of an organization; null when nobody has looked yet, and it stands in the middle. */
export async function placementIn(db: Database, organization: OrganizationId): Promise<Placement | null> {
  const row = await db.one(OF, { organization })
  return row === null ? null : { grade: row.grade, sinceMs: row.since_ms, points: row.points, pointsBefore: row.points_before }
}

/** Organizations that were not looked at today: at most `SCORED_AT_ONCE`. */
export async function unplaced(db: Database, nowMs: number): Promise<readonly OrganizationId[]> {
  return (await db.all(DUE, { day: dayNumber(nowMs) })).map(({ id }) => id)
}

/**
 * Writes down today's score of an organization, once a day (UTC), and its grade after it. `points` is null when too little was sent to
 * tell: it stays where it is, and two days in a row begin anew. It begins in the middle.
 */
export const place = write('pool.place', function* (tx, { organization, points, nowMs }: { readonly organization: OrganizationId; readonly points: number | null; readonly nowMs: number }): Work<void> {
  const day = dayNumber(nowMs)
  const last = yield* tx.one(LOCKED, { organization })
  if (last !== null && last.day >= day) return
  const before = last !== null && last.day === day - 1 ? last.points : null
  const known = last?.grade ?? 'B'
  const grade = before === null || points === null ? known : placementOf([before, points], known)
  yield* tx.run(PUT, { organization, day, points, before, grade, sinceMs: last === null || grade !== known ? nowMs : last.since_ms })
})

/** Grades of all that are not in the middle. */
export function* gradesIn(tx: Tx): Work<ReadonlyMap<string, Grade>> {
  return new Map((yield* tx.all(GRADES, {})).map(({ organization, grade }) => [organization, grade]))
}

import type { OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import type { EventType, Position } from '../event/event.ts'
import { advance, appendEvent } from '../event/sql.ts'
import { putShaping } from '../pool/sql-shaping.ts'
import { endSuspension, type Suspension } from '../pool/suspension.ts'
import { MAX_CAUSE_CHARS, MAX_OWNERS, MAX_STANDINGS } from './limits.ts'
import { type Finding, type Level, type Standing, STANDING_READER, standingName, type StreamKey } from './standing.ts'

/** Who has changed what senders read: none of them has this name. */
const HOLDER = 'standing'

const COLUMNS = 'organization, stream, provider, level, since_ms, finding, counted_from_ms, suspension'

interface Row {
  readonly organization: OrganizationId
  readonly stream: string
  readonly provider: string
  readonly level: Level
  readonly since_ms: number
  readonly finding: string | null
  readonly counted_from_ms: number
  readonly suspension: string | null
}

const OF = statement<{ organization: string }, Row>(`SELECT ${COLUMNS} FROM stream_standing WHERE organization = $organization ORDER BY stream, provider LIMIT ${MAX_STANDINGS}`)
const ONE = statement<{ organization: string; stream: string; provider: string }, Row>(
  `SELECT ${COLUMNS} FROM stream_standing WHERE organization = $organization AND stream = $stream AND provider = $provider`,
)
const SUSPECTS = statement<{ after: string }, { organization: OrganizationId }>(
  `SELECT DISTINCT organization FROM stream_standing WHERE level <> 'good' AND organization > $after ORDER BY organization LIMIT ${MAX_STANDINGS}`,
)
const PUT = statement<{ organization: string; stream: string; provider: string; level: string; sinceMs: number; finding: string | null; countedFromMs: number; suspension: string | null }>(
  `INSERT INTO stream_standing (${COLUMNS}) VALUES ($organization, $stream, $provider, $level, $sinceMs, $finding, $countedFromMs, $suspension)
  ON CONFLICT (organization, stream, provider) DO UPDATE SET level = excluded.level, since_ms = excluded.since_ms, finding = excluded.finding,
    counted_from_ms = excluded.counted_from_ms, suspension = excluded.suspension`,
)
const OWNERS = statement<{ organization: string }, { login: string; locale: string }>(
  `SELECT login, locale FROM account WHERE organization = $organization AND role IN ('owner', 'admin') AND state = 'active' ORDER BY id LIMIT ${MAX_OWNERS}`,
)

/** How the streams of an organization stand; those of which nothing was ever to be said are not there. */
export async function standingsOf(db: Database, organization: OrganizationId): Promise<readonly Standing[]> {
  return (await db.all(OF, { organization })).map(toStanding)
}

/** Organizations of which something is to be said, in order, after an id; '' begins. */
export async function suspectsAfter(db: Database, after: string): Promise<readonly OrganizationId[]> {
  return (await db.all(SUSPECTS, { after })).map(({ organization }) => organization)
}

/** Who is told what becomes of an organization's mail, and in which language. */
export async function ownersOf(db: Database, organization: OrganizationId): Promise<readonly { readonly login: string; readonly locale: string }[]> {
  return await db.all(OWNERS, { organization })
}

/** A stream that stands elsewhere now. */
export interface ChangeStandingArgs {
  readonly key: StreamKey
  readonly before: Level
  readonly level: Level
  /** Null when it is good. */
  readonly finding: Finding | null
  /** What stops it or slows it down from now on; null for nothing. */
  readonly suspension: Suspension | null
  readonly nowMs: number
}

const EVENTS = { good: 'stream.recovered', warned: 'stream.warned', slowed: 'stream.slowed', paused: 'stream.paused' } as const

/** Puts a stream where it stands now, with its event and with what senders obey. `overtaken`: it stood elsewhere than the caller knew, and nothing changed. */
export const changeStanding = write('standing.change', function* (tx, { key, before, level, finding, suspension, nowMs }: ChangeStandingArgs): Work<'changed' | 'overtaken'> {
  const row = yield* tx.one(ONE, { ...key })
  if ((row?.level ?? 'good') !== before) return 'overtaken'
  const standing = { ...key, level, sinceMs: nowMs, finding, countedFromMs: row?.counted_from_ms ?? 0, suspension }
  yield* put(tx, row, standing, nowMs)
  yield* tell(tx, EVENTS[level], standing, { ...finding }, nowMs)
  return 'changed'
})

/** A person lets a stream go on. */
export interface ResumeStreamArgs {
  readonly key: StreamKey
  /** Who. */
  readonly by: string
  /** What was wrong, and was mended. */
  readonly cause: string
  readonly nowMs: number
}

/** Lets a stream go on that was slowed or stopped: what was sent before does not count against it any more. `none`: nothing holds it. */
export const resumeStream = write('standing.resume', function* (tx, { key, by, cause, nowMs }: ResumeStreamArgs): Work<'resumed' | 'none'> {
  const row = yield* tx.one(ONE, { ...key })
  if (row === null || row.suspension === null) return 'none'
  const standing: Standing = { ...key, level: 'good', sinceMs: nowMs, finding: null, countedFromMs: nowMs, suspension: null }
  yield* put(tx, row, standing, nowMs)
  yield* tell(tx, 'stream.resumed', standing, { by, cause: cause.slice(0, MAX_CAUSE_CHARS) }, nowMs)
  return 'resumed'
})

/** Notes up to where the log was judged. */
export const judgedTo = write('standing.judged', function* (tx, { position }: { readonly position: Position }): Work<void> {
  yield* advance(tx, STANDING_READER, position)
})

function* put(tx: Tx, before: Row | null, standing: Standing, nowMs: number): Work<void> {
  const { organization, stream, provider, level, sinceMs, finding, countedFromMs, suspension } = standing
  if (before !== null && before.suspension !== null) {
    yield* putShaping(tx, { by: 'user', suspension: endSuspension(JSON.parse(before.suspension) as Suspension, nowMs) }, HOLDER, nowMs)
  }
  if (suspension !== null) yield* putShaping(tx, { by: 'user', suspension }, HOLDER, nowMs)
  yield* tx.run(PUT, { organization, stream, provider, level, sinceMs, countedFromMs, finding: finding === null ? null : JSON.stringify(finding), suspension: suspension === null ? null : JSON.stringify(suspension) })
}

function* tell(tx: Tx, type: EventType, standing: Standing, more: Readonly<Record<string, unknown>>, nowMs: number): Work<void> {
  const { organization, stream, provider, level } = standing
  yield* appendEvent(tx, {
    ...{ atMs: nowMs, organization, account: null, message: null, delivery: null, type, version: 1 },
    data: { name: standingName(standing), stream, provider, ...more, level },
  })
}

function toStanding({ organization, stream, provider, level, since_ms: sinceMs, finding, counted_from_ms: countedFromMs, suspension }: Row): Standing {
  return { organization, stream, provider, level, sinceMs, countedFromMs, finding: finding === null ? null : (JSON.parse(finding) as Finding), suspension: suspension === null ? null : (JSON.parse(suspension) as Suspension) }
}

import type { OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import type { AuditEntry } from '../audit/entry.ts'
import { putAudit } from '../audit/sql.ts'
import { appendEvent } from '../event/sql.ts'
import { hashOf, subjectKey } from '../suppression/sql-erased.ts'
import type { Erasure } from './erasure.ts'

interface Row {
  readonly organization: OrganizationId
  readonly id: string
  readonly address: string
  readonly hash: string
  readonly state: Erasure['state']
  readonly pass: number
  readonly place: number
  readonly after: string | null
  readonly found: number
  readonly changed: number
  readonly waiting: number
  readonly segments: string
  readonly asked_by: string
  readonly created_ms: number
  readonly done_ms: number | null
}

const COLUMNS = 'organization, id, address, hash, state, pass, place, after, found, changed, waiting, segments, asked_by, created_ms, done_ms'

const KEY = statement<{ key: string }>('INSERT INTO subject_key (single, key) VALUES (1, $key) ON CONFLICT DO NOTHING')
const INSERT = statement<{ organization: string; id: string; address: string; hash: string; by: string; nowMs: number }>(
  `INSERT INTO subject_erasure (${COLUMNS})
  VALUES ($organization, $id, $address, $hash, 'rows', 0, 0, NULL, 0, 0, 0, '[]', $by, $nowMs, NULL)`,
)
const OPEN_FOR = statement<{ organization: string; address: string }, Row>(`SELECT ${COLUMNS} FROM subject_erasure WHERE organization = $organization AND address = $address AND state <> 'done' LIMIT 1`)
const OPEN = statement<Record<never, never>, Row>(`SELECT ${COLUMNS} FROM subject_erasure WHERE state IN ('rows', 'files') ORDER BY created_ms, organization, id LIMIT 100`)
const ONE = statement<{ organization: string; id: string }, Row>(`SELECT ${COLUMNS} FROM subject_erasure WHERE organization = $organization AND id = $id`)
const PROGRESS = statement<{ organization: string; id: string; state: string; pass: number; place: number; after: string | null; found: number; changed: number; waiting: number; segments: string }>(
  `UPDATE subject_erasure SET state = $state, pass = $pass, place = $place, after = $after, found = $found, changed = $changed, waiting = $waiting, segments = $segments
  WHERE organization = $organization AND id = $id AND state <> 'done'`,
)
const DONE = statement<{ organization: string; id: string; nowMs: number }>(
  "UPDATE subject_erasure SET state = 'done', address = '', after = NULL, segments = '[]', done_ms = $nowMs WHERE organization = $organization AND id = $id AND state <> 'done'",
)

/** Who asks for an erasure, and of what. */
export interface AskArgs {
  readonly organization: OrganizationId
  readonly id: string
  /** Folded. */
  readonly address: string
  /** Chance, for the installation that has no key yet. */
  readonly key: string
  /** The entry of the audit log: who asked. It tells the hash alone, so the usual entry of a request or a command is not written. */
  readonly audit: Pick<AuditEntry, 'id' | 'actorKind' | 'actor' | 'action'>
  readonly nowMs: number
}

/** Asks for an erasure and gives its id. One that is under way for the address is given instead. */
export const askErasure = write('subject.ask', function* (tx, args: AskArgs): Work<string> {
  const { organization, id, address, audit, nowMs } = args
  const open = yield* tx.one(OPEN_FOR, { organization, address })
  if (open !== null) return open.id
  yield* tx.run(KEY, { key: args.key })
  const hash = hashOf((yield* subjectKey(tx)) ?? '', address)
  yield* tx.run(INSERT, { organization, id, address, hash, by: `${audit.actorKind} ${audit.actor}`, nowMs })
  yield* putAudit(tx, { ...audit, organization, atMs: nowMs, object: id, asked: { hash }, before: null, after: null, address: null, request: null, outcome: 'done' })
  return id
})

/** The erasure of an address that is under way, inside a write; null for none. */
export function* openErasureIn(tx: Tx, organization: OrganizationId, address: string): Work<Erasure | null> {
  const row = yield* tx.one(OPEN_FOR, { organization, address })
  return row === null ? null : toErasure(row)
}

/** An erasure, inside a write; null when there is none of that id. */
export function* erasureIn(tx: Tx, organization: OrganizationId, id: string): Work<Erasure | null> {
  const row = yield* tx.one(ONE, { organization, id })
  return row === null ? null : toErasure(row)
}

/** Writes down where an erasure stands, inside the write that did a step of it. */
export function* noteProgress(tx: Tx, { organization, id, state, pass, place, after, found, changed, waiting, segments }: Erasure): Work<void> {
  yield* tx.run(PROGRESS, { organization, id, state, pass, place, after: after === null ? null : JSON.stringify(after), found, changed, waiting, segments: JSON.stringify(segments) })
}

/** Writes down where it stands. */
export const keepProgress = write('subject.progress', function* (tx, erasure: Erasure): Work<void> {
  yield* noteProgress(tx, erasure)
})

/** Ends an erasure: the row forgets the address, and an event tells its hash. */
export const endErasure = write('subject.done', function* (tx, { erasure, nowMs }: { readonly erasure: Erasure; readonly nowMs: number }): Work<void> {
  const { organization, id, hash, askedBy, changed } = erasure
  if ((yield* tx.run(DONE, { organization, id, nowMs })) === 0) return
  yield* appendEvent(tx, { atMs: nowMs, organization, account: null, message: null, delivery: null, type: 'subject.erased', version: 1, data: { erasure: id, hash, by: askedBy, changed } })
})

/** Erasures under way, the oldest first, without those whose account is still being removed; at most 100. */
export async function openErasures(db: Database): Promise<readonly Erasure[]> {
  return (await db.all(OPEN, {})).map(toErasure)
}

/** An erasure of an organization; null when there is none of that id. */
export async function erasureById(db: Database, organization: OrganizationId, id: string): Promise<Erasure | null> {
  const row = await db.one(ONE, { organization, id })
  return row === null ? null : toErasure(row)
}

function toErasure(row: Row): Erasure {
  const { organization, id, address, hash, state, pass, place, after, found, changed, waiting } = row
  return {
    ...{ organization, id, address, hash, state, pass, place, found, changed, waiting },
    after: after === null ? null : (JSON.parse(after) as (string | number)[]),
    segments: JSON.parse(row.segments) as string[],
    askedBy: row.asked_by,
    createdMs: row.created_ms,
    doneMs: row.done_ms,
  }
}

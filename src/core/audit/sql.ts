import type { OrganizationId } from '../../base/brand.ts'
import { unreachable } from '../../base/unreachable.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Op, type Tx, type Work, type Write, write, writeNamed } from '../../infra/db/transaction.ts'
import { type AuditEnd, type AuditEntry, type AuditOutcome, type OpenEntry, redacted } from './entry.ts'

interface Row {
  readonly organization: OrganizationId | ''
  readonly id: string
  readonly at_ms: number
  readonly actor_kind: AuditEntry['actorKind']
  readonly actor: string
  readonly action: string
  readonly object: string | null
  readonly asked: string | null
  readonly before: string | null
  readonly after: string | null
  readonly address: string | null
  readonly request: string | null
  readonly outcome: AuditOutcome
}

/** An entry with its values as text. */
type Kept = Omit<AuditEntry, 'asked' | 'before' | 'after'> & { readonly asked: string | null; readonly before: string | null; readonly after: string | null }

const COLUMNS = 'organization, id, at_ms, actor_kind, actor, action, object, asked, before, after, address, request, outcome'
const APPEND = statement<{ [K in keyof Kept]: Kept[K] }>(
  `INSERT INTO audit_log (${COLUMNS}) VALUES ($organization, $id, $atMs, $actorKind, $actor, $action, $object, $asked, $before, $after, $address, $request, $outcome)
  ON CONFLICT (organization, id) DO NOTHING`,
)
const END = statement<{ organization: string; id: string; object: string | null; after: string | null; outcome: string }>(
  `UPDATE audit_log SET object = $object, after = $after, outcome = $outcome WHERE organization = $organization AND id = $id AND outcome = 'unknown'`,
)

/** Which entries are asked for; '' for all of a field, `before` '' for the newest. */
export interface AuditQuery {
  readonly organization: OrganizationId | ''
  readonly actor: string
  readonly action: string
  readonly object: string
  readonly sinceMs: number
  readonly untilMs: number
  /** The id of an entry: those before it. */
  readonly before: string
  readonly limit: number
}

const LIST = statement<{ [K in keyof AuditQuery]: AuditQuery[K] }, Row>(
  `SELECT ${COLUMNS} FROM audit_log WHERE organization = $organization AND ($before = '' OR id < $before) AND at_ms >= $sinceMs AND at_ms < $untilMs
  AND ($actor = '' OR actor = $actor) AND ($action = '' OR action = $action) AND ($object = '' OR object = $object) ORDER BY id DESC LIMIT $limit`,
)
const BY_ID = statement<{ organization: string; id: string }, Row>(`SELECT ${COLUMNS} FROM audit_log WHERE organization = $organization AND id = $id`)
const OLD_ENTRIES = `SELECT organization, id, at_ms FROM audit_log WHERE at_ms < $beforeMs AND (at_ms, organization, id) > ($atMs, $organization, $id)
  ORDER BY at_ms, organization, id LIMIT`
const OLD = statement<{ atMs: number; organization: string; id: string; beforeMs: number; limit: number }, Pick<Row, 'organization' | 'id' | 'at_ms'>>({ sqlite: `${OLD_ENTRIES} $limit`, postgres: `${OLD_ENTRIES} $limit::bigint` })
const FORGET = statement<{ keys: string }>({
  sqlite: 'DELETE FROM audit_log WHERE (organization, id) IN (SELECT value->>0, value->>1 FROM json_each($keys))',
  postgres: 'DELETE FROM audit_log WHERE (organization, id) IN (SELECT value->>0, value->>1 FROM json_array_elements($keys::json) AS value)',
})

/** A write, and who does it. */
interface Audited {
  readonly name: string
  readonly args: unknown
  readonly entry: Kept
}

/**
 * Runs another write, and appends the entry of who does it in the same transaction when it touches a row: neither is there without the other, whatever dies. Of several writes with
 * one entry the first that touches a row appends it.
 */
const changing = write(
  'audit.changing',
  function* (tx, { name, args, entry }: Audited): Work<unknown> {
    const work = writeNamed(name).run(tx, args)
    let hasChanged = false
    let turn = work.next()
    while (turn.done !== true) {
      const result = yield turn.value
      hasChanged ||= isChange(turn.value, result)
      turn = work.next(result)
    }
    if (hasChanged) yield* tx.run(APPEND, entry)
    return turn.value
  },
  ({ name, args }) => writeNamed(name).bytes(args),
)

/** What asks for rows may change them, too: `UPDATE ... RETURNING`. */
function isChange({ want, statement: { sqlite } }: Op, result: unknown): boolean {
  switch (want) {
    case 'changed':
      return (result as number) > 0
    case 'one':
      return result !== null && !READS.test(sqlite)
    case 'all':
      return (result as readonly unknown[]).length > 0 && !READS.test(sqlite)
    default:
      return unreachable(want)
  }
}

const READS = /^\s*(?:SELECT|WITH)\b/

/** Does a write for somebody whose entry that is: see `changing`. Its values are kept without what is secret in them. */
export async function writeAudited<A, R>(db: Database, { write: { name }, args, id }: { readonly write: Write<A, R>; readonly args: A; readonly id?: string | undefined }, entry: OpenEntry): Promise<R> {
  return (await db.write(changing, { name, args, entry: keptOf({ ...entry, after: null, outcome: 'unknown' }) }, id)) as R
}

const end = write('audit.end', function* (tx, { entry, told }: { readonly entry: Kept; readonly told: 'always' | 'when-changed' }): Work<void> {
  const { organization, id, object, after, outcome } = entry
  const ended = yield* tx.run(END, { organization, id, object, after, outcome })
  if (ended === 0 && told === 'always') yield* tx.run(APPEND, entry)
})

/** Completes an entry. `told: 'always'` makes it now if no write has appended it: what was done changed no row, and is told all the same. */
export async function endAudit(db: Database, entry: OpenEntry, how: AuditEnd, told: 'always' | 'when-changed'): Promise<void> {
  await db.write(end, { entry: keptOf({ ...entry, ...how }), told })
}

/** An entry inside another write, for what knows better than its request what may be kept of it. */
export function* putAudit(tx: Tx, entry: AuditEntry): Work<void> {
  yield* tx.run(APPEND, keptOf(entry))
}

function keptOf({ organization, id, atMs, actorKind, actor, action, object, address, request, outcome, ...told }: AuditEntry): Kept {
  const text = (value: unknown): string | null => (value === null ? null : JSON.stringify(redacted(value)))
  return { organization, id, atMs, actorKind, actor, action, object, asked: text(told.asked), before: text(told.before), after: text(told.after), address, request, outcome }
}

/** Entries, newest first. */
export async function auditEntries(db: Database, query: AuditQuery): Promise<readonly AuditEntry[]> {
  return (await db.all(LIST, { ...query })).map(toEntry)
}

/** The entry of that id; null when the organization has none, or its time is over. */
export async function auditEntry(db: Database, organization: OrganizationId | '', id: string): Promise<AuditEntry | null> {
  const row = await db.one(BY_ID, { organization, id })
  return row === null ? null : toEntry(row)
}

function toEntry({ at_ms: atMs, actor_kind: actorKind, asked, before, after, ...row }: Row): AuditEntry {
  const value = (text: string | null): unknown => (text === null ? null : JSON.parse(text))
  return { ...row, atMs, actorKind, asked: value(asked), before: value(before), after: value(after) }
}

/** An entry whose time may be over. */
export type OldEntry = Pick<AuditEntry, 'organization' | 'id' | 'atMs'>

/** The entry before all others. */
export const FIRST_ENTRY: OldEntry = { organization: '', id: '', atMs: -1 }

/** At most `limit` entries from before `beforeMs`, after one of them, in the order of time. */
export async function entriesBefore(db: Database, { after, beforeMs, limit }: { readonly after: OldEntry; readonly beforeMs: number; readonly limit: number }): Promise<readonly OldEntry[]> {
  return (await db.all(OLD, { ...after, beforeMs, limit })).map(({ organization, id, at_ms: atMs }) => ({ organization, id, atMs }))
}

/** Forgets entries, at most 500. Returns how many were there. */
export const forgetEntries = write('audit.forget', function* (tx, { entries }: { readonly entries: readonly OldEntry[] }): Work<number> {
  return yield* tx.run(FORGET, { keys: JSON.stringify(entries.map(({ organization, id }) => [organization, id])) })
})

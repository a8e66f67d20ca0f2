import type { OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { type AuditEntry, redacted } from './entry.ts'
import { AUDIT_KEPT_MS } from './limits.ts'

/** Rows removed in one write. */
const CHUNK = 200

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
}

/** An entry with its values as text. */
type Kept = Omit<AuditEntry, 'asked' | 'before' | 'after'> & { readonly asked: string | null; readonly before: string | null; readonly after: string | null }

const COLUMNS = 'organization, id, at_ms, actor_kind, actor, action, object, asked, before, after, address, request'
const APPEND = statement<{ [K in keyof Kept]: Kept[K] }>(
  `INSERT INTO audit_log (${COLUMNS}) VALUES ($organization, $id, $atMs, $actorKind, $actor, $action, $object, $asked, $before, $after, $address, $request)`,
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
const FORGET = statement<{ beforeMs: number }>(
  `DELETE FROM audit_log WHERE (organization, id) IN (SELECT organization, id FROM audit_log WHERE at_ms < $beforeMs ORDER BY at_ms LIMIT ${CHUNK})`,
)

/** Writes an entry down. Nothing changes it afterwards. */
const append = write('audit.append', function* (tx, entry: Kept): Work<void> {
  yield* tx.run(APPEND, entry)
})

/** Writes down what was changed, without what is secret in it. */
export async function appendAudit(db: Database, entry: AuditEntry): Promise<void> {
  await db.write(append, keptOf(entry))
}

/** The same inside another write, for what knows better than its request what may be kept of it. */
export function* putAudit(tx: Tx, entry: AuditEntry): Work<void> {
  yield* tx.run(APPEND, keptOf(entry))
}

function keptOf({ organization, id, atMs, actorKind, actor, action, object, address, request, ...told }: AuditEntry): Kept {
  const text = (value: unknown): string | null => (value === null ? null : JSON.stringify(redacted(value)))
  return { organization, id, atMs, actorKind, actor, action, object, asked: text(told.asked), before: text(told.before), after: text(told.after), address, request }
}

/** Entries, newest first. */
export async function auditEntries(db: Database, query: AuditQuery): Promise<readonly AuditEntry[]> {
  const value = (text: string | null): unknown => (text === null ? null : JSON.parse(text))
  return (await db.all(LIST, { ...query })).map(({ at_ms: atMs, actor_kind: actorKind, asked, before, after, ...row }) => ({ ...row, atMs, actorKind, asked: value(asked), before: value(before), after: value(after) }))
}

/** Forgets entries whose time is over. Returns how many rows went; call again until 0. */
export const purgeAudit = write('audit.purge', function* (tx, { nowMs }: { readonly nowMs: number }): Work<number> {
  return yield* tx.run(FORGET, { beforeMs: nowMs - AUDIT_KEPT_MS })
})

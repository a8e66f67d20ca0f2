import type { MessageId, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import { domainPart } from '../../proto/mail/address.ts'
import type { EventType } from '../event/event.ts'
import { appendEvent } from '../event/sql.ts'
import type { DeliveryState, LastAnswer } from '../queue/delivery.ts'
import { patienceOf } from '../queue/patience.ts'
import type { NewDelivery } from '../queue/delivery.ts'
import type { Labels, NewSent, Sent, SentTo } from './sent.ts'

interface Row {
  readonly id: MessageId
  readonly stream: string
  readonly created_ms: number
  readonly scheduled_ms: number | null
  readonly head: string
  readonly body_removed_ms: number | null
}

interface ToRow {
  readonly id: string
  readonly recipient: string
  readonly state: DeliveryState
  readonly attempts: number
  readonly due_ms: number
  readonly settled_ms: number | null
  readonly last_reply: string | null
  readonly complained_ms: number | null
}

interface Waiting {
  readonly id: NewDelivery['id']
  readonly sender: string
  readonly recipient: string
  readonly stream: string
  readonly priority: NewDelivery['priority']
}

const COLUMNS = 'id, stream, created_ms, scheduled_ms, head, body_removed_ms'
const ONE = statement<{ organization: string; id: string }, Row>(`SELECT ${COLUMNS} FROM sent WHERE organization = $organization AND id = $id`)
const PAGE = statement<{ organization: string; before: string; limit: number }, Row>(
  `SELECT ${COLUMNS} FROM sent WHERE organization = $organization AND ($before = '' OR id < $before) ORDER BY id DESC LIMIT $limit`,
)
const HEADS = statement<{ organization: string; ids: string }, Pick<Row, 'id' | 'head'>>({
  sqlite: 'SELECT id, head FROM sent WHERE organization = $organization AND id IN (SELECT value FROM json_each($ids)) LIMIT 500',
  postgres: 'SELECT id, head FROM sent WHERE organization = $organization AND id IN (SELECT json_array_elements_text($ids::json)) LIMIT 500',
})
const TO = statement<{ message: string; organization: string }, ToRow>(
  `SELECT id, recipient, state, attempts, due_ms, settled_ms, last_reply, complained_ms FROM delivery
  WHERE message = $message AND organization = $organization ORDER BY recipient, id LIMIT 500`,
)

// What has been tried once is not early any more, and what is being tried cannot be stopped.
const CANCEL = statement<{ message: string; organization: string; nowMs: number }, Waiting>(
  `UPDATE delivery SET state = 'cancelled', settled_ms = $nowMs, alarm_ms = NULL
  WHERE message = $message AND organization = $organization AND state IN ('queued', 'held', 'captured') RETURNING id, sender, recipient, stream, priority`,
)
const EARLY = statement<{ message: string; organization: string; nowMs: number }, Waiting>(
  `SELECT id, sender, recipient, stream, priority FROM delivery
  WHERE message = $message AND organization = $organization AND state IN ('queued', 'held', 'captured') AND attempts = 0 AND due_ms > $nowMs LIMIT 500`,
)
const MOVE = statement<{ id: string; dueMs: number; expiresMs: number }>(
  `UPDATE delivery SET due_ms = $dueMs, expires_ms = $expiresMs, alarm_ms = CASE WHEN alarm_ms IS NULL THEN alarm_ms ELSE $expiresMs END
  WHERE id = $id AND state IN ('queued', 'held', 'captured')`,
)
const RESCHEDULE = statement<{ organization: string; id: string; atMs: number }>('UPDATE sent SET scheduled_ms = $atMs WHERE organization = $organization AND id = $id')

/** Which message is to be changed, by whom. */
export interface ChangeArgs {
  readonly organization: OrganizationId
  readonly message: MessageId
  readonly by: string
  readonly nowMs: number
}

/** Gives up what of a message has not gone. Returns how many deliveries that were. */
export const cancelSent = write('send.cancel', function* (tx, { organization, message, by, nowMs }: ChangeArgs): Work<number> {
  const rows = yield* tx.all(CANCEL, { message, organization, nowMs })
  for (const row of rows) yield* appendEvent(tx, changed('delivery.cancelled', row, { organization, message, by, nowMs }, {}))
  return rows.length
})

/** Gives a message that waits for its time another one. Returns the domains it goes to; none when it waits no more. */
export const rescheduleSent = write('send.reschedule', function* (tx, args: ChangeArgs & { readonly atMs: number }): Work<readonly string[]> {
  const { organization, message, atMs, nowMs } = args
  const rows = yield* tx.all(EARLY, { message, organization, nowMs })
  for (const row of rows) {
    yield* tx.run(MOVE, { id: row.id, dueMs: atMs, expiresMs: atMs + patienceOf(row).expiresMs })
    yield* appendEvent(tx, changed('delivery.rescheduled', row, args, { dueMs: atMs }))
  }
  if (rows.length > 0) yield* tx.run(RESCHEDULE, { organization, id: message, atMs })
  return [...new Set(rows.map(({ recipient }) => domainPart(recipient)))]
})

function changed(type: EventType, { id, sender, recipient, stream }: Waiting, { organization, message, by, nowMs }: ChangeArgs, more: object) {
  return { atMs: nowMs, organization, account: null, message, delivery: id, type, version: 1, data: { from: sender, recipient, stream, by, ...more } }
}

/** A message that an organization sent; null when it is not theirs, or forgotten. */
export async function sentById(db: Database, organization: OrganizationId, id: string): Promise<Sent | null> {
  const row = await db.one(ONE, { organization, id })
  return row === null ? null : toSent(row)
}

/** At most `limit` messages of an organization, newest first; '' begins. */
export async function sentBefore(db: Database, args: { readonly organization: OrganizationId; readonly before: string; readonly limit: number }): Promise<readonly Sent[]> {
  return (await db.all(PAGE, args)).map(toSent)
}

/** What programs called these messages, at most 500, of an organization; those that it did not send, or that are forgotten, are left out. */
export async function labelsOf(db: Database, organization: OrganizationId, messages: readonly MessageId[]): Promise<ReadonlyMap<string, Labels>> {
  const rows = await db.all(HEADS, { organization, ids: JSON.stringify(messages) })
  return new Map(rows.map(({ id, head }) => [id, JSON.parse(head) as Labels]))
}

/** What is known of the recipients of a message. */
export async function sentTo(db: Database, organization: OrganizationId, message: MessageId): Promise<readonly SentTo[]> {
  const rows = await db.all(TO, { organization, message })
  return rows.map((row) => ({
    id: row.id,
    recipient: row.recipient,
    state: row.state,
    attempts: row.attempts,
    dueMs: row.due_ms,
    settledMs: row.settled_ms,
    last: row.last_reply === null ? null : (JSON.parse(row.last_reply) as LastAnswer),
    complainedMs: row.complained_ms,
  }))
}

function toSent({ id, stream, created_ms: createdMs, scheduled_ms: scheduledMs, head, body_removed_ms: bodyRemovedMs }: Row): Sent {
  return { id, stream, createdMs, scheduledMs, bodyRemovedMs, head: JSON.parse(head) as NewSent['head'] }
}

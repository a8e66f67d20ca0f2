import type { AccountId, DeliveryId, MessageId, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import { appendEvent } from '../event/sql.ts'
import type { Category } from '../pool/category.ts'
import type { LastAnswer } from './delivery.ts'

/** Rows looked at in one go. */
const CHUNK = 200

interface Row {
  readonly id: DeliveryId
  readonly organization: OrganizationId
  readonly account: AccountId | null
  readonly message: MessageId
  readonly sender: string
  readonly recipient: string
  readonly priority: number
  readonly stream: string
  readonly attempts: number
  readonly created_ms: number
  readonly expires_ms: number
  readonly last_reply: string | null
}

const RINGING = statement<{ nowMs: number }, Row>(
  `SELECT id, organization, account, message, sender, recipient, priority, stream, attempts, created_ms, expires_ms, last_reply FROM delivery
  WHERE state = 'queued' AND alarm_ms IS NOT NULL AND alarm_ms <= $nowMs ORDER BY alarm_ms LIMIT ${CHUNK}`,
)
const EXPIRE = statement<{ id: string; nowMs: number; last: string }>(
  "UPDATE delivery SET state = 'failed', settled_ms = $nowMs, last_reply = $last, alarm_ms = NULL WHERE id = $id AND state = 'queued'",
)
const NEXT = statement<{ id: string; alarmMs: number }>("UPDATE delivery SET alarm_ms = $alarmMs WHERE id = $id AND state = 'queued'")

/** A delivery that waits too long for its sender not to be told. */
export interface Ringing {
  readonly id: DeliveryId
  readonly organization: OrganizationId
  readonly account: AccountId | null
  readonly message: MessageId
  readonly sender: string
  readonly recipient: string
  readonly priority: 0 | 1 | 2 | 3
  readonly stream: string
  readonly attempts: number
  readonly createdMs: number
  readonly expiresMs: number
  readonly last: LastAnswer | null
}

/** At most 200 deliveries whose alarm has come. */
export async function ringing(db: Database, nowMs: number): Promise<readonly Ringing[]> {
  const rows = await db.all(RINGING, { nowMs })
  return rows.map((row) => ({
    id: row.id,
    organization: row.organization,
    account: row.account,
    message: row.message,
    sender: row.sender,
    recipient: row.recipient,
    priority: row.priority as Ringing['priority'],
    stream: row.stream,
    attempts: row.attempts,
    createdMs: row.created_ms,
    expiresMs: row.expires_ms,
    last: row.last_reply === null ? null : (JSON.parse(row.last_reply) as LastAnswer),
  }))
}

/**
 * What follows from an alarm: the delivery has failed, or its sender hears of the delay and the next alarm is set. `underlying` is what its
 * last try came to.
 */
export interface Alarmed {
  readonly delivery: Pick<Ringing, 'id' | 'organization' | 'account' | 'message' | 'sender' | 'recipient' | 'attempts'>
  readonly next: { readonly kind: 'expired'; readonly answer: LastAnswer; readonly underlying: Category | null } | { readonly kind: 'delayed'; readonly answer: LastAnswer | null; readonly alarmMs: number }
}

/** Deals with alarms. One that a sender has taken meanwhile rings again when it is given back. */
export const answerAlarms = write('queue.alarm', function* (tx, args: { readonly alarmed: readonly Alarmed[]; readonly nowMs: number }): Work<void> {
  for (const { delivery, next } of args.alarmed) {
    const { id, organization, account, message, sender, recipient, attempts } = delivery
    const changed =
      next.kind === 'expired'
        ? yield* tx.run(EXPIRE, { id, nowMs: args.nowMs, last: JSON.stringify(next.answer) })
        : yield* tx.run(NEXT, { id, alarmMs: next.alarmMs })
    if (changed === 0) continue
    yield* appendEvent(tx, {
      atMs: args.nowMs,
      organization,
      account,
      message,
      delivery: id,
      type: next.kind === 'expired' ? 'delivery.failed' : 'delivery.delayed',
      version: 1,
      data: {
        from: sender,
        recipient,
        attempt: attempts,
        status: next.answer?.status ?? '4.4.7',
        reply: next.answer?.text ?? null,
        category: next.answer?.category ?? null,
        host: next.answer?.host ?? null,
        ...(next.kind === 'expired' ? { expired: true, underlying: next.underlying } : {}),
      },
    })
  }
})

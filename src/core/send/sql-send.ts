import type { OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { appendEvent } from '../event/sql.ts'
import { bytesOf } from '../mailbox/mailbox.ts'
import type { NotAllowed, Room } from '../organization/plan.ts'
import { take, type Taking } from '../organization/sql-usage.ts'
import { insertMessage } from '../mailbox/sql-append.ts'
import { enqueue } from '../queue/sql.ts'
import { listedAmong } from '../suppression/sql.ts'
import { keepTracked } from '../track/sql.ts'
import { answerText, type Outline } from './answer.ts'
import { REMEMBER_MS, SENT_MS } from './limits.ts'
import type { Prepared } from './prepare.ts'

/** Rows removed in one write. */
const CHUNK = 200

// A key whose time is over begins anew. Whoever comes second waits here, on PostgreSQL, until the first has committed.
const CLAIM = statement<{ organization: string; key: string; digest: string; nowMs: number; expiredMs: number }>(
  `INSERT INTO idempotency (organization, key, digest, answer, created_ms) VALUES ($organization, $key, $digest, '', $nowMs)
  ON CONFLICT (organization, key) DO UPDATE SET digest = excluded.digest, answer = '', created_ms = excluded.created_ms
  WHERE idempotency.created_ms <= $expiredMs`,
)
const ANSWER = statement<{ organization: string; key: string; answer: string }>('UPDATE idempotency SET answer = $answer WHERE organization = $organization AND key = $key')
const UNCLAIM = statement<{ organization: string; key: string }>('DELETE FROM idempotency WHERE organization = $organization AND key = $key')
const KNOWN = statement<{ organization: string; key: string; expiredMs: number }, { digest: string; answer: string }>(
  'SELECT digest, answer FROM idempotency WHERE organization = $organization AND key = $key AND created_ms > $expiredMs',
)
const KEEP = statement<{ organization: string; id: string; stream: string; nowMs: number; scheduledMs: number | null; head: string }>(
  'INSERT INTO sent (organization, id, stream, created_ms, scheduled_ms, head) VALUES ($organization, $id, $stream, $nowMs, $scheduledMs, $head)',
)
const FORGET_KEYS = statement<{ beforeMs: number }>(
  `DELETE FROM idempotency WHERE (organization, key) IN (SELECT organization, key FROM idempotency WHERE created_ms < $beforeMs ORDER BY created_ms LIMIT ${CHUNK})`,
)
const FORGET_SENT = statement<{ beforeMs: number }>(
  `DELETE FROM sent WHERE (organization, id) IN (SELECT organization, id FROM sent WHERE created_ms < $beforeMs ORDER BY created_ms LIMIT ${CHUNK})`,
)

/** A request that may come again. */
export interface Claim {
  /** What its sender calls it. */
  readonly key: string
  /** Of everything that it asks for. */
  readonly digest: string
}

/** Everything that one request changes, in one write. */
export interface AcceptArgs {
  readonly organization: OrganizationId
  readonly claim: Claim | null
  readonly emails: readonly Prepared[]
  /** What counts against the plan and the key; null for what never leaves. */
  readonly taking: Taking | null
  readonly outline: Outline
  readonly nowMs: number
}

/** What a request came to. `known`: it came before. `conflict`: its key belongs to another request. `refused`: plan or key do not allow it, and nothing of it was kept. */
export type Accepted =
  | { readonly kind: 'accepted'; readonly answer: string; readonly room: Room | null }
  | { readonly kind: 'known'; readonly answer: string }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'refused'; readonly why: NotAllowed }

/**
 * Takes messages of one request, all or none: bytes, deliveries, what is kept of each, events, and the answer under the request's key. When this has
 * committed the request may be answered; one with the same key gets the same answer, on whichever worker or node.
 */
export const acceptEmails = write('send.accept', function* (tx, args: AcceptArgs): Work<Accepted> {
  const { organization, claim, emails, taking, outline, nowMs } = args
  if (claim !== null && (yield* tx.run(CLAIM, { ...claim, organization, nowMs, expiredMs: nowMs - REMEMBER_MS })) === 0) {
    const known = yield* knownTo(tx, organization, claim, nowMs)
    if (known !== null) return known
  }
  const taken = taking === null ? NOTHING_TAKEN : yield* take(tx, taking, nowMs)
  if (taken.kind === 'refused') {
    if (claim !== null) yield* tx.run(UNCLAIM, { organization, key: claim.key })
    return taken
  }
  const suppressed = new Set((yield* keepAll(tx, organization, emails, nowMs)))
  const answer = answerText(outline, suppressed)
  if (claim !== null) yield* tx.run(ANSWER, { organization, key: claim.key, answer })
  return { kind: 'accepted', answer, room: taken.room }
}, ({ emails }) => emails.reduce((sum, { message }) => sum + bytesOf(message.location), 0))

const NOTHING_TAKEN = { kind: 'taken', room: null } as const

function* keepAll(tx: Tx, organization: OrganizationId, emails: readonly Prepared[], nowMs: number): Work<readonly Prepared['deliveries'][number]['id'][]> {
  const stopped: Prepared['deliveries'][number]['id'][] = []
  const recipients = emails.flatMap(({ deliveries }) => deliveries.map(({ recipient }) => recipient))
  const listed = recipients.length > 1 ? yield* listedAmong(tx, organization, recipients) : null
  for (const { message, deliveries, sent, tracked, told } of emails) {
    yield* insertMessage(tx, organization, message, deliveries.length, nowMs)
    yield* tx.run(KEEP, { organization, id: message.id, stream: sent.stream, nowMs, scheduledMs: sent.scheduledMs, head: JSON.stringify(sent.head) })
    if (tracked !== null) yield* keepTracked(tx, organization, tracked, nowMs)
    yield* appendEvent(tx, { atMs: nowMs, organization, account: null, message: message.id, delivery: null, type: 'mail.arrived', version: 1, data: { ...told, size: message.size, recipients: [] } })
    if (sent.head.resendOf !== undefined) yield* appendEvent(tx, { atMs: nowMs, organization, account: null, message: sent.head.resendOf, delivery: null, type: 'mail.resent', version: 1, data: { as: message.id, key: told['key'] } })
    stopped.push(...(yield* enqueue(tx, organization, message.id, deliveries, nowMs, listed)))
  }
  return stopped
}

function* knownTo(tx: Tx, organization: OrganizationId, { key, digest }: Claim, nowMs: number): Work<Accepted | null> {
  return toKnown(yield* tx.one(KNOWN, { organization, key, expiredMs: nowMs - REMEMBER_MS }), digest)
}

function toKnown(row: { readonly digest: string; readonly answer: string } | null, digest: string): Accepted | null {
  if (row === null) return null
  return row.digest === digest ? { kind: 'known', answer: row.answer } : { kind: 'conflict' }
}

/** What a request came to that came before; null when it did not. So a repeated one need not be composed again. */
export async function knownRequest(db: Database, organization: OrganizationId, { key, digest }: Claim, nowMs: number): Promise<Accepted | null> {
  return toKnown(await db.one(KNOWN, { organization, key, expiredMs: nowMs - REMEMBER_MS }), digest)
}

/** Forgets requests and messages of long ago. Returns how many rows went; call again until 0. */
export const purgeSent = write('send.purge', function* (tx, { nowMs }: { readonly nowMs: number }): Work<number> {
  return (yield* tx.run(FORGET_KEYS, { beforeMs: nowMs - REMEMBER_MS })) + (yield* tx.run(FORGET_SENT, { beforeMs: nowMs - SENT_MS }))
})

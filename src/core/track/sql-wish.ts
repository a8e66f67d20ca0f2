import type { MessageId } from '../../base/brand.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { withdrawConsents } from '../consent/sql.ts'
import { appendEvent } from '../event/sql.ts'
import { isOwnStream } from '../organization/stream/name.ts'
import { putOwnSuppression } from '../suppression/sql.ts'
import { type Scope, streamScope } from '../suppression/suppression.ts'
import { about, trackedWithin } from './sql.ts'
import type { Tracked, TrackedRecipient } from './tracked.ts'

// The row is there, and locked on PostgreSQL, before it is read: wishes of one recipient wait for each other.
const LOCK = statement<{ message: string; recipient: number }>(
  `INSERT INTO tracked_hit (message, recipient, opens, clicks, human_opens, human_clicks, recent) VALUES ($message, $recipient, 0, 0, 0, 0, '[]')
  ON CONFLICT (message, recipient) DO UPDATE SET opens = tracked_hit.opens`,
)
const ASKED = statement<{ message: string; recipient: number }, { unsubscribed_ms: number | null }>('SELECT unsubscribed_ms FROM tracked_hit WHERE message = $message AND recipient = $recipient')
const NOTE = statement<{ message: string; recipient: number; nowMs: number }>('UPDATE tracked_hit SET unsubscribed_ms = $nowMs WHERE message = $message AND recipient = $recipient')

/** How somebody told us. `one-click`: a mail program did (RFC 8058); `page`: a person pressed a button of ours; `mail`: somebody wrote to the address for it. */
export type ToldBy = 'one-click' | 'page' | 'mail'

/** Who does not want to be written to any more. */
export interface UnsubscribeArgs {
  readonly message: MessageId
  readonly recipient: number
  readonly by: ToldBy
  /** `stream`, and when it is missing: that of the message. `all`: all that goes to many. */
  readonly what?: 'stream' | 'all'
  readonly nowMs: number
}

/** Stops the stream of a message to a recipient, also what is on its way: all that goes to many, unless it has a name of its own, or all is what he wants. Done twice it changes nothing. `unknown`: nobody knows whom that was about. */
export const unsubscribe = write('track.unsubscribe', function* (tx, { message, recipient, by, what = 'stream', nowMs }: UnsubscribeArgs): Work<'done' | 'known' | 'unknown'> {
  const reader = yield* readerOf(tx, message, recipient)
  if (reader === null) return 'unknown'
  const { stream } = reader.tracked
  return yield* stop(tx, reader, what === 'stream' && isOwnStream(stream) ? streamScope(stream) : 'broadcast', by, nowMs)
})

const REASONS: Readonly<Record<ToldBy, string>> = { 'one-click': 'unsubscribed by the mail program (one-click)', page: 'unsubscribed on our page', mail: 'unsubscribed by mail' }

/** A recipient who holds a token of his. */
export interface Reader {
  readonly tracked: Tracked
  readonly recipient: number
  readonly to: TrackedRecipient
}

/** Who holds the token of that number; null when nobody knows. Others with the same token wait until this write is over. */
export function* readerOf(tx: Tx, message: MessageId, recipient: number): Work<Reader | null> {
  const tracked = yield* trackedWithin(tx, message)
  const to = tracked?.recipients[recipient]
  if (tracked === null || to === undefined) return null
  yield* tx.run(LOCK, { message, recipient })
  return { tracked, recipient, to }
}

/** Stops what a reader wants no more, with its events. */
export function* stop(tx: Tx, { tracked, recipient, to }: Reader, scope: Exclude<Scope, 'all'>, by: ToldBy, nowMs: number): Work<'done' | 'known'> {
  const { organization, message, stream } = tracked
  const { address, delivery } = to
  // What was given since he was suppressed ends as well.
  yield* withdrawConsents(tx, { organization, address, scope, by: 'unsubscribe', atMs: nowMs })
  const reason = REASONS[by]
  const isNew = yield* putOwnSuppression(tx, { organization, address, scope, reason, undo: delivery, nowMs })
  const before = yield* tx.one(ASKED, { message, recipient })
  // Whoever was taken off the list since then asks anew.
  if (!isNew && (before?.unsubscribed_ms ?? null) !== null) return 'known'
  yield* tx.run(NOTE, { message, recipient, nowMs })
  const of = { ...about(tracked, recipient), atMs: nowMs }
  yield* appendEvent(tx, { ...of, type: 'email.unsubscribed', data: { recipient: address, stream, scope, by } })
  if (isNew) yield* appendEvent(tx, { ...of, type: 'suppression.added', data: { recipient: address, scope, category: 'unsubscribe', reason, untilMs: null } })
  return 'done'
}

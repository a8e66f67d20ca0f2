import type { MessageId, OrganizationId } from '../../base/brand.ts'
import { DAY_MS } from '../../base/duration.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import type { NewConsent } from '../consent/consent.ts'
import { keepConsent } from '../consent/sql.ts'
import { appendEvent } from '../event/sql.ts'
import type { StreamName } from '../organization/stream/name.ts'
import { streamsWithin } from '../organization/stream/sql.ts'
import { putOwnSuppression, suppressionsWithin, takeBackSuppression } from '../suppression/sql.ts'
import { foldAddress, type Scope, streamScope } from '../suppression/suppression.ts'
import { RESUMES_A_DAY } from './limits.ts'
import { type Choices, choicesOf, planOf } from './preference.ts'
import { about, trackedMessage } from './sql.ts'
import { type Reader, readerOf, stop } from './sql-wish.ts'
import type { Tracked, TrackedRecipient } from './tracked.ts'

/** Where a consent was given that a reader gave on the preference page. */
export const PREFERENCE_PAGE = 'preference page'

const NAME = statement<{ organization: string }, { name: string }>('SELECT name FROM organization WHERE id = $organization')
// One press makes a record for each stream.
const PRESSED = statement<{ organization: string; address: string; sinceMs: number }, { times: number }>(
  `SELECT count(DISTINCT given_ms) AS times FROM consent
  WHERE organization = $organization AND address = $address AND source = '${PREFERENCE_PAGE}' AND given_ms > $sinceMs`,
)

/** What the page shows to whoever holds a token. */
export interface Preferences extends Choices {
  readonly address: string
  /** Null when it is gone: its mail may still be in somebody's mailbox. */
  readonly organization: string | null
}

/** What the holder of a token may choose; null when nobody knows whom it was about. Changes nothing. */
export async function preferencesOf(db: Database, message: MessageId, recipient: number, nowMs: number): Promise<Preferences | null> {
  const tracked = await trackedMessage(db, message)
  const to = tracked?.recipients[recipient]
  if (tracked === null || to === undefined) return null
  return await db.read(function* (tx) {
    const organization = yield* tx.one(NAME, tracked)
    return { ...(yield* choicesWithin(tx, tracked, to, nowMs)), address: to.address, organization: organization?.name ?? null }
  })
}

function* choicesWithin(tx: Tx, { organization, stream }: Tracked, { address, delivery }: TrackedRecipient, nowMs: number): Work<Choices> {
  const known = yield* streamsWithin(tx, organization)
  return choicesOf({ delivery, stream, known, suppressions: yield* suppressionsWithin(tx, organization, address, nowMs) })
}

/** What a reader wants of a stream that he was shown. */
export interface Wanted {
  readonly stream: StreamName
  readonly held: 'on' | 'off'
  /** For the record, when he gets it again: its id, and the words that he has read. */
  readonly id: string
  readonly wording: string
}

/** What the reader has pressed. */
export interface SaveArgs {
  readonly message: MessageId
  readonly recipient: number
  readonly wanted: readonly Wanted[]
  /** For the record: which version of the words, from which IP address, and what else is known of the press. deliverability §8.2. */
  readonly version: string
  readonly client: string
  readonly proof: string
  readonly nowMs: number
}

/** What came of it. `limited`: nothing was switched on, because that was done too often today; what was switched off is off. */
export type Saved = 'saved' | 'limited' | 'unknown'

/** Does what a reader wants, with its events and records. Done twice it changes nothing. */
export const savePreferences = write('track.prefer', function* (tx, args: SaveArgs): Work<Saved> {
  const { message, recipient, wanted, nowMs } = args
  const reader = yield* readerOf(tx, message, recipient)
  if (reader === null) return 'unknown'
  const choices = yield* choicesWithin(tx, reader.tracked, reader.to, nowMs)
  const plan = planOf(choices, new Map(wanted.map(({ stream, held }) => [stream, held])))
  for (const stream of plan.stop) yield* stop(tx, reader, streamScope(stream), 'page', nowMs)
  if (plan.resume.length === 0) return 'saved'
  const pressed = yield* tx.one(PRESSED, { organization: reader.tracked.organization, address: foldAddress(reader.to.address), sinceMs: nowMs - DAY_MS })
  if (Number(pressed?.times ?? 0) >= RESUMES_A_DAY) return 'limited'
  if (choices.all === 'off') {
    for (const stream of plan.narrow) yield* keepStopped(tx, reader, stream, nowMs)
    // What others put in its place meanwhile stays, and with it everything.
    if (!(yield* takeBack(tx, reader, 'broadcast', nowMs))) return 'saved'
  }
  for (const { stream, isOwn } of plan.resume) {
    if (isOwn && !(yield* takeBack(tx, reader, streamScope(stream), nowMs))) continue
    const words = wanted.find((each) => each.stream === stream)
    if (words !== undefined) yield* resumed(tx, reader, words, args)
  }
  return 'saved'
})

/** All was stopped until now; this stays so, by an entry of its own. */
function* keepStopped(tx: Tx, { tracked, recipient, to }: Reader, stream: StreamName, nowMs: number): Work<void> {
  const scope = streamScope(stream)
  const reason = 'unsubscribed on our page'
  if (!(yield* putOwnSuppression(tx, { organization: tracked.organization, address: to.address, scope, reason, undo: to.delivery, nowMs }))) return
  yield* appendEvent(tx, { ...about(tracked, recipient), atMs: nowMs, type: 'suppression.added', data: { recipient: to.address, scope, category: 'unsubscribe', reason, untilMs: null } })
}

function* takeBack(tx: Tx, { tracked, recipient, to }: Reader, scope: Scope, nowMs: number): Work<boolean> {
  const { organization } = tracked
  if (!(yield* takeBackSuppression(tx, { organization, address: to.address, scope, undo: to.delivery, nowMs }))) return false
  yield* appendEvent(tx, { ...about(tracked, recipient), atMs: nowMs, type: 'suppression.removed', data: { recipient: to.address, scope, category: 'unsubscribe', reason: 'taken back on our page', untilMs: null } })
  return true
}

/** A reader gets a stream again: he has agreed to that, and it is written down. */
function* resumed(tx: Tx, { tracked, recipient, to }: Reader, { stream, id, wording }: Wanted, { version, client, proof, nowMs }: SaveArgs): Work<void> {
  const organization: OrganizationId = tracked.organization
  const consent: NewConsent = { organization, id, address: foldAddress(to.address), stream, source: PREFERENCE_PAGE, wording, version, client, proof, givenMs: nowMs, recordedMs: nowMs }
  yield* keepConsent(tx, { ...consent, withdrawnMs: null, withdrawnBy: null })
  yield* appendEvent(tx, { ...about(tracked, recipient), atMs: nowMs, type: 'email.resubscribed', data: { recipient: to.address, stream: tracked.stream, scope: streamScope(stream), by: 'page' } })
}

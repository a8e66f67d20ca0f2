import type { MessageId, OrganizationId, ThreadId } from '../../base/brand.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { encodeSkips } from '../../proto/mail/view.ts'
import { saidByKeywords } from './judged.ts'
import { type Added, bytesOf, FLAG, MAX_KEYWORDS, type NewEmail, type NewMessage } from './mailbox.ts'
import { joinKeywords, mailboxIn, speller, splitKeywords } from './sql-common.ts'
import { tellJudged } from './sql-judged.ts'

/** One statement takes the account's row, allocates the modseq and charges the quota. No row: no room, or no account. */
const CHARGE = statement<{ account: string; size: number; grace: number }, { modseq: number }>(
  `UPDATE account SET modseq = modseq + 1, email_modseq = modseq + 1, mailbox_modseq = modseq + 1, thread_modseq = modseq + 1,
    used_bytes = used_bytes + $size, used_emails = used_emails + 1
  WHERE id = $account AND ($grace = 1 OR quota_bytes IS NULL OR used_bytes + $size <= quota_bytes) RETURNING modseq`,
)
const UNCHARGE = statement<{ account: string; size: number }>(
  'UPDATE account SET used_bytes = used_bytes - $size, used_emails = used_emails - 1 WHERE id = $account',
)
const ALLOCATE = statement<
  { account: string; mailbox: string; modseq: number; size: number; unseen: number; deleted: number },
  { uid: number; uidvalidity: number; keywords: string }
>(`UPDATE mailbox SET uidnext = uidnext + 1, highest_modseq = $modseq, modseq = $modseq, total = total + 1, unseen = unseen + $unseen,
    deleted = deleted + $deleted, size = size + $size
  WHERE account = $account AND id = $mailbox AND destroyed_modseq IS NULL RETURNING uidnext - 1 AS uid, uidvalidity, keywords`)
const LEARN_KEYWORDS = statement<{ account: string; mailbox: string; keywords: string }>(
  'UPDATE mailbox SET keywords = $keywords WHERE account = $account AND id = $mailbox',
)
const THREAD_OF = statement<{ account: string; hash: string }, { thread: ThreadId }>(
  'SELECT thread FROM thread_key WHERE account = $account AND hash = $hash',
)
const KEEP_THREAD = statement<{ account: string; hash: string; thread: string }>(
  'INSERT INTO thread_key (account, hash, thread) VALUES ($account, $hash, $thread) ON CONFLICT DO NOTHING',
)
const INSERT_EMAIL = statement<{
  account: string
  email: string
  message: string
  thread: string
  receivedMs: number
  size: number
  modseq: number
  prefix: Uint8Array
  skips: string
  structure: string
}>(`INSERT INTO email (account, id, message, thread, received_ms, size, live, kept, created_modseq, modseq, prefix, skips, structure)
  VALUES ($account, $email, $message, $thread, $receivedMs, $size, 1, 1, $modseq, $modseq, $prefix, $skips, $structure)`)
const INSERT_MEMBERSHIP = statement<{
  account: string
  mailbox: string
  uid: number
  email: string
  flags: number
  keywords: string
  size: number
  modseq: number
  savedMs: number
}>(`INSERT INTO membership (account, mailbox, uid, email, flags, keywords, size, modseq, created_modseq, saved_ms, expunged_modseq, expunged_ms)
  VALUES ($account, $mailbox, $uid, $email, $flags, $keywords, $size, $modseq, $modseq, $savedMs, NULL, NULL)`)
const INSERT_MESSAGE = statement<{
  id: string
  organization: string
  size: number
  digest: Uint8Array
  refs: number
  nowMs: number
  segment: string | null
  offset: number | null
  length: number | null
  bytes: Uint8Array | null
}>(`INSERT INTO message (id, organization, size, digest, refs, created_ms, segment, segment_offset, segment_length, bytes)
  VALUES ($id, $organization, $size, $digest, $refs, $nowMs, $segment, $offset, $length, $bytes)`)

/**
 * Adds an email to a mailbox of an account, inside a write that also inserts its message. Allocates UID and modseq
 * under the account's row, finds the thread, charges the quota. Nothing has changed when it is refused.
 */
export function* addEmail(tx: Tx, message: MessageId, email: NewEmail): Work<Added> {
  const { account, mailbox, size } = email
  const charged = yield* tx.one(CHARGE, { account, size, grace: email.quota === 'grace' ? 1 : 0 })
  if (charged === null) return { kind: 'over-quota' }
  const { modseq } = charged
  const allocated = yield* tx.one(ALLOCATE, {
    account,
    mailbox,
    modseq,
    size,
    unseen: (email.flags & FLAG.seen) === 0 ? 1 : 0,
    deleted: (email.flags & FLAG.deleted) === 0 ? 0 : 1,
  })
  if (allocated === null) {
    yield* tx.run(UNCHARGE, { account, size })
    return { kind: 'no-such-mailbox' }
  }
  const { uid, uidvalidity } = allocated
  const keywords = email.keywords.length === 0 ? '' : yield* learnKeywords(tx, email, splitKeywords(allocated.keywords))
  const thread = yield* findThread(tx, email)
  yield* tx.run(INSERT_EMAIL, {
    account,
    email: email.email,
    message,
    thread,
    receivedMs: email.receivedMs,
    size,
    modseq,
    prefix: email.prefix,
    skips: encodeSkips(email.skips),
    structure: email.structure,
  })
  yield* tx.run(INSERT_MEMBERSHIP, { account, mailbox, uid, email: email.email, flags: email.flags, keywords, size, modseq, savedMs: email.savedMs })
  return { kind: 'added', uidvalidity, uid, modseq, thread }
}

/** Stores a message for `refs` emails and deliveries. */
export function* insertMessage(tx: Tx, organization: OrganizationId, message: NewMessage, refs: number, nowMs: number): Work<void> {
  const { location } = message
  const inSegment = location.kind === 'segment' ? location : null
  yield* tx.run(INSERT_MESSAGE, {
    id: message.id,
    organization,
    size: message.size,
    digest: message.digest,
    refs,
    nowMs,
    segment: inSegment?.segment ?? null,
    offset: inSegment?.offset ?? null,
    length: inSegment?.length ?? null,
    bytes: location.kind === 'inline' ? location.bytes : null,
  })
}

/**
 * Adds a message that a client brought (IMAP APPEND, an import): one email, its bytes with it. `limit` when the mailbox would know too
 * many keywords.
 */
export const appendMessage = write('mailbox.append', function* (
  tx,
  args: { readonly organization: OrganizationId; readonly message: NewMessage; readonly email: NewEmail },
): Work<Added | { readonly kind: 'limit' }> {
  if (args.email.keywords.length > 0 && (yield* isTooMuch(tx, args.email))) return { kind: 'limit' }
  const added = yield* addEmail(tx, args.message.id, args.email)
  if (added.kind !== 'added') return added
  yield* insertMessage(tx, args.organization, args.message, 1, args.email.savedMs)
  const said = saidByKeywords(args.email.keywords) ?? ((yield* mailboxIn(tx, args.email.account, args.email.mailbox))?.role === 'junk' ? 'junk' : null)
  if (said !== null) yield* tellJudged(tx, { account: args.email.account, emails: [args.email.email], said, how: 'appended', nowMs: args.email.savedMs })
  return added
}, ({ message }) => bytesOf(message.location))

/** The thread of the first key that is known; its own keys lead there from now on. A thread id never changes. */
function* findThread(tx: Tx, email: NewEmail): Work<ThreadId> {
  const { account } = email
  const [only, more] = email.threadKeys
  if (only !== undefined && more === undefined) {
    // Most mail has one key and begins a thread: one statement finds out and says so.
    if ((yield* tx.run(KEEP_THREAD, { account, hash: only, thread: email.newThread })) > 0) return email.newThread
  }
  const unknown: string[] = []
  let thread: ThreadId | null = null
  for (const hash of email.threadKeys) {
    const row: { thread: ThreadId } | null = yield* tx.one(THREAD_OF, { account, hash })
    if (row === null) unknown.push(hash)
    thread ??= row?.thread ?? null
  }
  thread ??= email.newThread
  for (const hash of unknown) yield* tx.run(KEEP_THREAD, { account, hash, thread })
  return thread
}

/** Asked before anything is written, because a refusal undoes nothing. Two that come at once may both pass: it bounds, and counts for nothing else. */
function* isTooMuch(tx: Tx, { account, mailbox, keywords }: NewEmail): Work<boolean> {
  const known = (yield* mailboxIn(tx, account, mailbox))?.keywords ?? []
  return new Set([...known, ...speller(known)(keywords)]).size > MAX_KEYWORDS
}

/** The email's keywords as the mailbox spells them, in the form they are kept in; it knows them from then on. */
function* learnKeywords(tx: Tx, { account, mailbox, keywords }: NewEmail, known: readonly string[]): Work<string> {
  const spelt = speller(known)(keywords)
  const all = new Set([...known, ...spelt])
  if (all.size > known.length) yield* tx.run(LEARN_KEYWORDS, { account, mailbox, keywords: joinKeywords([...all]) })
  return joinKeywords(spelt)
}

import type { AccountId, EmailId } from '../../base/brand.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { FLAG, type Mailbox, type MailboxRef, type UidRange } from './mailbox.ts'
import { changeMailbox, lockAccount, mailboxIn, touchAccount, touchMailboxes } from './sql-common.ts'
import { forgetNamesakes, hasChildren, type TreeOutcome } from './sql-tree.ts'

const CHUNK = 500

/** A live message on its way out. */
export interface Leaving {
  readonly uid: number
  readonly email: EmailId
  readonly flags: number
  readonly size: number
}

const LEAVING = statement<{ account: string; mailbox: string; first: number; last: number; mask: number }, Leaving>(
  `SELECT uid, email, flags, size FROM membership WHERE account = $account AND mailbox = $mailbox AND uid BETWEEN $first AND $last
  AND expunged_modseq IS NULL AND (flags & $mask) = $mask ORDER BY uid LIMIT ${CHUNK}`,
)
const BURY = statement<{ account: string; mailbox: string; uid: number; modseq: number; nowMs: number }>(
  `UPDATE membership SET expunged_modseq = $modseq, expunged_ms = $nowMs, modseq = $modseq
  WHERE account = $account AND mailbox = $mailbox AND uid = $uid`,
)
const LEAVE = statement<{ account: string; email: string; modseq: number }, { live: number }>(
  'UPDATE email SET live = live - 1, modseq = $modseq WHERE account = $account AND id = $email RETURNING live',
)
const DESTROY = statement<{ account: string; mailbox: string; modseq: number }>(
  'UPDATE mailbox SET destroyed_modseq = $modseq, modseq = $modseq WHERE account = $account AND id = $mailbox',
)

/** UIDs that left, ascending; the mailbox's highest modseq was `before` and is `after`. */
export interface Expunged {
  readonly uids: readonly number[]
  readonly before: number
  readonly after: number
}

/** Expunges the messages with \Deleted, among `uids` or (null) all. Tombstones stay, so that other sessions can be told. */
export const expunge = write('mailbox.expunge', function* (
  tx,
  args: MailboxRef & { readonly uids: readonly UidRange[] | null; readonly nowMs: number },
): Work<Expunged> {
  const modseq = yield* lockAccount(tx, args.account)
  const box = yield* mailboxIn(tx, args.account, args.mailbox)
  if (box === null) return { uids: [], before: 0, after: 0 }
  const leaving = yield* liveMessages(tx, box, args.uids ?? EVERY_UID, FLAG.deleted)
  return yield* bury(tx, box, leaving, modseq, args.nowMs)
})

/** Deletes a mailbox with its messages, but not its subscription. Refused for the inbox and while others hang below it. */
export const destroyMailbox = write('mailbox.destroy', function* (tx, args: MailboxRef & { readonly nowMs: number }): Work<TreeOutcome> {
  const { account, mailbox } = args
  const modseq = yield* lockAccount(tx, account)
  const box = yield* mailboxIn(tx, account, mailbox)
  if (box === null) return { kind: 'refused', why: 'no-such-mailbox' }
  if (box.role === 'inbox') return { kind: 'refused', why: 'forbidden' }
  if (yield* hasChildren(tx, account, mailbox)) return { kind: 'refused', why: 'has-children' }
  const leaving = yield* liveMessages(tx, box, EVERY_UID, 0)
  yield* bury(tx, box, leaving, modseq, args.nowMs)
  if (box.subscribed) yield* forgetNamesakes(tx, box)
  yield* tx.run(DESTROY, { account, mailbox, modseq })
  yield* touchMailboxes(tx, account, modseq)
  return { kind: 'done' }
})

/** The whole range of UIDs. */
export const EVERY_UID: readonly UidRange[] = [{ first: 1, last: 0xffff_ffff }]

/** Live messages of these UIDs that have all flags of `mask`. */
export function* liveMessages(tx: Tx, box: Mailbox, uids: readonly UidRange[], mask: number): Work<readonly Leaving[]> {
  const found: Leaving[] = []
  for (const { first, last } of uids) {
    for (let from = first; from <= last; ) {
      const rows: readonly Leaving[] = yield* tx.all(LEAVING, { account: box.account, mailbox: box.id, first: from, last, mask })
      found.push(...rows)
      if (rows.length < CHUNK) break
      from = (rows.at(-1)?.uid ?? last) + 1
    }
  }
  return found
}

/** Turns live messages into tombstones and corrects the numbers of mailbox, emails and quota. */
export function* bury(tx: Tx, box: Mailbox, leaving: readonly Leaving[], modseq: number, nowMs: number): Work<Expunged> {
  if (leaving.length === 0) return { uids: [], before: box.highestModseq, after: box.highestModseq }
  let unseen = 0
  let deleted = 0
  let size = 0
  let goneBytes = 0
  let goneEmails = 0
  for (const row of leaving) {
    yield* tx.run(BURY, { account: box.account, mailbox: box.id, uid: row.uid, modseq, nowMs })
    if ((row.flags & FLAG.seen) === 0) unseen += 1
    if ((row.flags & FLAG.deleted) !== 0) deleted += 1
    size += row.size
    if (yield* leaveEmail(tx, box.account, row.email, modseq)) {
      goneBytes += row.size
      goneEmails += 1
    }
  }
  yield* changeMailbox(tx, box, modseq, { added: 0, total: -leaving.length, unseen: -unseen, deleted: -deleted, size: -size, old: true, keywords: [] })
  yield* touchAccount(tx, box.account, modseq, { bytes: -goneBytes, emails: -goneEmails })
  return { uids: leaving.map(({ uid }) => uid), before: box.highestModseq, after: modseq }
}

/** One membership less; true when it was the last live one, and the quota gets its bytes back. */
function* leaveEmail(tx: Tx, account: AccountId, email: EmailId, modseq: number): Work<boolean> {
  const row = yield* tx.one(LEAVE, { account, email, modseq })
  return row !== null && row.live === 0
}

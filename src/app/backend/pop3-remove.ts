import type { MailboxRef, UidRange } from '../../core/mailbox/mailbox.ts'
import { lockAccount, mailboxIn } from '../../core/mailbox/sql-common.ts'
import { bury, liveMessages } from '../../core/mailbox/sql-expunge.ts'
import { type Work, write } from '../../infra/db/transaction.ts'

/** Removes messages at the end of a POP3 session, all or none of them. Those already gone are passed over. RFC 1939 §6. */
export const removeMessages = write('pop3.remove', function* (
  tx,
  args: MailboxRef & { readonly uids: readonly UidRange[]; readonly nowMs: number },
): Work<{ readonly removed: number }> {
  const modseq = yield* lockAccount(tx, args.account)
  const box = yield* mailboxIn(tx, args.account, args.mailbox)
  if (box === null) return { removed: 0 }
  const leaving = yield* liveMessages(tx, box, args.uids, 0)
  const { uids } = yield* bury(tx, box, leaving, modseq, args.nowMs)
  return { removed: uids.length }
})

/** Ascending UIDs as ranges: a maildrop that is emptied is one of them. */
export function rangesOf(uids: readonly number[]): readonly UidRange[] {
  const ranges: { first: number; last: number }[] = []
  for (const uid of uids.toSorted((a, b) => a - b)) {
    const open = ranges.at(-1)
    if (open !== undefined && open.last === uid - 1) open.last = uid
    else ranges.push({ first: uid, last: uid })
  }
  return ranges
}

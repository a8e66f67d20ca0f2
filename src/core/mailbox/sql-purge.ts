import type { AccountId, EmailId, MailboxId, MessageId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import type { MailboxRef } from './mailbox.ts'

/** Tombstones removed in one write. */
const CHUNK = 200

const WITH_TOMBSTONES = statement<{ beforeMs: number }, { account: AccountId; mailbox: MailboxId }>(
  'SELECT DISTINCT account, mailbox FROM membership WHERE expunged_modseq IS NOT NULL AND expunged_ms < $beforeMs LIMIT 500',
)
const TOMBSTONES = statement<{ account: string; mailbox: string; beforeMs: number }, { uid: number; email: EmailId; expunged_modseq: number }>(
  `SELECT uid, email, expunged_modseq FROM membership
  WHERE account = $account AND mailbox = $mailbox AND expunged_modseq IS NOT NULL AND expunged_ms < $beforeMs ORDER BY expunged_modseq LIMIT ${CHUNK}`,
)
const FORGET = statement<{ account: string; mailbox: string; uid: number }>(
  'DELETE FROM membership WHERE account = $account AND mailbox = $mailbox AND uid = $uid',
)
const FORGOTTEN = statement<{ account: string; mailbox: string; modseq: number }>(
  'UPDATE mailbox SET forgotten_modseq = $modseq WHERE account = $account AND id = $mailbox AND forgotten_modseq < $modseq',
)
const LET_GO = statement<{ account: string; email: string }, { kept: number; message: MessageId }>(
  'UPDATE email SET kept = kept - 1 WHERE account = $account AND id = $email RETURNING kept, message',
)
const DELETE_EMAIL = statement<{ account: string; email: string }>('DELETE FROM email WHERE account = $account AND id = $email')
const RELEASE = statement<{ message: string }, { refs: number }>('UPDATE message SET refs = refs - 1 WHERE id = $message RETURNING refs')
const DELETE_MESSAGE = statement<{ message: string }>('DELETE FROM message WHERE id = $message')

/** Mailboxes that hold tombstones older than `beforeMs`; at most 500. */
export async function mailboxesToPurge(db: Database, beforeMs: number): Promise<readonly MailboxRef[]> {
  return (await db.all(WITH_TOMBSTONES, { beforeMs })).map(({ account, mailbox }) => ({ account, mailbox }))
}

/**
 * Forgets tombstones from before `beforeMs`, and the emails and bytes that nothing shows any more: the end of the undelete window.
 * Readers that know less than the mailbox has forgotten compare all UIDs. Returns how many went; call again until 0.
 */
export const purge = write('mailbox.purge', function* (tx, args: MailboxRef & { readonly beforeMs: number }): Work<number> {
  const { account, mailbox } = args
  const rows = yield* tx.all(TOMBSTONES, args)
  for (const row of rows) {
    yield* tx.run(FORGET, { account, mailbox, uid: row.uid })
    yield* releaseEmail(tx, account, row.email)
  }
  const last = rows.at(-1)
  if (last !== undefined) yield* tx.run(FORGOTTEN, { account, mailbox, modseq: last.expunged_modseq })
  return rows.length
})

function* releaseEmail(tx: Tx, account: AccountId, email: EmailId): Work<void> {
  const row = yield* tx.one(LET_GO, { account, email })
  if (row === null || row.kept > 0) return
  yield* tx.run(DELETE_EMAIL, { account, email })
  yield* releaseMessage(tx, row.message)
}

/** Lets go of a message once: what nobody holds any more is removed. Returns whether it was. */
export function* releaseMessage(tx: Tx, message: MessageId): Work<boolean> {
  const left = yield* tx.one(RELEASE, { message })
  return left !== null && left.refs <= 0 && (yield* tx.run(DELETE_MESSAGE, { message })) > 0
}

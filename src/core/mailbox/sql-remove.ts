import type { AccountId, MailboxId, MessageId, OrganizationId } from '../../base/brand.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { isNeeded } from '../account/sql-role.ts'
import { appendEvent } from '../event/sql.ts'

/** Memberships removed in one write. */
const CHUNK = 200

type Of = { account: string }

const OWNER = statement<Of, { organization: OrganizationId }>('SELECT organization FROM account WHERE id = $account')
const SUSPEND = statement<Of, { login: string; organization: OrganizationId }>(
  "UPDATE account SET state = 'suspended' WHERE id = $account RETURNING login, organization",
)
/** What makes an account reachable: mail to it is refused and nobody logs in as soon as these are gone. */
const DOORS = [
  statement<Of>('DELETE FROM credential WHERE account = $account'),
  statement<Of>('DELETE FROM session WHERE account = $account'),
  statement<Of>('DELETE FROM one_time WHERE account = $account'),
  statement<Of>('DELETE FROM linked_identity WHERE account = $account'),
  statement<Of>('DELETE FROM passkey WHERE account = $account'),
  statement<Of>('DELETE FROM totp WHERE account = $account'),
  statement<Of>('DELETE FROM recovery_code WHERE account = $account'),
  statement<Of>('DELETE FROM address WHERE account = $account'),
  statement<Of>('DELETE FROM mailbox_grant WHERE account = $account OR grantee = $account'),
  statement<Of>('DELETE FROM mailbox WHERE account = $account'),
]
const SOME = statement<Of, { mailbox: MailboxId; uid: number; email: string; live: number }>(
  `SELECT mailbox, uid, email, CASE WHEN expunged_modseq IS NULL THEN 1 ELSE 0 END AS live
  FROM membership WHERE account = $account ORDER BY mailbox, uid LIMIT ${CHUNK}`,
)
const DELETE_MEMBERSHIP = statement<Of & { mailbox: string; uid: number }>(
  'DELETE FROM membership WHERE account = $account AND mailbox = $mailbox AND uid = $uid',
)
const LET_GO = statement<Of & { email: string; live: number }, { kept: number; live: number; size: number; message: MessageId }>(
  'UPDATE email SET kept = kept - 1, live = live - $live WHERE account = $account AND id = $email RETURNING kept, live, size, message',
)
const UNCHARGE = statement<Of & { size: number }>('UPDATE account SET used_bytes = used_bytes - $size, used_emails = used_emails - 1 WHERE id = $account')
const DELETE_EMAIL = statement<Of & { email: string }>('DELETE FROM email WHERE account = $account AND id = $email')
const RELEASE = statement<{ message: string }, { refs: number }>('UPDATE message SET refs = refs - 1 WHERE id = $message RETURNING refs')
const DELETE_MESSAGE = statement<{ message: string }>('DELETE FROM message WHERE id = $message')
const LAST = [statement<Of>('DELETE FROM thread_key WHERE account = $account'), statement<Of>('DELETE FROM account WHERE id = $account')]

/**
 * Removes an account with all its mail, for good: the first call shuts it (mail to it is refused, nobody logs in), each takes
 * some of its mail, the last the account. Call until it says `removed`; after a crash, begin again. Bytes that others show stay.
 * `last-owner`: while others are left somebody may do everything.
 */
export const removeAccount = write('account.remove', function* (
  tx,
  args: { readonly account: AccountId; readonly nowMs: number },
): Work<'more' | 'removed' | 'none' | 'last-owner'> {
  const { account } = args
  const owner = yield* tx.one(OWNER, { account })
  if (owner !== null && (yield* isNeeded(tx, owner.organization, account))) return 'last-owner'
  // Before the rest, so that a delivery under way ends before us or finds no mailbox.
  const row = yield* tx.one(SUSPEND, { account })
  if (row === null) return 'none'
  for (const close of DOORS) yield* tx.run(close, { account })
  const some = yield* tx.all(SOME, { account })
  for (const { mailbox, uid, email, live } of some) {
    yield* tx.run(DELETE_MEMBERSHIP, { account, mailbox, uid })
    yield* letGo(tx, account, email, live)
  }
  if (some.length === CHUNK) return 'more'
  for (const last of LAST) yield* tx.run(last, { account })
  const { organization, login } = row
  yield* appendEvent(tx, { atMs: args.nowMs, organization, account, message: null, delivery: null, type: 'account.removed', version: 1, data: { login } })
  return 'removed'
})

function* letGo(tx: Tx, account: AccountId, email: string, live: number): Work<void> {
  const left = yield* tx.one(LET_GO, { account, email, live })
  if (left === null) return
  if (live === 1 && left.live === 0) yield* tx.run(UNCHARGE, { account, size: left.size })
  if (left.kept > 0) return
  yield* tx.run(DELETE_EMAIL, { account, email })
  const message = yield* tx.one(RELEASE, { message: left.message })
  if (message !== null && message.refs <= 0) yield* tx.run(DELETE_MESSAGE, { message: left.message })
}

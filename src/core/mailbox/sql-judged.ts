import type { AccountId, EmailId, MessageId, OrganizationId } from '../../base/brand.ts'
import { statement } from '../../infra/db/statement.ts'
import type { Tx, Work } from '../../infra/db/transaction.ts'
import { appendEvent } from '../event/sql.ts'
import { type How, type Judgement, MAX_JUDGED } from './judged.ts'

const ORGANIZATION = statement<{ account: string }, { organization: OrganizationId }>('SELECT organization FROM account WHERE id = $account')
const MESSAGE = statement<{ account: string; email: string }, { message: MessageId }>('SELECT message FROM email WHERE account = $account AND id = $email')
const EMAIL_AT = statement<{ account: string; mailbox: string; uid: number }, { email: EmailId }>(
  'SELECT email FROM membership WHERE account = $account AND mailbox = $mailbox AND uid = $uid',
)

/** Whose judgement on what. */
export interface JudgedArgs {
  readonly account: AccountId
  readonly emails: readonly EmailId[]
  readonly said: Judgement
  readonly how: How
  readonly nowMs: number
}

/**
 * Tells that somebody called messages junk, or took that back, inside the write that moved or marked them: one event a message. Nothing is told of more than
 * `MAX_JUDGED` at once, and nothing is written or read when nobody judged.
 */
export function* tellJudged(tx: Tx, { account, emails, said, how, nowMs }: JudgedArgs): Work<void> {
  if (emails.length === 0 || emails.length > MAX_JUDGED) return
  const owner = yield* tx.one(ORGANIZATION, { account })
  if (owner === null) return
  for (const email of emails) {
    const row: { readonly message: MessageId } | null = yield* tx.one(MESSAGE, { account, email })
    if (row === null) continue
    yield* appendEvent(tx, {
      atMs: nowMs,
      organization: owner.organization,
      account,
      message: row.message,
      delivery: null,
      type: said === 'junk' ? 'email.junked' : 'email.unjunked',
      version: 1,
      data: { email, how },
    })
  }
}

/** The emails behind UIDs of a mailbox, for who knows only those. */
export function* emailsAt(tx: Tx, account: AccountId, mailbox: string, uids: readonly number[]): Work<readonly EmailId[]> {
  const emails: EmailId[] = []
  for (const uid of uids) {
    const row: { readonly email: EmailId } | null = yield* tx.one(EMAIL_AT, { account, mailbox, uid })
    if (row !== null) emails.push(row.email)
  }
  return emails
}

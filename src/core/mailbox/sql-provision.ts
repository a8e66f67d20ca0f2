import type { Domain, MailboxId } from '../../base/brand.ts'
import { makeId } from '../../base/ids.ts'
import { fail, ok } from '../../base/result.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { hasLogin, insertAccount, type NewAccount } from '../account/sql.ts'
import { appendEvent } from '../event/sql.ts'
import { hasRoomFor, hasStorageFor } from '../organization/sql-plan.ts'
import { insertAddress } from '../route/sql.ts'
import type { Role } from './mailbox.ts'
import { insertMailboxes } from './sql-tree.ts'

/** The mailboxes every account begins with, in the order clients show them. */
export const DEFAULT_MAILBOXES: readonly { readonly name: string; readonly role: Role }[] = [
  { name: 'INBOX', role: 'inbox' },
  { name: 'Drafts', role: 'drafts' },
  { name: 'Sent', role: 'sent' },
  { name: 'Junk', role: 'junk' },
  { name: 'Trash', role: 'trash' },
  { name: 'Archive', role: 'archive' },
]

/** What makes an account: its row, its first address, and an id for each of `DEFAULT_MAILBOXES` (the first is the inbox). */
export interface ProvisionArgs {
  readonly account: NewAccount
  readonly address: { readonly domain: Domain; readonly local: string }
  readonly mailboxes: readonly MailboxId[]
}

/** An id for each of `DEFAULT_MAILBOXES`. */
export function defaultMailboxIds(nowMs: number): readonly MailboxId[] {
  return DEFAULT_MAILBOXES.map(() => makeId('b', nowMs) as MailboxId)
}

/** Makes the row of an account and its default mailboxes, and tells of it, inside a write that may have more to do. `by`: what made it, when nobody who is here did. False when the login is taken. */
export function* insertWithMailboxes(tx: Tx, account: NewAccount, mailboxes: readonly MailboxId[], by?: 'signup' | 'invitation'): Work<boolean> {
  if (!(yield* insertAccount(tx, account))) return false
  const { id, organization, login, nowMs } = account
  const rows = DEFAULT_MAILBOXES.map(({ name, role }, i) => ({ id: mailboxes[i] as MailboxId, parent: null, name, role, subscribed: true })) // One id for each, by contract.
  yield* insertMailboxes(tx, id, 1, rows, { afterUidvalidity: 0, nowMs })
  yield* appendEvent(tx, { atMs: nowMs, organization, account: id, message: null, delivery: null, type: 'account.created', version: 1, data: by === undefined ? { login } : { login, by } })
  return true
}

/** Makes an account that can receive at once: its row, first address and default mailboxes. It has no password yet. `over-plan`: its organization has as many as it may have; `over-storage`: or too little left to keep. */
export const createAccount = write('account.create', function* (tx, args: ProvisionArgs) {
  const { account } = args
  const { organization, nowMs } = account
  if (!(yield* hasRoomFor(tx, organization, 'accounts'))) return fail('over-plan' as const)
  if (!(yield* hasStorageFor(tx, organization, account.quotaBytes, 0))) return fail('over-storage' as const)
  if (yield* hasLogin(tx, account.login)) return fail('taken' as const) // Of somebody who signed up with an address here.
  if (!(yield* insertAddress(tx, { ...args.address, organization, account: account.id, targets: [], nowMs }))) return fail('taken' as const)
  if (!(yield* insertWithMailboxes(tx, account, args.mailboxes))) throw new Error(`the login ${account.login} is taken but its address was free`) // Undoes the address.
  return ok(account.id)
})

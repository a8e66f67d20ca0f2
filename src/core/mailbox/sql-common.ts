import type { AccountId, MailboxId } from '../../base/brand.ts'
import { statement } from '../../infra/db/statement.ts'
import type { Tx, Work } from '../../infra/db/transaction.ts'
import type { Mailbox, Role } from './mailbox.ts'

/** A mailbox as the database gives it. */
export interface MailboxRow {
  readonly account: AccountId
  readonly id: MailboxId
  readonly parent: MailboxId | null
  readonly name: string
  readonly role: Role | null
  readonly subscribed: number
  readonly uidvalidity: number
  readonly uidnext: number
  readonly highest_modseq: number
  readonly total: number
  readonly unseen: number
  readonly deleted: number
  readonly size: number
  readonly keywords: string
  readonly changed_modseq: number
  readonly forgotten_modseq: number
}

/** The columns of a `MailboxRow`. */
export const MAILBOX_COLUMNS =
  'account, id, parent, name, role, subscribed, uidvalidity, uidnext, highest_modseq, total, unseen, deleted, size, keywords, changed_modseq, forgotten_modseq'

const LOCK = statement<{ account: string }, { modseq: number }>('UPDATE account SET modseq = modseq + 1 WHERE id = $account RETURNING modseq')
const TOUCH = statement<{ account: string; modseq: number; usedBytes: number; usedEmails: number }>(
  `UPDATE account SET email_modseq = $modseq, mailbox_modseq = $modseq, used_bytes = used_bytes + $usedBytes, used_emails = used_emails + $usedEmails
  WHERE id = $account`,
)
const TOUCH_MAILBOXES = statement<{ account: string; modseq: number }>('UPDATE account SET mailbox_modseq = $modseq WHERE id = $account')
const MAILBOX = statement<{ account: string; mailbox: string }, MailboxRow>(
  `SELECT ${MAILBOX_COLUMNS} FROM mailbox WHERE account = $account AND id = $mailbox AND destroyed_modseq IS NULL`,
)
const CHANGE = statement<{
  account: string
  mailbox: string
  modseq: number
  uidnext: number
  total: number
  unseen: number
  deleted: number
  size: number
  changed: number
  keywords: string
}>(`UPDATE mailbox SET highest_modseq = $modseq, modseq = $modseq, uidnext = uidnext + $uidnext, total = total + $total, unseen = unseen + $unseen,
    deleted = deleted + $deleted, size = size + $size, keywords = $keywords,
    changed_modseq = CASE WHEN $changed = 1 THEN $modseq ELSE changed_modseq END
  WHERE account = $account AND id = $mailbox`)

/**
 * Takes the account's row, so that no other write allocates a UID or modseq of it, and the next modseq. A write of two
 * accounts takes them in id order. Throws when there is no such account: its mailboxes would be there without it.
 */
export function* lockAccount(tx: Tx, account: AccountId): Work<number> {
  const row = yield* tx.one(LOCK, { account })
  if (row === null) throw new Error(`no account ${account}`)
  return row.modseq
}

/** Records that emails changed at `modseq`, and what that did to the quota. */
export function* touchAccount(tx: Tx, account: AccountId, modseq: number, used: { readonly bytes: number; readonly emails: number }): Work<void> {
  yield* tx.run(TOUCH, { account, modseq, usedBytes: used.bytes, usedEmails: used.emails })
}

/** Records that only mailboxes changed at `modseq`. */
export function* touchMailboxes(tx: Tx, account: AccountId, modseq: number): Work<void> {
  yield* tx.run(TOUCH_MAILBOXES, { account, modseq })
}

/** A live mailbox inside a write, or null. */
export function* mailboxIn(tx: Tx, account: AccountId, mailbox: MailboxId): Work<Mailbox | null> {
  const row = yield* tx.one(MAILBOX, { account, mailbox })
  return row === null ? null : toMailbox(row)
}

/** How the numbers of a mailbox change. */
export interface MailboxChange {
  readonly added: number
  readonly total: number
  readonly unseen: number
  readonly deleted: number
  readonly size: number
  /** True when a message that had been there before changed or went. */
  readonly old: boolean
  readonly keywords: readonly string[]
}

/** Applies a change of numbers at `modseq`. */
export function* changeMailbox(tx: Tx, box: Mailbox, modseq: number, change: MailboxChange): Work<void> {
  yield* tx.run(CHANGE, {
    account: box.account,
    mailbox: box.id,
    modseq,
    uidnext: change.added,
    total: change.total,
    unseen: change.unseen,
    deleted: change.deleted,
    size: change.size,
    changed: change.old ? 1 : 0,
    keywords: joinKeywords([...new Set([...box.keywords, ...change.keywords])]),
  })
}

/** Reads a row back. */
export function toMailbox(row: MailboxRow): Mailbox {
  return {
    account: row.account,
    id: row.id,
    parent: row.parent,
    name: row.name,
    role: row.role,
    subscribed: row.subscribed === 1,
    uidvalidity: row.uidvalidity,
    uidnext: row.uidnext,
    highestModseq: row.highest_modseq,
    total: row.total,
    unseen: row.unseen,
    deleted: row.deleted,
    sizeBytes: row.size,
    keywords: splitKeywords(row.keywords),
    changedModseq: row.changed_modseq,
    forgottenModseq: row.forgotten_modseq,
  }
}

/** Keywords are atoms (RFC 9051 §9, flag-keyword), so a space parts them. */
export function splitKeywords(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ')
}

/**
 * Spells keywords as a mailbox does, each once: case does not tell them apart (RFC 9051 §2.3.2), and the first spelling stays. What is
 * new is known from then on.
 */
export function speller(known: readonly string[]): (keywords: readonly string[]) => readonly string[] {
  const spellings = new Map(known.map((keyword) => [keyword.toLowerCase(), keyword]))
  const spell = (keyword: string): string => {
    const folded = keyword.toLowerCase()
    const spelling = spellings.get(folded) ?? keyword
    spellings.set(folded, spelling)
    return spelling
  }
  return (keywords) => [...new Set(keywords.map(spell))]
}

/** The form they are kept in: sorted, parted by a space. */
export function joinKeywords(keywords: readonly string[]): string {
  return keywords.length === 0 ? '' : keywords.toSorted().join(' ')
}

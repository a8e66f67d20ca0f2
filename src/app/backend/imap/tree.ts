import type { AccountId, MailboxId } from '../../../base/brand.ts'
import type { Mailbox } from '../../../core/mailbox/mailbox.ts'
import { mailboxesOf, mailboxesSharedWith } from '../../../core/mailbox/sql-tree.ts'
import type { Database } from '../../../infra/db/database.ts'
import type { MailboxInfo } from '../../../proto/imap/backend.ts'

/** Where mailboxes of others stand: RFC 2342's second namespace. */
export const SHARED_PREFIX = 'Other Users/'

/** Rights (RFC 4314) of somebody who may only look. */
const CHANGES = /[swipktex]/

/** A mailbox with the path it is shown under. */
export interface Placed {
  readonly path: string
  readonly mailbox: Mailbox
  readonly access: 'full' | 'read'
}

/** Everything an account sees: its own mailboxes, and those that others share with it, below their owner's login. */
export async function placedMailboxes(db: Database, account: AccountId): Promise<readonly Placed[]> {
  const own = await mailboxesOf(db, account)
  const byId = new Map(own.map((mailbox) => [mailbox.id, mailbox]))
  const placed: Placed[] = own.map((mailbox) => ({ path: pathOf(mailbox, byId), mailbox, access: 'full' }))
  for (const { mailbox, owner, rights } of await mailboxesSharedWith(db, account)) {
    placed.push({ path: `${SHARED_PREFIX}${owner}/${mailbox.name}`, mailbox, access: CHANGES.test(rights) ? 'full' : 'read' })
  }
  return placed
}

/** A mailbox in the words of the protocol. */
export function infoOf({ path, mailbox, access }: Placed): MailboxInfo {
  return {
    id: mailbox.id,
    path,
    role: mailbox.role,
    subscribed: mailbox.subscribed,
    access,
    uidvalidity: mailbox.uidvalidity,
    uidnext: mailbox.uidnext,
    highestModseq: mailbox.highestModseq,
    total: mailbox.total,
    unseen: mailbox.unseen,
    deleted: mailbox.deleted,
    sizeBytes: mailbox.sizeBytes,
  }
}

/** The mailbox of a path. INBOX is meant in any case (RFC 9051 §5.1); other names exactly. */
export function find(placed: readonly Placed[], path: string): Placed | null {
  const wanted = path.toUpperCase() === 'INBOX' ? 'INBOX' : path
  return placed.find((each) => each.path === wanted) ?? null
}

/** The longest part of a path that is there already, and the names that are missing below it. */
export function missingBelow(placed: readonly Placed[], path: string): { readonly parent: MailboxId | null; readonly names: readonly string[] } {
  const names = path.split('/')
  for (let known = names.length - 1; known > 0; known--) {
    const parent = find(placed, names.slice(0, known).join('/'))
    if (parent !== null) return { parent: parent.mailbox.id, names: names.slice(known) }
  }
  return { parent: null, names }
}

function pathOf(mailbox: Mailbox, byId: ReadonlyMap<MailboxId, Mailbox>): string {
  const names: string[] = []
  // The write that places mailboxes lets none hang below itself; the count is for rows that somebody else broke.
  for (let at: Mailbox | undefined = mailbox; at !== undefined && names.length < byId.size; at = at.parent === null ? undefined : byId.get(at.parent)) {
    names.unshift(at.role === 'inbox' ? 'INBOX' : at.name)
  }
  return names.join('/')
}

import type { AccountId, MailboxId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import type { Mailbox, Role } from './mailbox.ts'
import { lockAccount, MAILBOX_COLUMNS, type MailboxRow, mailboxIn, toMailbox, touchMailboxes } from './sql-common.ts'

/** Mailboxes one account may have. */
export const MAX_MAILBOXES = 2_000

/** Levels of a path that are followed; more than anybody may make. */
const MAX_LEVELS = 40

const ALL = statement<{ account: string }, MailboxRow>(
  `SELECT ${MAILBOX_COLUMNS} FROM mailbox WHERE account = $account AND destroyed_modseq IS NULL ORDER BY id LIMIT ${MAX_MAILBOXES}`,
)
const SHARED = statement<{ grantee: string }, MailboxRow & { rights: string; owner: string }>(
  `SELECT ${MAILBOX_COLUMNS.split(', ')
    .map((column) => `m.${column}`)
    .join(', ')}, g.rights, a.login AS owner
  FROM mailbox_grant g JOIN mailbox m ON m.account = g.account AND m.id = g.mailbox JOIN account a ON a.id = g.account
  WHERE g.grantee = $grantee AND m.destroyed_modseq IS NULL ORDER BY m.account, m.id LIMIT ${MAX_MAILBOXES}`,
)
const COUNT = statement<{ account: string }, { count: number; uidvalidity: number | null }>(
  `SELECT count(CASE WHEN destroyed_modseq IS NULL THEN 1 END) AS count, max(uidvalidity) AS uidvalidity FROM mailbox WHERE account = $account`,
)
const SIBLING = statement<{ account: string; parent: string; name: string }, { id: MailboxId }>(
  "SELECT id FROM mailbox WHERE account = $account AND coalesce(parent, '') = $parent AND name = $name AND destroyed_modseq IS NULL",
)
const CHILD = statement<{ account: string; parent: string }, { id: MailboxId }>(
  'SELECT id FROM mailbox WHERE account = $account AND parent = $parent AND destroyed_modseq IS NULL LIMIT 1',
)
const INSERT = statement<{
  account: string
  id: string
  parent: string | null
  name: string
  role: string | null
  subscribed: number
  uidvalidity: number
  modseq: number
  nowMs: number
}>(`INSERT INTO mailbox (account, id, parent, name, role, subscribed, uidvalidity, uidnext, highest_modseq, total, unseen, deleted, size,
    keywords, changed_modseq, forgotten_modseq, modseq, created_modseq, destroyed_modseq, created_ms)
  VALUES ($account, $id, $parent, $name, $role, $subscribed, $uidvalidity, 1, $modseq, 0, 0, 0, 0, '', 0, 0, $modseq, $modseq, NULL, $nowMs)`)
const PLACE = statement<{ account: string; id: string; parent: string | null; name: string; modseq: number }>(
  'UPDATE mailbox SET parent = $parent, name = $name, modseq = $modseq WHERE account = $account AND id = $id',
)
const SUBSCRIBE = statement<{ account: string; id: string; subscribed: number; modseq: number }>(
  'UPDATE mailbox SET subscribed = $subscribed, modseq = $modseq WHERE account = $account AND id = $id AND destroyed_modseq IS NULL',
)
// A destroyed mailbox keeps its row, and in it its subscription; its path is made of those above it, destroyed or not.
const LOST = statement<{ account: string }, LostSubscription>(`WITH RECURSIVE lost (id, parent, path, levels) AS (
    SELECT id, parent, name, 1 FROM (
      SELECT id, parent, name FROM mailbox WHERE account = $account AND destroyed_modseq IS NOT NULL AND subscribed = 1
      ORDER BY id DESC LIMIT ${MAX_MAILBOXES}
    ) newest
    UNION ALL
    SELECT lost.id, m.parent, CASE m.role WHEN 'inbox' THEN 'INBOX' ELSE m.name END || '/' || lost.path, levels + 1
    FROM lost JOIN mailbox m ON m.account = $account AND m.id = lost.parent WHERE levels < ${MAX_LEVELS}
  ) SELECT id, path FROM lost WHERE parent IS NULL ORDER BY path`)
const FORGET = statement<{ account: string; id: string }>(
  'UPDATE mailbox SET subscribed = 0 WHERE account = $account AND id = $id AND destroyed_modseq IS NOT NULL',
)
const FORGET_NAMESAKES = statement<{ account: string; parent: string; name: string }>(
  `UPDATE mailbox SET subscribed = 0
  WHERE account = $account AND coalesce(parent, '') = $parent AND name = $name AND destroyed_modseq IS NOT NULL AND subscribed = 1`,
)
const GRANT = statement<{ account: string; mailbox: string; grantee: string; rights: string; nowMs: number }>(
  `INSERT INTO mailbox_grant (account, mailbox, grantee, rights, created_ms) VALUES ($account, $mailbox, $grantee, $rights, $nowMs)
  ON CONFLICT (account, mailbox, grantee) DO UPDATE SET rights = excluded.rights`,
)

/** A mailbox to be made. */
export interface NewMailbox {
  readonly id: MailboxId
  readonly parent: MailboxId | null
  readonly name: string
  readonly role: Role | null
  readonly subscribed: boolean
}

/** Why the tree of mailboxes stays as it is. */
export type TreeRefusal = 'exists' | 'no-such-mailbox' | 'has-children' | 'forbidden' | 'limit'

/** What became of a change of the tree. */
export type TreeOutcome = { readonly kind: 'done' } | { readonly kind: 'refused'; readonly why: TreeRefusal }

/** All live mailboxes of an account. */
export async function mailboxesOf(db: Database, account: AccountId): Promise<readonly Mailbox[]> {
  return (await db.all(ALL, { account })).map(toMailbox)
}

/** Mailboxes of others that are shared with an account, with the owner's login and the rights (RFC 4314 letters). */
export async function mailboxesSharedWith(
  db: Database,
  grantee: AccountId,
): Promise<readonly { readonly mailbox: Mailbox; readonly owner: string; readonly rights: string }[]> {
  const rows = await db.all(SHARED, { grantee })
  return rows.map((row) => ({ mailbox: toMailbox(row), owner: row.owner, rights: row.rights }))
}

/** Makes mailboxes, parents first. One that is there already is an error only when it is the last. */
export const createMailboxes = write('mailbox.create', function* (
  tx,
  args: { readonly account: AccountId; readonly mailboxes: readonly NewMailbox[]; readonly nowMs: number },
): Work<TreeOutcome> {
  const modseq = yield* lockAccount(tx, args.account)
  const numbers = yield* tx.one(COUNT, { account: args.account })
  if ((numbers?.count ?? 0) + args.mailboxes.length > MAX_MAILBOXES) return { kind: 'refused', why: 'limit' }
  for (const mailbox of args.mailboxes) {
    const there = yield* tx.one(SIBLING, { account: args.account, parent: mailbox.parent ?? '', name: mailbox.name })
    if (there !== null) return { kind: 'refused', why: 'exists' }
  }
  yield* insertMailboxes(tx, args.account, modseq, args.mailboxes, { afterUidvalidity: numbers?.uidvalidity ?? 0, nowMs: args.nowMs })
  yield* touchMailboxes(tx, args.account, modseq)
  return { kind: 'done' }
})

/**
 * Adds rows for new mailboxes, inside a write that holds the account. RFC 9051 §2.3.1.1: a name that is used again must have a greater
 * UIDVALIDITY, so each is greater than any the account has had, and about the time in seconds.
 */
export function* insertMailboxes(
  tx: Tx,
  account: AccountId,
  modseq: number,
  mailboxes: readonly NewMailbox[],
  base: { readonly afterUidvalidity: number; readonly nowMs: number },
): Work<void> {
  let uidvalidity = Math.max(base.afterUidvalidity, Math.floor(base.nowMs / 1000))
  for (const { id, parent, name, role, subscribed } of mailboxes) {
    uidvalidity += 1
    yield* tx.run(INSERT, { account, id, parent, name, role, subscribed: subscribed ? 1 : 0, uidvalidity, modseq, nowMs: base.nowMs })
  }
}

/** Gives a mailbox another name or parent; what is below goes with it. UIDs and UIDVALIDITY stay. */
export const placeMailbox = write('mailbox.place', function* (
  tx,
  args: { readonly account: AccountId; readonly mailbox: MailboxId; readonly parent: MailboxId | null; readonly name: string },
): Work<TreeOutcome> {
  const modseq = yield* lockAccount(tx, args.account)
  const box = yield* mailboxIn(tx, args.account, args.mailbox)
  if (box === null) return { kind: 'refused', why: 'no-such-mailbox' }
  if (box.role === 'inbox') return { kind: 'refused', why: 'forbidden' }
  for (let up = args.parent; up !== null; ) {
    if (up === args.mailbox) return { kind: 'refused', why: 'forbidden' } // It would hang below itself.
    up = (yield* mailboxIn(tx, args.account, up))?.parent ?? null
  }
  const there = yield* tx.one(SIBLING, { account: args.account, parent: args.parent ?? '', name: args.name })
  if (there !== null) return { kind: 'refused', why: 'exists' }
  yield* tx.run(PLACE, { account: args.account, id: args.mailbox, parent: args.parent, name: args.name, modseq })
  yield* touchMailboxes(tx, args.account, modseq)
  return { kind: 'done' }
})

/** Subscribes to a mailbox or ends that. */
export const subscribeMailbox = write('mailbox.subscribe', function* (
  tx,
  args: { readonly account: AccountId; readonly mailbox: MailboxId; readonly subscribed: 0 | 1 },
): Work<TreeOutcome> {
  const modseq = yield* lockAccount(tx, args.account)
  const changed = yield* tx.run(SUBSCRIBE, { account: args.account, id: args.mailbox, subscribed: args.subscribed, modseq })
  if (changed === 0) return { kind: 'refused', why: 'no-such-mailbox' }
  yield* touchMailboxes(tx, args.account, modseq)
  return { kind: 'done' }
})

/** A path that is subscribed to without a mailbox, and the row that remembers it. */
export interface LostSubscription {
  readonly id: MailboxId
  readonly path: string
}

/**
 * Subscriptions that outlived their mailboxes: IMAP's belong to a name, and only the client ends them (RFC 9051 §6.3.7). A path may
 * be there twice, and there may be a mailbox of that path again. At most as many as mailboxes, the latest.
 */
export async function lostSubscriptions(db: Database, account: AccountId): Promise<readonly LostSubscription[]> {
  return await db.all(LOST, { account })
}

/** Ends subscriptions that outlived their mailboxes. */
export const forgetSubscriptions = write('mailbox.forget', function* (
  tx,
  args: { readonly account: AccountId; readonly ids: readonly MailboxId[] },
) {
  for (const id of args.ids) yield* tx.run(FORGET, { account: args.account, id })
  return true
})

/** Ends what earlier mailboxes of the same name have left, inside the write that destroys this one: its own subscription takes the place. */
export function* forgetNamesakes(tx: Tx, { account, parent, name }: Mailbox): Work<void> {
  yield* tx.run(FORGET_NAMESAKES, { account, parent: parent ?? '', name })
}

/** True when a live mailbox hangs below this one. */
export function* hasChildren(tx: Tx, account: AccountId, mailbox: MailboxId): Work<boolean> {
  return (yield* tx.one(CHILD, { account, parent: mailbox })) !== null
}

/** Shares a mailbox with another account. `rights` are RFC 4314 letters. */
export const grantMailbox = write('mailbox.grant', function* (
  tx,
  args: { readonly account: AccountId; readonly mailbox: MailboxId; readonly grantee: AccountId; readonly rights: string; readonly nowMs: number },
) {
  yield* tx.run(GRANT, args)
  return true
})

import type { MailboxId } from '../../../base/brand.ts'
import { makeId } from '../../../base/ids.ts'
import type { Identity } from '../../../core/access/identity.ts'
import type { Role } from '../../../core/mailbox/mailbox.ts'
import { moveMessages } from '../../../core/mailbox/sql-copy.ts'
import { destroyMailbox, EVERY_UID } from '../../../core/mailbox/sql-expunge.ts'
import { createMailboxes, forgetSubscriptions, lostSubscriptions, type NewMailbox, placeMailbox, subscribeMailbox } from '../../../core/mailbox/sql-tree.ts'
import type { ImapStore, Outcome } from '../../../proto/imap/backend.ts'
import type { ImapHouse } from '../imap.ts'
import { find, missingBelow, type Placed, SHARED_PREFIX } from './tree.ts'

/** Levels a path may have, and characters a name may have. */
const MAX_LEVELS = 30
const MAX_NAME_CHARS = 250

const NO_SUCH: Outcome = { kind: 'refused', why: 'no-such-mailbox' }
const FORBIDDEN: Outcome = { kind: 'refused', why: 'forbidden' }
const BAD_NAME = { kind: 'refused', why: 'bad-name' } as const

/** What changes the tree of mailboxes. Those of others are theirs to arrange. */
export function folders(
  { db, clock }: ImapHouse,
  { account }: Identity,
  placed: () => Promise<readonly Placed[]>,
): Pick<ImapStore, 'lost' | 'create' | 'delete' | 'rename' | 'subscribe' | 'unsubscribe'> {
  const create: ImapStore['create'] = async (path, role) => {
    if (!isGoodPath(path)) return BAD_NAME
    const all = await placed()
    if (find(all, path) !== null) return { kind: 'refused', why: 'exists' }
    const mailboxes = newMailboxes(missingBelow(all, path), role as Role | null, clock.nowMs())
    const made = await db.write(createMailboxes, { account, mailboxes, nowMs: clock.nowMs() })
    return made.kind === 'done' ? { kind: 'done', id: mailboxes.at(-1)?.id as MailboxId } : made // A path has at least one name.
  }
  const subscription = async (path: string, subscribed: 0 | 1): Promise<Outcome> => {
    const found = find(await placed(), path)
    if (found === null) return NO_SUCH
    if (found.mailbox.account !== account) return { kind: 'done' } // It is shown to everybody it is shared with.
    return await db.write(subscribeMailbox, { account, mailbox: found.mailbox.id, subscribed })
  }
  return {
    lost: async () => [...new Set((await lostSubscriptions(db, account)).map(({ path }) => path))],
    create,
    async delete(path) {
      const found = find(await placed(), path)
      if (found === null) return NO_SUCH
      if (found.mailbox.account !== account) return FORBIDDEN
      return await db.write(destroyMailbox, { account, mailbox: found.mailbox.id, nowMs: clock.nowMs() })
    },
    async rename(from, to) {
      const all = await placed()
      const found = find(all, from)
      if (found === null) return NO_SUCH
      if (found.mailbox.account !== account) return FORBIDDEN
      if (!isGoodPath(to)) return BAD_NAME
      if (find(all, to) !== null) return { kind: 'refused', why: 'exists' }
      if (found.mailbox.role === 'inbox') return await emptyInbox(found, to)
      const { parent, names } = missingBelow(all, to)
      const above = newMailboxes({ parent, names: names.slice(0, -1) }, null, clock.nowMs())
      if (above.length > 0) {
        const made = await db.write(createMailboxes, { account, mailboxes: above, nowMs: clock.nowMs() })
        if (made.kind === 'refused') return made
      }
      const name = names.at(-1) ?? to
      return await db.write(placeMailbox, { account, mailbox: found.mailbox.id, parent: above.at(-1)?.id ?? parent, name })
    },
    subscribe: (path) => subscription(path, 1),
    async unsubscribe(path) {
      const ids = (await lostSubscriptions(db, account)).filter((lost) => lost.path === path).map(({ id }) => id)
      if (ids.length === 0) return await subscription(path, 0)
      await db.write(forgetSubscriptions, { account, ids })
      return find(await placed(), path) === null ? { kind: 'done' } : await subscription(path, 0)
    },
  }

  /** RFC 9051 §6.3.6: INBOX stays, and its messages go into a new mailbox. */
  async function emptyInbox({ mailbox }: Placed, to: string): Promise<Outcome> {
    const made = await create(to, null)
    if (made.kind === 'refused') return made
    const moved = await db.write(moveMessages, {
      from: { account, mailbox: mailbox.id },
      to: { account, mailbox: made.id },
      uids: EVERY_UID,
      ids: [],
      nowMs: clock.nowMs(),
    })
    return moved.kind === 'done' ? { kind: 'done' } : moved
  }
}

/** Rows for the names that are missing, each below the one before; only the last has a role. */
function newMailboxes({ parent, names }: ReturnType<typeof missingBelow>, role: Role | null, nowMs: number): readonly NewMailbox[] {
  const mailboxes: NewMailbox[] = []
  for (const [i, name] of names.entries()) {
    const above: MailboxId | null = mailboxes.at(-1)?.id ?? parent
    const isLast = i === names.length - 1
    mailboxes.push({ id: makeId('b', nowMs) as MailboxId, parent: above, name, role: isLast ? role : null, subscribed: false })
  }
  return mailboxes
}

function isGoodPath(path: string): boolean {
  const names = path.split('/')
  if (names.length > MAX_LEVELS || path.startsWith(SHARED_PREFIX) || `${path}/` === SHARED_PREFIX) return false
  return names.every((name) => name !== '' && name.length <= MAX_NAME_CHARS && !/[\0-\x1f\x7f]/.test(name))
}

import type { EmailId, MailboxId, ThreadId } from '../../../base/brand.ts'
import { makeId } from '../../../base/ids.ts'
import type { Identity } from '../../../core/access/identity.ts'
import { viewBytes } from '../../../core/mailbox/body.ts'
import type { MailboxRef } from '../../../core/mailbox/mailbox.ts'
import { type CopyArgs, copyMessages, moveMessages } from '../../../core/mailbox/sql-copy.ts'
import { expunge } from '../../../core/mailbox/sql-expunge.ts'
import { storeFlags } from '../../../core/mailbox/sql-flags.ts'
import { changesSince, emailBytes, flagRows, mailboxById, messageRows, type MessageRow, openMailbox } from '../../../core/mailbox/sql-read.ts'
import type { Changes, Columns, Copied, EmailColumns, FlagRow, ImapStore, Opened, Row } from '../../../proto/imap/backend.ts'
import { uidMap } from '../../../proto/imap/uid-map.ts'
import type { UidMapCache } from '../../../proto/imap/uid-map-cache.ts'
import { countOf, rangesOf, type UidRange } from '../../../proto/imap/uid-set.ts'
import { decodeIndex } from '../../../proto/mail/index-code.ts'
import type { ImapHouse } from '../imap.ts'
import { append } from './append.ts'
import { type FlagCache, pickRows } from './flag-cache.ts'
import { folders } from './folders.ts'
import { find, infoOf, type Placed, placedMailboxes, SHARED_PREFIX } from './tree.ts'

/** What the sessions of a worker share. */
export interface SharedCaches {
  readonly maps: UidMapCache
  readonly flags: FlagCache
}

/** Rows given at once. */
const CHUNK = 500

/** One session's view of an account's mail. */
export function imapStore(house: ImapHouse, shared: SharedCaches, identity: Identity): ImapStore {
  const { maps } = shared
  const { db, bus } = house
  const view = new AccountView(house, identity)
  return {
    appendLimit: house.maxMessageBytes,
    sharedPrefix: SHARED_PREFIX,
    list: async () => (await view.placed()).map(infoOf),
    async mailbox(path) {
      const found = await view.placedAt(path)
      return found === null ? null : infoOf(found)
    },
    ...folders(house, identity, () => view.placed()),
    async open(path): Promise<Opened | null> {
      const found = await view.placedAt(path)
      const opened = found === null ? null : await openMailbox(db, view.refOf(found.mailbox.id))
      if (found === null || opened === null) return null
      const { id, highestModseq, keywords } = opened.mailbox
      const map = maps.get(id, highestModseq) ?? uidMap(opened.uids)
      maps.put(id, highestModseq, map)
      return { mailbox: infoOf({ ...found, mailbox: opened.mailbox }), map, keywords }
    },
    changes: (mailbox, since) => changes(house, view.refOf(mailbox), since),
    rows: (mailbox, uids, columns) => columns === 'flags' ? flags(house, shared.flags, view.refOf(mailbox), uids) : rows(house, view.refOf(mailbox), uids, columns),
    async *body(email, start, end) {
      const found = await emailBytes(db, (email as OwnedColumns).account, email.emailId)
      if (found !== null) yield* viewBytes(found, house.segments, start, end)
    },
    ...writes(house, identity, view),
    watch: (mailbox, onHint) => bus.subscribe(`account:${view.refOf(mailbox).account}`, onHint),
  }
}

/** What of the store changes messages. */
function writes(
  house: ImapHouse,
  identity: Identity,
  view: AccountView,
): Pick<ImapStore, 'storeFlags' | 'append' | 'copy' | 'move' | 'expunge'> {
  const { db, bus, clock } = house
  const touched = ({ account }: MailboxRef): void => bus.publish(`account:${account}`, {})
  const transfer = async (write: typeof copyMessages, mailbox: MailboxId, uids: readonly UidRange[], path: string): Promise<Copied> => {
    const from = view.refOf(mailbox)
    const target = await view.placedAt(path)
    if (target === null) return { kind: 'refused', why: 'no-such-mailbox' }
    if (target.access === 'read') return { kind: 'refused', why: 'forbidden' }
    const to = view.refOf(target.mailbox.id)
    const done = await db.write(write, copyArgs(from, to, uids, clock.nowMs()))
    if (done.kind === 'refused') return done
    touched(to)
    if (to.account !== from.account && done.after !== done.before) touched(from)
    const span = to.mailbox === from.mailbox ? null : { before: done.before, after: done.after }
    return { kind: 'done', uidvalidity: done.uidvalidity, from: done.from, to: done.to, span }
  }
  return {
    async storeFlags(mailbox, uids, change) {
      const ref = view.refOf(mailbox)
      const stored = await db.write(storeFlags, { ...ref, uids, change, nowMs: clock.nowMs() })
      if (stored.kind === 'refused') return stored
      const { before, after } = stored
      if (after !== before) touched(ref)
      return { kind: 'done', rows: stored.rows, modified: stored.modified, span: { before, after } }
    },
    async append(args) {
      const target = await view.placedAt(args.path)
      if (target === null) return { kind: 'refused', why: 'no-such-mailbox' }
      if (target.access === 'read') return { kind: 'refused', why: 'forbidden' }
      const ref = view.refOf(target.mailbox.id)
      const appended = await append(house, identity, ref, args)
      if (appended.kind === 'done') touched(ref)
      return appended
    },
    copy: (mailbox, uids, to) => transfer(copyMessages, mailbox, uids, to),
    move: (mailbox, uids, to) => transfer(moveMessages, mailbox, uids, to),
    async expunge(mailbox, uids) {
      const ref = view.refOf(mailbox)
      const gone = await db.write(expunge, { ...ref, uids, nowMs: clock.nowMs() })
      if (gone.after !== gone.before) touched(ref)
      return { vanished: rangesOf(gone.uids), span: { before: gone.before, after: gone.after } }
    },
  }
}

/** The mailboxes a session has met: calls name them by id alone, and those of others are their owner's. */
class AccountView {
  readonly #house: ImapHouse
  readonly #identity: Identity
  readonly #owners = new Map<MailboxId, MailboxRef>()

  constructor(house: ImapHouse, identity: Identity) {
    this.#house = house
    this.#identity = identity
  }

  /** Everything the account sees, now. */
  async placed(): Promise<readonly Placed[]> {
    const all = await placedMailboxes(this.#house.db, this.#identity.account)
    for (const { mailbox } of all) this.#owners.set(mailbox.id, { account: mailbox.account, mailbox: mailbox.id })
    return all
  }

  refOf(mailbox: MailboxId): MailboxRef {
    return this.#owners.get(mailbox) ?? { account: this.#identity.account, mailbox }
  }

  async placedAt(path: string): Promise<Placed | null> {
    return find(await this.placed(), path)
  }
}

/** Columns that remember whose email they are: a shared mailbox's emails are their owner's. */
interface OwnedColumns extends EmailColumns {
  readonly account: MailboxRef['account']
}

async function changes({ db }: ImapHouse, ref: MailboxRef, since: number): Promise<Changes | null> {
  const found = await changesSince(db, ref, since)
  if (found === null) return null
  const { highestModseq, uidnext, changed } = found
  if (!found.forgotten) return { highestModseq, uidnext, changed, vanished: rangesOf(found.vanished) }
  // Tombstones are gone: everything that ever was and is not here any more has vanished. RFC 7162 §3.2.5.1 allows to say too much.
  const opened = await openMailbox(db, ref)
  return { highestModseq, uidnext, changed, vanished: gaps(opened?.uids ?? [], uidnext) }
}

/** The UIDs below `uidnext` that are not in the list. */
function gaps(live: readonly number[], uidnext: number): readonly UidRange[] {
  const found: UidRange[] = []
  let next = 1
  for (const uid of [...live, uidnext]) {
    if (uid > next) found.push({ first: next, last: uid - 1 })
    next = uid + 1
  }
  return found
}

/**
 * Flags alone. When all of a mailbox are asked for they are kept, if nothing changed while they were read: each chunk is a read of its
 * own, but every change of a membership moves the mailbox's highest modseq.
 */
async function* flags({ db }: ImapHouse, cache: FlagCache, ref: MailboxRef, uids: readonly UidRange[]): AsyncGenerator<readonly Row[]> {
  const before = await mailboxById(db, ref.account, ref.mailbox)
  const picked = before === null ? [] : pickRows(cache.get(ref.mailbox, before.highestModseq) ?? [], uids)
  // Another session may have kept them without a tombstone that this one has not been told of: then the store is asked.
  if (picked.length === countOf(uids)) {
    for (let at = 0; at < picked.length; at += CHUNK) yield picked.slice(at, at + CHUNK).map(flagsOnly)
    return
  }
  const whole: FlagRow[] | null = before !== null && countOf(uids) >= before.total ? [] : null
  for await (const chunk of flagRows(db, ref, uids)) {
    whole?.push(...chunk)
    yield chunk.map(flagsOnly)
  }
  if (whole === null || before === null) return
  const after = await mailboxById(db, ref.account, ref.mailbox)
  if (after?.highestModseq === before.highestModseq) cache.put(ref.mailbox, before.highestModseq, whole)
}

function flagsOnly({ uid, flags, keywords, modseq }: FlagRow): Row {
  return { uid, flags, keywords, modseq, email: null, index: null }
}

async function* rows({ db }: ImapHouse, ref: MailboxRef, uids: readonly UidRange[], columns: Exclude<Columns, 'flags'>): AsyncGenerator<readonly Row[]> {
  for await (const chunk of messageRows(db, ref, uids, columns === 'index' ? 'structure' : 'email')) yield chunk.map((row) => rowOf(row, ref))
}

function rowOf(row: MessageRow, { account }: MailboxRef): Row {
  const email: OwnedColumns = { account, emailId: row.email, threadId: row.thread, receivedMs: row.receivedMs, savedMs: row.savedMs, size: row.size }
  const { uid, flags, keywords, modseq } = row
  return { uid, flags, keywords, modseq, email, index: row.structure === null ? null : decodeIndex(row.structure) }
}

/** Between accounts each copy is an email of its own and needs ids. */
function copyArgs(from: MailboxRef, to: MailboxRef, uids: readonly UidRange[], nowMs: number): CopyArgs {
  const count = from.account === to.account ? 0 : countOf(uids)
  const ids = Array.from({ length: count }, () => ({ email: makeId('e', nowMs) as EmailId, thread: makeId('t', nowMs) as ThreadId }))
  return { from, to, uids, ids, nowMs }
}

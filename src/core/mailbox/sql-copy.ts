import type { EmailId, MessageId, ThreadId } from '../../base/brand.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { saidByMove } from './judged.ts'
import { FLAG, type Mailbox, type MailboxRef, type UidRange } from './mailbox.ts'
import { changeMailbox, joinKeywords, lockAccount, mailboxIn, speller, splitKeywords, touchAccount } from './sql-common.ts'
import { bury, type Leaving, liveMessages } from './sql-expunge.ts'
import { tellJudged } from './sql-judged.ts'

/** Messages that one COPY or MOVE may name: all of them are one write, and others wait for it. */
export const MAX_COPIED = 50_000

const COPY = statement<
  { account: string; mailbox: string; uid: number; toAccount: string; toMailbox: string; toUid: number; email: string; modseq: number; nowMs: number },
  { keywords: string }
>(`INSERT INTO membership (account, mailbox, uid, email, flags, keywords, size, modseq, created_modseq, saved_ms, expunged_modseq, expunged_ms)
  SELECT CAST($toAccount AS TEXT), CAST($toMailbox AS TEXT), CAST($toUid AS BIGINT), CAST($email AS TEXT), flags, keywords, size,
    CAST($modseq AS BIGINT), CAST($modseq AS BIGINT), CAST($nowMs AS BIGINT), NULL, NULL
  FROM membership WHERE account = $account AND mailbox = $mailbox AND uid = $uid RETURNING keywords`)
const RESPELL = statement<{ account: string; mailbox: string; uid: number; keywords: string }>(
  'UPDATE membership SET keywords = $keywords WHERE account = $account AND mailbox = $mailbox AND uid = $uid',
)
const JOIN = statement<{ account: string; email: string; modseq: number }>(
  'UPDATE email SET live = live + 1, kept = kept + 1, modseq = $modseq WHERE account = $account AND id = $email',
)
const CLONE = statement<{ account: string; email: string; toAccount: string; newEmail: string; thread: string; modseq: number }, { message: MessageId }>(
  `INSERT INTO email (account, id, message, thread, received_ms, size, live, kept, created_modseq, modseq, prefix, skips, structure)
  SELECT CAST($toAccount AS TEXT), CAST($newEmail AS TEXT), message, CAST($thread AS TEXT), received_ms, size, 1, 1,
    CAST($modseq AS BIGINT), CAST($modseq AS BIGINT), prefix, skips, structure
  FROM email WHERE account = $account AND id = $email RETURNING message`,
)
const HOLD = statement<{ message: string }>('UPDATE message SET refs = refs + 1 WHERE id = $message')
const ROOM = statement<{ account: string }, { quota: number | null; used: number }>(
  'SELECT quota_bytes AS quota, used_bytes AS used FROM account WHERE id = $account',
)

/** What to copy where. Between accounts each copy is an email of its own: `ids` has one for each message, at least. */
export interface CopyArgs {
  readonly from: MailboxRef
  readonly to: MailboxRef
  readonly uids: readonly UidRange[]
  readonly ids: readonly { readonly email: EmailId; readonly thread: ThreadId }[]
  readonly nowMs: number
}

/** `from[i]` became `to[i]`. The source's highest modseq was `before` and is `after`. */
export type Copied =
  | {
      readonly kind: 'done'
      readonly uidvalidity: number
      readonly from: readonly number[]
      readonly to: readonly number[]
      readonly before: number
      readonly after: number
    }
  | { readonly kind: 'refused'; readonly why: 'no-such-mailbox' | 'over-quota' | 'limit' }

/** Copies messages to another mailbox, all or nothing. Flags, keywords and dates go along. */
export const copyMessages = write('mailbox.copy', function* (tx, args: CopyArgs): Work<Copied> {
  return yield* transfer(tx, args, 'copy')
})

/** Copies and expunges in one write, all or nothing. RFC 6851. */
export const moveMessages = write('mailbox.move', function* (tx, args: CopyArgs): Work<Copied> {
  return yield* transfer(tx, args, 'move')
})

function* transfer(tx: Tx, args: CopyArgs, how: 'copy' | 'move'): Work<Copied> {
  const { from, to } = args
  const modseqs = new Map<string, number>()
  for (const account of [...new Set([from.account, to.account])].toSorted()) modseqs.set(account, yield* lockAccount(tx, account))
  const source = yield* mailboxIn(tx, from.account, from.mailbox)
  const target = yield* mailboxIn(tx, to.account, to.mailbox)
  if (source === null || target === null) return { kind: 'refused', why: 'no-such-mailbox' }
  const rows = yield* liveMessages(tx, source, args.uids, 0)
  if (rows.length > MAX_COPIED) return { kind: 'refused', why: 'limit' }
  const crossing = from.account !== to.account
  if (crossing && !(yield* fits(tx, to, rows))) return { kind: 'refused', why: 'over-quota' }
  const modseq = modseqs.get(to.account) ?? 0
  yield* copyRows(tx, source, target, rows, args, modseq)
  const gone = how === 'copy' ? null : yield* bury(tx, yield* current(tx, source), rows, modseqs.get(from.account) ?? 0, args.nowMs)
  yield* tellMoved(tx, source, target, rows, args, how)
  const uids = rows.map(({ uid }) => uid)
  return {
    kind: 'done',
    uidvalidity: target.uidvalidity,
    from: uids,
    to: uids.map((_, i) => target.uidnext + i),
    before: source.highestModseq,
    after: gone?.after ?? source.highestModseq,
  }
}

/** Junk is judged by whose mailbox it is: a copy between accounts into Junk by the one it comes to, out of Junk by the one it leaves. */
function* tellMoved(tx: Tx, source: Mailbox, target: Mailbox, rows: readonly Leaving[], { ids, nowMs }: CopyArgs, how: 'copy' | 'move'): Work<void> {
  const said = saidByMove(source.role, target.role)
  if (said === null) return
  const isCopy = said === 'junk' && source.account !== target.account
  const emails = rows.flatMap(({ email }, i) => (isCopy ? (ids[i]?.email ?? []) : email))
  const { account } = said === 'junk' ? target : source
  yield* tellJudged(tx, { account, emails, said, how: how === 'copy' ? 'copied' : 'moved', nowMs })
}

/** The source again: when it is its own target its numbers have just changed. */
function* current(tx: Tx, source: Mailbox): Work<Mailbox> {
  return (yield* mailboxIn(tx, source.account, source.id)) ?? source
}

function* copyRows(tx: Tx, source: Mailbox, target: Mailbox, rows: readonly Leaving[], args: CopyArgs, modseq: number): Work<void> {
  if (rows.length === 0) return
  const crossing = source.account !== target.account
  const spell = speller(target.keywords)
  const keywords = new Set<string>()
  let toUid = target.uidnext
  for (const [i, row] of rows.entries()) {
    const email = crossing ? yield* cloneEmail(tx, source, target, row, args.ids[i], modseq) : yield* joinEmail(tx, target, row, modseq)
    const copied = yield* tx.one(COPY, {
      account: source.account,
      mailbox: source.id,
      uid: row.uid,
      toAccount: target.account,
      toMailbox: target.id,
      toUid,
      email,
      modseq,
      nowMs: args.nowMs,
    })
    const has = copied?.keywords ?? ''
    const spelt = spell(splitKeywords(has))
    for (const keyword of spelt) keywords.add(keyword)
    const own = joinKeywords(spelt)
    if (own !== has) yield* tx.run(RESPELL, { account: target.account, mailbox: target.id, uid: toUid, keywords: own })
    toUid += 1
  }
  const size = rows.reduce((sum, row) => sum + row.size, 0)
  yield* changeMailbox(tx, target, modseq, {
    added: rows.length,
    total: rows.length,
    unseen: rows.filter((row) => (row.flags & FLAG.seen) === 0).length,
    deleted: rows.filter((row) => (row.flags & FLAG.deleted) !== 0).length,
    size,
    old: false,
    keywords: [...keywords],
  })
  yield* touchAccount(tx, target.account, modseq, crossing ? { bytes: size, emails: rows.length } : { bytes: 0, emails: 0 })
}

function* joinEmail(tx: Tx, target: Mailbox, row: Leaving, modseq: number): Work<EmailId> {
  yield* tx.run(JOIN, { account: target.account, email: row.email, modseq })
  return row.email
}

function* cloneEmail(tx: Tx, source: Mailbox, target: Mailbox, row: Leaving, id: CopyArgs['ids'][number] | undefined, modseq: number): Work<EmailId> {
  if (id === undefined) throw new Error('a copy between accounts needs an id for each message')
  const cloned = yield* tx.one(CLONE, { account: source.account, email: row.email, toAccount: target.account, newEmail: id.email, thread: id.thread, modseq })
  if (cloned === null) throw new Error(`no email ${row.email}`)
  yield* tx.run(HOLD, { message: cloned.message })
  return id.email
}

function* fits(tx: Tx, to: MailboxRef, rows: readonly Leaving[]): Work<boolean> {
  const room = yield* tx.one(ROOM, { account: to.account })
  if (room === null) return false
  return room.quota === null || room.used + rows.reduce((sum, row) => sum + row.size, 0) <= room.quota
}

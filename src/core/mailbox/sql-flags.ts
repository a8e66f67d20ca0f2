import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { type Judgement, saidByChange } from './judged.ts'
import { FLAG, MAX_KEYWORDS, type MailboxRef, type UidRange } from './mailbox.ts'
import { changeMailbox, joinKeywords, lockAccount, mailboxIn, speller, splitKeywords, touchAccount } from './sql-common.ts'
import { emailsAt, tellJudged } from './sql-judged.ts'
import type { FlagRow } from './sql-read.ts'

const CHUNK = 500

interface Row {
  readonly uid: number
  readonly flags: number
  readonly keywords: string
  readonly modseq: number
}

const LIVE = statement<{ account: string; mailbox: string; first: number; last: number }, Row>(
  `SELECT uid, flags, keywords, modseq FROM membership
  WHERE account = $account AND mailbox = $mailbox AND uid BETWEEN $first AND $last AND expunged_modseq IS NULL ORDER BY uid LIMIT ${CHUNK}`,
)
const SET = statement<{ account: string; mailbox: string; uid: number; flags: number; keywords: string; modseq: number }>(
  `UPDATE membership SET flags = $flags, keywords = $keywords, modseq = $modseq WHERE account = $account AND mailbox = $mailbox AND uid = $uid`,
)

/** How flags shall change. */
export interface FlagChange {
  readonly op: 'add' | 'remove' | 'replace'
  readonly flags: number
  readonly keywords: readonly string[]
  /** RFC 7162 §3.1.3: messages with a higher modseq are left alone. Null: no condition. */
  readonly unchangedSince: number | null
}

/** What a change of flags did. The mailbox's highest modseq was `before` and is `after`. */
export type FlagsStored =
  | {
      readonly kind: 'done'
      /** Live messages that passed the condition, as they are now, changed or not. */
      readonly rows: readonly FlagRow[]
      /** UIDs that failed the condition. */
      readonly modified: readonly number[]
      readonly before: number
      readonly after: number
    }
  | { readonly kind: 'refused'; readonly why: 'no-such-mailbox' | 'limit' }

/** Changes flags and keywords of messages of one mailbox, in one write; callers give at most 500 UIDs. */
export const storeFlags = write('mailbox.flags', function* (
  tx,
  args: MailboxRef & { readonly uids: readonly UidRange[]; readonly change: FlagChange; readonly nowMs: number },
): Work<FlagsStored> {
  const { account, mailbox } = args
  const modseq = yield* lockAccount(tx, account)
  const box = yield* mailboxIn(tx, account, mailbox)
  if (box === null) return { kind: 'refused', why: 'no-such-mailbox' }
  const spell = speller(box.keywords)
  const change = { ...args.change, keywords: spell(args.change.keywords) }
  const adds = change.op === 'remove' ? [] : change.keywords
  if (new Set([...box.keywords, ...adds]).size > MAX_KEYWORDS) return { kind: 'refused', why: 'limit' }
  const rows: FlagRow[] = []
  const modified: number[] = []
  const judged: Record<Judgement, number[]> = { junk: [], 'not-junk': [] }
  let changed = 0
  let unseen = 0
  let deleted = 0
  for (const { first, last } of args.uids) {
    for (let from = first; from <= last; ) {
      const found: readonly Row[] = yield* tx.all(LIVE, { account, mailbox, first: from, last })
      for (const row of found) {
        if (change.unchangedSince !== null && row.modseq > change.unchangedSince) {
          modified.push(row.uid)
          continue
        }
        const next = apply(row, change, spell)
        const same = next.flags === row.flags && next.keywords === row.keywords
        if (!same) {
          yield* tx.run(SET, { account, mailbox, uid: row.uid, flags: next.flags, keywords: next.keywords, modseq })
          const said = next.keywords === row.keywords ? null : saidByChange(splitKeywords(row.keywords), splitKeywords(next.keywords), change.op)
          if (said !== null) judged[said].push(row.uid)
          changed += 1
          unseen += bit(row.flags, FLAG.seen) - bit(next.flags, FLAG.seen)
          deleted += bit(next.flags, FLAG.deleted) - bit(row.flags, FLAG.deleted)
        }
        rows.push({ uid: row.uid, flags: next.flags, keywords: splitKeywords(next.keywords), modseq: same ? row.modseq : modseq })
      }
      if (found.length < CHUNK) break
      from = (found.at(-1)?.uid ?? last) + 1
    }
  }
  if (changed === 0) return { kind: 'done', rows, modified, before: box.highestModseq, after: box.highestModseq }
  yield* changeMailbox(tx, box, modseq, { added: 0, total: 0, unseen, deleted, size: 0, old: true, keywords: adds })
  yield* touchAccount(tx, account, modseq, { bytes: 0, emails: 0 })
  if (box.role !== 'trash') yield* tellMarked(tx, args, judged)
  return { kind: 'done', rows, modified, before: box.highestModseq, after: modseq }
})

function* tellMarked(tx: Tx, { account, mailbox, nowMs }: MailboxRef & { readonly nowMs: number }, judged: Readonly<Record<Judgement, readonly number[]>>): Work<void> {
  for (const said of ['junk', 'not-junk'] as const) {
    if (judged[said].length === 0) continue
    yield* tellJudged(tx, { account, emails: yield* emailsAt(tx, account, mailbox, judged[said]), said, how: 'flagged', nowMs })
  }
}

function apply(row: Row, change: FlagChange, spell: ReturnType<typeof speller>): { readonly flags: number; readonly keywords: string } {
  if (change.op === 'replace') return { flags: change.flags, keywords: joinKeywords(change.keywords) }
  const flags = change.op === 'add' ? row.flags | change.flags : row.flags & ~change.flags
  if (change.keywords.length === 0) return { flags, keywords: row.keywords }
  const has = spell(splitKeywords(row.keywords))
  const keywords = change.op === 'add' ? spell([...has, ...change.keywords]) : has.filter((keyword) => !change.keywords.includes(keyword))
  return { flags, keywords: joinKeywords(keywords) }
}

function bit(flags: number, flag: number): 0 | 1 {
  return (flags & flag) === 0 ? 0 : 1
}

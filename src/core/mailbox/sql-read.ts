import type { AccountId, EmailId, MailboxId, MessageId, ThreadId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { decodeSkips, type Range } from '../../proto/mail/view.ts'
import type { Location, Mailbox, MailboxRef, UidRange } from './mailbox.ts'
import { mailboxIn, splitKeywords } from './sql-common.ts'

/** Rows given at once. */
const CHUNK = 500

/** What may change of a message in a mailbox. */
export interface FlagRow {
  readonly uid: number
  readonly flags: number
  readonly keywords: readonly string[]
  readonly modseq: number
}

/** A message in a mailbox with what never changes of it. */
export interface MessageRow extends FlagRow {
  readonly email: EmailId
  readonly thread: ThreadId
  readonly receivedMs: number
  readonly savedMs: number
  readonly size: number
  /** The encoded MIME index, or null when it was not asked for. */
  readonly structure: string | null
}

/** What happened in a mailbox after some modseq. `forgotten`: tombstones are missing, so compare all UIDs instead of `vanished`. */
export interface Changes {
  readonly highestModseq: number
  readonly uidnext: number
  readonly changed: readonly FlagRow[]
  readonly vanished: readonly number[]
  readonly forgotten: boolean
}

/** How to give the bytes of an email's view: prefix + bytes - skips. */
export interface EmailBytes {
  readonly message: MessageId
  readonly prefix: Uint8Array
  readonly skips: readonly Range[]
  /** Octets of the view. */
  readonly size: number
  /** Octets of the received bytes. */
  readonly rawSize: number
  readonly location: Location
}

interface FlagColumns {
  readonly uid: number
  readonly flags: number
  readonly keywords: string
  readonly modseq: number
}

interface MessageColumns extends FlagColumns {
  readonly email: EmailId
  readonly thread: ThreadId
  readonly received_ms: number
  readonly saved_ms: number
  readonly size: number
  readonly structure: string | null
}

interface RangeParams extends Readonly<Record<string, string | number>> {
  readonly account: string
  readonly mailbox: string
  readonly first: number
  readonly last: number
}

const UIDS = statement<{ account: string; mailbox: string }, { uids: string | null }>({
  sqlite: `SELECT group_concat(uid) AS uids FROM
    (SELECT uid FROM membership WHERE account = $account AND mailbox = $mailbox AND expunged_modseq IS NULL ORDER BY uid)`,
  postgres: `SELECT string_agg(uid::text, ',' ORDER BY uid) AS uids FROM membership
    WHERE account = $account AND mailbox = $mailbox AND expunged_modseq IS NULL`,
})
const FLAGS = statement<RangeParams, FlagColumns>(
  `SELECT uid, flags, keywords, modseq FROM membership
  WHERE account = $account AND mailbox = $mailbox AND uid BETWEEN $first AND $last ORDER BY uid LIMIT ${CHUNK}`,
)
const messages = (structure: string) =>
  statement<RangeParams, MessageColumns>(
    `SELECT m.uid, m.flags, m.keywords, m.modseq, m.email, m.saved_ms, e.thread, e.received_ms, e.size, ${structure} AS structure
    FROM membership m JOIN email e ON e.account = m.account AND e.id = m.email
    WHERE m.account = $account AND m.mailbox = $mailbox AND m.uid BETWEEN $first AND $last ORDER BY m.uid LIMIT ${CHUNK}`,
  )
const EMAILS = messages('NULL')
const STRUCTURES = messages('e.structure')
const CHANGED = statement<{ account: string; mailbox: string; since: number; after: number }, FlagColumns>(
  `SELECT uid, flags, keywords, modseq FROM membership
  WHERE account = $account AND mailbox = $mailbox AND uid > $after AND modseq > $since AND expunged_modseq IS NULL ORDER BY uid LIMIT ${CHUNK}`,
)
const FIRST_NEW = statement<{ account: string; mailbox: string; since: number }, { uid: number }>(
  `SELECT uid FROM membership WHERE account = $account AND mailbox = $mailbox AND created_modseq <= $since ORDER BY uid DESC LIMIT 1`,
)
const VANISHED = statement<{ account: string; mailbox: string; since: number; after: number }, { uid: number }>(
  `SELECT uid FROM membership
  WHERE account = $account AND mailbox = $mailbox AND expunged_modseq > $since AND uid > $after ORDER BY uid LIMIT ${CHUNK}`,
)
const BYTES = statement<
  { account: string; email: string },
  {
    message: MessageId
    prefix: Uint8Array
    skips: string
    size: number
    raw_size: number
    segment: string | null
    segment_offset: number | null
    segment_length: number | null
    bytes: Uint8Array | null
  }
>(`SELECT e.message, e.prefix, e.skips, e.size, m.size AS raw_size, m.segment, m.segment_offset, m.segment_length, m.bytes
  FROM email e JOIN message m ON m.id = e.message WHERE e.account = $account AND e.id = $email`)

/** A mailbox with its live UIDs in ascending order, read at one moment; null when it is gone. */
export async function openMailbox(db: Database, ref: MailboxRef): Promise<{ readonly mailbox: Mailbox; readonly uids: readonly number[] } | null> {
  return await db.read(function* (tx) {
    const mailbox = yield* mailboxIn(tx, ref.account, ref.mailbox)
    if (mailbox === null) return null
    const row = yield* tx.one(UIDS, { account: ref.account, mailbox: ref.mailbox })
    const text = row?.uids ?? ''
    return { mailbox, uids: text === '' ? [] : text.split(',').map(Number) }
  })
}

/** The mailbox as it is now, or null. */
export async function mailboxById(db: Database, account: AccountId, mailbox: MailboxId): Promise<Mailbox | null> {
  return await db.read((tx) => mailboxIn(tx, account, mailbox))
}

/** What happened after `since`, read at one moment. Cheap when nothing did, and when mail only arrived. Null: the mailbox is gone. */
export async function changesSince(db: Database, ref: MailboxRef, since: number): Promise<Changes | null> {
  return await db.read(function* (tx) {
    const { account, mailbox } = ref
    const box = yield* mailboxIn(tx, account, mailbox)
    if (box === null) return null
    const changed: FlagRow[] = []
    const vanished: number[] = []
    const forgotten = since < box.forgottenModseq
    if (box.highestModseq > since) {
      const onlyArrivals = box.changedModseq <= since
      let after = onlyArrivals ? ((yield* tx.one(FIRST_NEW, { account, mailbox, since }))?.uid ?? 0) : 0
      for (;;) {
        const rows: readonly FlagColumns[] = yield* tx.all(CHANGED, { account, mailbox, since, after })
        changed.push(...rows.map(toFlagRow))
        if (rows.length < CHUNK) break
        after = rows.at(-1)?.uid ?? 0
      }
    }
    for (let after = 0; box.changedModseq > since; ) {
      const rows: readonly { uid: number }[] = yield* tx.all(VANISHED, { account, mailbox, since, after })
      vanished.push(...rows.map(({ uid }) => uid))
      if (rows.length < CHUNK) break
      after = rows.at(-1)?.uid ?? 0
    }
    return { highestModseq: box.highestModseq, uidnext: box.uidnext, changed, vanished, forgotten }
  })
}

/** Flags of these UIDs, by ascending UID, in chunks of at most 500; tombstones as they last were. */
export async function* flagRows(db: Database, ref: MailboxRef, uids: readonly UidRange[]): AsyncGenerator<readonly FlagRow[]> {
  for await (const rows of chunks(uids, (first, last) => db.all(FLAGS, { ...ref, first, last }))) yield rows.map(toFlagRow)
}

/** Messages of these UIDs, by ascending UID, in chunks of at most 500; tombstones as they last were. */
export async function* messageRows(
  db: Database,
  ref: MailboxRef,
  uids: readonly UidRange[],
  want: 'email' | 'structure',
): AsyncGenerator<readonly MessageRow[]> {
  const wanted = want === 'structure' ? STRUCTURES : EMAILS
  for await (const rows of chunks(uids, (first, last) => db.all(wanted, { ...ref, first, last }))) yield rows.map(toMessageRow)
}

/** Where the bytes of an email are, or null when it is gone. Small bytes come along. */
export async function emailBytes(db: Database, account: AccountId, email: EmailId): Promise<EmailBytes | null> {
  const row = await db.one(BYTES, { account, email })
  if (row === null) return null
  const location: Location =
    row.segment === null
      ? { kind: 'inline', bytes: row.bytes ?? new Uint8Array(0) }
      : { kind: 'segment', segment: row.segment, offset: row.segment_offset ?? 0, length: row.segment_length ?? 0 }
  return { message: row.message, prefix: row.prefix, skips: decodeSkips(row.skips), size: row.size, rawSize: row.raw_size, location }
}

/** Asks range by range, and again from the last key while chunks are full. */
async function* chunks<R extends { readonly uid: number }>(
  uids: readonly UidRange[],
  ask: (first: number, last: number) => Promise<readonly R[]>,
): AsyncGenerator<readonly R[]> {
  for (const { first, last } of uids) {
    for (let from = first; from <= last; ) {
      const rows = await ask(from, last)
      if (rows.length > 0) yield rows
      if (rows.length < CHUNK) break
      from = (rows.at(-1)?.uid ?? last) + 1
    }
  }
}

function toFlagRow(row: FlagColumns): FlagRow {
  return { uid: row.uid, flags: row.flags, keywords: splitKeywords(row.keywords), modseq: row.modseq }
}

function toMessageRow(row: MessageColumns): MessageRow {
  return {
    uid: row.uid,
    flags: row.flags,
    keywords: splitKeywords(row.keywords),
    modseq: row.modseq,
    email: row.email,
    thread: row.thread,
    receivedMs: row.received_ms,
    savedMs: row.saved_ms,
    size: row.size,
    structure: row.structure,
  }
}

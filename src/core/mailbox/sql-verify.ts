import type { MessageId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Statement, statement } from '../../infra/db/statement.ts'
import type { Location } from './mailbox.ts'

/** Something that does not add up: what, and where. */
export interface Problem {
  readonly what: string
  readonly where: string
}

/** A message whose bytes are to be compared with its digest. */
export interface StoredMessage {
  readonly id: MessageId
  readonly size: number
  readonly digest: Uint8Array
  readonly location: Location
}

type Found = { readonly place: string }
type None = Record<never, never>

/** Each finds rows that must not exist; at most 100 of a kind are shown. */
const RULES: readonly { readonly what: string; readonly find: Statement<None, Found> }[] = [
  {
    what: 'a membership without its email',
    find: statement(`SELECT m.account || '/' || m.mailbox || '/' || m.uid AS place FROM membership m
      LEFT JOIN email e ON e.account = m.account AND e.id = m.email WHERE e.id IS NULL LIMIT 100`),
  },
  {
    what: 'an email without its message',
    find: statement(`SELECT e.account || '/' || e.id AS place FROM email e LEFT JOIN message m ON m.id = e.message WHERE m.id IS NULL LIMIT 100`),
  },
  {
    what: 'a delivery without its message',
    find: statement(`SELECT d.id AS place FROM delivery d LEFT JOIN message m ON m.id = d.message WHERE m.id IS NULL LIMIT 100`),
  },
  {
    what: 'a mailbox whose numbers differ from a recount',
    find: statement(`SELECT b.account || '/' || b.id AS place FROM mailbox b LEFT JOIN (
        SELECT account, mailbox, count(*) AS total, sum(CASE WHEN flags & 1 = 0 THEN 1 ELSE 0 END) AS unseen,
          sum(CASE WHEN flags & 8 = 0 THEN 0 ELSE 1 END) AS deleted, sum(size) AS size
        FROM membership WHERE expunged_modseq IS NULL GROUP BY account, mailbox
      ) m ON m.account = b.account AND m.mailbox = b.id
      WHERE b.total <> coalesce(m.total, 0) OR b.unseen <> coalesce(m.unseen, 0) OR b.deleted <> coalesce(m.deleted, 0)
        OR b.size <> coalesce(m.size, 0) LIMIT 100`),
  },
  {
    what: 'a mailbox whose next UID or modseq is behind its messages',
    find: statement(`SELECT b.account || '/' || b.id AS place FROM mailbox b JOIN (
        SELECT account, mailbox, max(uid) AS uid, max(modseq) AS modseq FROM membership GROUP BY account, mailbox
      ) m ON m.account = b.account AND m.mailbox = b.id WHERE m.uid >= b.uidnext OR m.modseq > b.highest_modseq LIMIT 100`),
  },
  {
    what: 'an account whose usage differs from a recount',
    find: statement(`SELECT a.id AS place FROM account a LEFT JOIN (
        SELECT account, sum(size) AS bytes, count(*) AS emails FROM email WHERE live > 0 GROUP BY account
      ) e ON e.account = a.id WHERE a.used_bytes <> coalesce(e.bytes, 0) OR a.used_emails <> coalesce(e.emails, 0) LIMIT 100`),
  },
  {
    what: 'an email whose memberships differ from a recount',
    find: statement(`SELECT e.account || '/' || e.id AS place FROM email e LEFT JOIN (
        SELECT account, email, count(*) AS kept, sum(CASE WHEN expunged_modseq IS NULL THEN 1 ELSE 0 END) AS live
        FROM membership GROUP BY account, email
      ) m ON m.account = e.account AND m.email = e.id WHERE e.kept <> coalesce(m.kept, 0) OR e.live <> coalesce(m.live, 0) LIMIT 100`),
  },
  {
    what: 'a message whose references differ from a recount',
    find: statement(`SELECT m.id AS place FROM message m
      LEFT JOIN (SELECT message, count(*) AS count FROM email GROUP BY message) e ON e.message = m.id
      LEFT JOIN (SELECT message, count(*) AS count FROM delivery GROUP BY message) d ON d.message = m.id
      LEFT JOIN (SELECT message, count(*) AS count FROM webhook_call WHERE message IS NOT NULL GROUP BY message) w ON w.message = m.id
      WHERE m.refs <> coalesce(e.count, 0) + coalesce(d.count, 0) + coalesce(w.count, 0) LIMIT 100`),
  },
]

const STORED = statement<
  { after: string },
  { id: MessageId; size: number; digest: Uint8Array; segment: string | null; segment_offset: number | null; segment_length: number | null; bytes: Uint8Array | null }
>('SELECT id, size, digest, segment, segment_offset, segment_length, bytes FROM message WHERE id > $after AND (bytes IS NOT NULL OR segment IS NOT NULL) ORDER BY id LIMIT 100')

/** Compares every number that is kept with a recount of what it counts. Reads whole tables: minutes on a large store. */
export async function recount(db: Database): Promise<readonly Problem[]> {
  const problems: Problem[] = []
  for (const { what, find } of RULES) {
    for (const { place } of await db.all(find, {})) problems.push({ what, where: place })
  }
  return problems
}

/** At most 100 messages after an id, in id order, without those whose bytes were removed when their time was over; '' begins. */
export async function messagesAfter(db: Database, after: string): Promise<readonly StoredMessage[]> {
  const rows = await db.all(STORED, { after })
  return rows.map((row) => ({
    id: row.id,
    size: row.size,
    digest: row.digest,
    location:
      row.segment === null
        ? { kind: 'inline', bytes: row.bytes ?? new Uint8Array(0) }
        : { kind: 'segment', segment: row.segment, offset: row.segment_offset ?? 0, length: row.segment_length ?? 0 },
  }))
}

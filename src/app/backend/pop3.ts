import { randomUUID } from 'node:crypto'
import type { EmailId, MailboxId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { Peer } from '../../base/wire.ts'
import type { Access } from '../../core/access/access.ts'
import type { Identity } from '../../core/access/identity.ts'
import { accountById } from '../../core/account/sql.ts'
import { type SegmentReader, viewBytes } from '../../core/mailbox/body.ts'
import { FLAG, type MailboxRef, type UidRange } from '../../core/mailbox/mailbox.ts'
import { expunge } from '../../core/mailbox/sql-expunge.ts'
import { storeFlags } from '../../core/mailbox/sql-flags.ts'
import { emailBytes, messageRows, openMailbox } from '../../core/mailbox/sql-read.ts'
import type { Database } from '../../infra/db/database.ts'
import { releaseLease, takeLease } from '../../infra/db/sql-lease.ts'
import type { Pop3Backend, Pop3Mailbox, Pop3Message } from '../../proto/pop3/backend.ts'
import { serverNonce } from './sasl.ts'

/** What POP3 sessions of the house are made of; one for each worker. */
export interface Pop3House {
  readonly db: Database
  readonly segments: SegmentReader
  readonly access: Access
  readonly clock: Clock
  /** How long a session may hold a maildrop without renewing: a killed worker's lock ends after it. */
  readonly lockMs: number
}

/** A message of the inbox. */
export interface InboxMessage extends Pop3Message {
  readonly imapUid: number
  readonly email: EmailId
}

const EVERY: readonly UidRange[] = [{ first: 1, last: 0xffff_ffff }]

/** The house, as one POP3 connection sees it: the inbox of whoever logs in, theirs alone for the while. */
export function pop3Backend(house: Pop3House, peer: Peer): Pop3Backend<Identity, InboxMessage> {
  return {
    authority: house.access.authority({ address: peer.address, protocol: 'pop3' }),
    serverNonce,
    async open(identity) {
      const account = await accountById(house.db, identity.account)
      if (account === null) return { kind: 'refused' }
      const lock = await lockInbox(house, account.inbox)
      if (lock === null) return { kind: 'in-use' }
      const ref: MailboxRef = { account: account.id, mailbox: account.inbox }
      const opened = await openMailbox(house.db, ref)
      if (opened === null) {
        await lock.release()
        return { kind: 'refused' }
      }
      const messages = await listInbox(house, ref, opened.mailbox.uidvalidity, new Set(opened.uids))
      return { kind: 'opened', mailbox: maildrop(house, ref, messages, lock) }
    },
  }
}

interface InboxLock {
  release(): Promise<void>
}

/** RFC 1939 §8: one session at a time. The lease is renewed while the session lasts; a killed worker's runs out. */
async function lockInbox({ db, clock, lockMs }: Pop3House, mailbox: MailboxId): Promise<InboxLock | null> {
  const name = `pop3:${mailbox}`
  const holder = randomUUID()
  const take = (): Promise<boolean> => {
    const nowMs = clock.nowMs()
    return db.write(takeLease, { name, holder, nowMs, untilMs: nowMs + lockMs })
  }
  if (!(await take())) return null
  // A renewal that fails is tried at the next tick; two in a row end the lease, and at worst a second session may enter.
  const renewal = setInterval(() => void take().catch(() => false), lockMs / 3)
  return {
    async release() {
      clearInterval(renewal)
      await db.write(releaseLease, { name, holder })
    },
  }
}

/** UIDs are never used again under one UIDVALIDITY, so both together name a message for good. RFC 1939 §7. */
async function listInbox(
  { db }: Pop3House,
  ref: MailboxRef,
  uidvalidity: number,
  live: ReadonlySet<number>,
): Promise<readonly InboxMessage[]> {
  const messages: InboxMessage[] = []
  for await (const rows of messageRows(db, ref, EVERY, 'email')) {
    for (const { uid, email, size } of rows) if (live.has(uid)) messages.push({ uid: `${uidvalidity}.${uid}`, size, imapUid: uid, email })
  }
  return messages
}

function maildrop(house: Pop3House, ref: MailboxRef, messages: readonly InboxMessage[], lock: InboxLock): Pop3Mailbox<InboxMessage> {
  const { db, segments, clock } = house
  return {
    messages,
    async retrieve({ email }) {
      const found = await emailBytes(db, ref.account, email)
      return found === null ? null : viewBytes(found, segments)
    },
    async commit(deleted) {
      const uids = deleted.map(({ imapUid }) => ({ first: imapUid, last: imapUid }))
      await db.write(storeFlags, { ...ref, uids, change: { op: 'add', flags: FLAG.deleted, keywords: [], unchangedSince: null } })
      await db.write(expunge, { ...ref, uids, nowMs: clock.nowMs() })
      return 'removed'
    },
    release: () => lock.release(),
  }
}

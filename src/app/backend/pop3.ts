import type { AccountId, EmailId, MailboxId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { Peer } from '../../base/wire.ts'
import type { Access } from '../../core/access/access.ts'
import type { Identity } from '../../core/access/identity.ts'
import { accountById } from '../../core/account/sql.ts'
import { type SegmentReader, viewBytes } from '../../core/mailbox/body.ts'
import type { MailboxRef, UidRange } from '../../core/mailbox/mailbox.ts'
import { emailBytes, messageRows, openMailbox } from '../../core/mailbox/sql-read.ts'
import type { Database } from '../../infra/db/database.ts'
import { releaseLease, takeLease } from '../../infra/db/sql-lease.ts'
import type { Pop3Backend, Pop3Mailbox, Pop3Message } from '../../proto/pop3/backend.ts'
import { rangesOf, removeMessages } from './pop3-remove.ts'
import { serverNonce } from './sasl.ts'

/** What POP3 sessions of the house are made of; one for each worker. */
export interface Pop3House {
  readonly db: Database
  readonly segments: SegmentReader
  readonly access: Access
  readonly clock: Clock
  /** How long a session may hold a maildrop without renewing: a killed worker's lock ends after it. */
  readonly lockMs: number
  /** A new name for what a session holds. */
  readonly holder: () => string
  /** Told of an account whose mail has changed, so that its IMAP sessions hear of it. */
  readonly changed: (account: AccountId) => void
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
      try {
        const ref: MailboxRef = { account: account.id, mailbox: account.inbox }
        const messages = await listInbox(house, ref)
        if (messages !== null) return { kind: 'opened', mailbox: maildrop(house, ref, messages, lock) }
      } catch (error) {
        await lock.release()
        throw error
      }
      await lock.release()
      return { kind: 'refused' }
    },
  }
}

interface InboxLock {
  release(): Promise<void>
}

/** RFC 1939 §8: one session at a time. The lease is renewed while the session lasts; a killed worker's runs out. */
async function lockInbox({ db, clock, lockMs, holder: newHolder }: Pop3House, mailbox: MailboxId): Promise<InboxLock | null> {
  const name = `pop3:${mailbox}`
  const holder = newHolder()
  const take = (): Promise<boolean> => {
    const nowMs = clock.nowMs()
    return db.write(takeLease, { name, holder, nowMs, untilMs: nowMs + lockMs })
  }
  if (!(await take())) return null
  // A renewal that fails is tried at the next tick; two in a row end the lease, and at worst a second session may enter.
  let renewed: Promise<boolean> = Promise.resolve(true)
  const renewal = setInterval(() => {
    renewed = take().catch(() => false)
  }, lockMs / 3)
  return {
    async release() {
      clearInterval(renewal)
      await renewed // It must not come after the release.
      await db.write(releaseLease, { name, holder })
    },
  }
}

/** UIDs are never used again under one UIDVALIDITY, so both together name a message for good. RFC 1939 §7. Null: there is no inbox. */
async function listInbox({ db }: Pop3House, ref: MailboxRef): Promise<readonly InboxMessage[] | null> {
  const opened = await openMailbox(db, ref)
  if (opened === null) return null
  const { uidvalidity } = opened.mailbox
  const live = new Set(opened.uids)
  const messages: InboxMessage[] = []
  for await (const rows of messageRows(db, ref, EVERY, 'email')) {
    for (const { uid, email, size } of rows) if (live.has(uid)) messages.push({ uid: `${uidvalidity}.${uid}`, size, imapUid: uid, email })
  }
  return messages
}

function maildrop(house: Pop3House, ref: MailboxRef, messages: readonly InboxMessage[], lock: InboxLock): Pop3Mailbox<InboxMessage> {
  const { db, segments, clock, changed } = house
  return {
    messages,
    async retrieve({ email }) {
      const found = await emailBytes(db, ref.account, email)
      return found === null ? null : viewBytes(found, segments)
    },
    async commit(deleted) {
      await db.write(removeMessages, { ...ref, uids: rangesOf(deleted.map(({ imapUid }) => imapUid)), nowMs: clock.nowMs() })
      changed(ref.account)
      return 'removed'
    },
    release: () => lock.release(),
  }
}

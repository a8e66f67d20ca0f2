import type { AccountId, EmailId, MailboxId, MessageId, ThreadId } from '../../base/brand.ts'
import type { Range } from '../../proto/mail/view.ts'

/** What a mailbox is for: RFC 6154 and RFC 8621 names in lower case. */
export type Role = 'inbox' | 'drafts' | 'sent' | 'junk' | 'trash' | 'archive' | 'all' | 'flagged' | 'important'

/** Names an account's mailbox. Mailboxes of others that are shared with us keep their owner's account. */
export interface MailboxRef {
  readonly account: AccountId
  readonly mailbox: MailboxId
}

/** A mailbox: an IMAP folder, a JMAP Mailbox. It knows its parent; paths are made by whoever shows it. */
export interface Mailbox {
  readonly account: AccountId
  readonly id: MailboxId
  readonly parent: MailboxId | null
  readonly name: string
  readonly role: Role | null
  readonly subscribed: boolean
  readonly uidvalidity: number
  readonly uidnext: number
  readonly highestModseq: number
  readonly total: number
  readonly unseen: number
  readonly deleted: number
  /** Octets of its live messages. */
  readonly sizeBytes: number
  /** Keywords that have been used here. */
  readonly keywords: readonly string[]
  /** The last change of a message that had been there before. */
  readonly changedModseq: number
  /** Tombstones up to here are gone: older readers must compare all UIDs. */
  readonly forgottenModseq: number
}

/** UIDs `first` to `last`, both included. */
export interface UidRange {
  readonly first: number
  readonly last: number
}

/** System flags in `flags`. \Recent is never kept. */
export const FLAG = { seen: 1, answered: 2, flagged: 4, deleted: 8, draft: 16 } as const

/** Keywords one message may have, and one mailbox may know. */
export const MAX_KEYWORDS = 100

/** Where the bytes of a message lie. */
export type Location =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | { readonly kind: 'segment'; readonly segment: string; readonly offset: number; readonly length: number }

/** Octets that travel with a location. */
export function bytesOf(location: Location): number {
  return location.kind === 'inline' ? location.bytes.length : 0
}

/** A message to be stored: its bytes exist once, however many emails show it. */
export interface NewMessage {
  readonly id: MessageId
  readonly size: number
  /** SHA-256 of the received bytes. */
  readonly digest: Uint8Array
  readonly location: Location
}

/** An email to be added to a mailbox. */
export interface NewEmail {
  readonly account: AccountId
  readonly mailbox: MailboxId
  readonly email: EmailId
  /** Used when no earlier message of the account belongs to the same thread. */
  readonly newThread: ThreadId
  /** Hashes of Message-ID and References with the base subject; its own one first. */
  readonly threadKeys: readonly string[]
  readonly receivedMs: number
  readonly savedMs: number
  /** Octets of the view: prefix + bytes - skips. */
  readonly size: number
  readonly prefix: Uint8Array
  /** Ranges of the received bytes that are left out of the view, ascending. */
  readonly skips: readonly Range[]
  /** The encoded MIME index of the view. */
  readonly structure: string
  readonly flags: number
  readonly keywords: readonly string[]
  /** `enforce` refuses what does not fit; `grace` lets it in, for mail that was accepted already. */
  readonly quota: 'enforce' | 'grace'
}

/** What became of adding an email. */
export type Added =
  | { readonly kind: 'added'; readonly uidvalidity: number; readonly uid: number; readonly modseq: number; readonly thread: ThreadId }
  | { readonly kind: 'over-quota' }
  | { readonly kind: 'no-such-mailbox' }

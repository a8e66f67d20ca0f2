import type { EmailId, MailboxId, ThreadId } from '../../base/brand.ts'
import type { Peer, TlsState } from '../../base/wire.ts'
import type { MessageIndex } from '../mail/part.ts'
import type { AuthAnswer, SaslExchange } from '../sasl/exchange.ts'
import type { UidMap } from './uid-map.ts'
import type { UidRange } from './uid-set.ts'

/*
 * What the IMAP session needs of the house. Answers are values with the protocol's meaning. Every promise may reject with
 * `Unavailable` (the client hears NO [UNAVAILABLE]); anything else thrown is a bug (NO [SERVERBUG]).
 */

/** Who is talking, for throttling, channel binding and the log. */
export interface Client {
  readonly peer: Peer
  readonly tls: TlsState | null
}

/** The door: who may come in. `Identity` is the house's; the session only carries it. */
export interface ImapBackend<Identity> {
  /** SASL mechanisms offered to this client, best first. Empty when none may be used (no TLS). */
  mechanisms(client: Client): readonly string[]
  /** Begins a SASL exchange, made with `finalData: 'challenge'`; null for a mechanism that is not offered. */
  startAuth(mechanism: string, client: Client): SaslExchange<Identity> | null
  /** LOGIN. RFC 9051 §6.2.3. */
  login(user: string, password: string, client: Client): Promise<AuthAnswer<Identity>>
  /** The store of who has logged in. */
  openStore(identity: Identity): Promise<ImapStore>
}

/** Bits of the system flags in `flags`. \Recent is never kept. */
export const SEEN = 1
/** \Answered. */
export const ANSWERED = 2
/** \Flagged. */
export const FLAGGED = 4
/** \Deleted. */
export const DELETED = 8
/** \Draft. */
export const DRAFT = 16

/** What a mailbox is for, as RFC 6154 and RFC 8621 name it in lower case. Others may occur and are not shown. */
export type Role = string

/** A mailbox with the numbers that LIST, STATUS and SELECT tell. */
export interface MailboxInfo {
  readonly id: MailboxId
  /** UTF-8, levels parted by '/'. The inbox is 'INBOX'. */
  readonly path: string
  readonly role: Role | null
  readonly subscribed: boolean
  /** `read`: a mailbox that another account shares without the right to change it. SELECT then opens it as EXAMINE does. */
  readonly access: 'full' | 'read'
  /** 1 to 2^32-1. A mailbox made again under the same name has another. */
  readonly uidvalidity: number
  readonly uidnext: number
  /** The highest modseq of any change of this mailbox's memberships, expunges included; at least 1. */
  readonly highestModseq: number
  readonly total: number
  readonly unseen: number
  readonly deleted: number
  /** Sum of the sizes of its live messages. */
  readonly sizeBytes: number
}

/** A mailbox as it stood at one moment. */
export interface Opened {
  readonly mailbox: MailboxInfo
  /** The live UIDs at `mailbox.highestModseq`. Shared between sessions: it never changes. */
  readonly map: UidMap
  /** Keywords in use in this mailbox, for the FLAGS response; at most a few dozen. */
  readonly keywords: readonly string[]
}

/** What a client may see change of a message. */
export interface FlagRow {
  readonly uid: number
  /** System flags: SEEN | ANSWERED | FLAGGED | DELETED | DRAFT. */
  readonly flags: number
  readonly keywords: readonly string[]
  readonly modseq: number
}

/** A message in a mailbox. `email` and `index` are null when the call did not ask for them. */
export interface Row extends FlagRow {
  readonly email: EmailColumns | null
  readonly index: MessageIndex | null
}

/** What never changes of a message in a mailbox. */
export interface EmailColumns {
  readonly emailId: EmailId
  readonly threadId: ThreadId
  /** INTERNALDATE. */
  readonly receivedMs: number
  /** SAVEDATE: when it came into this mailbox. */
  readonly savedMs: number
  /** Octets of the view: what BODY[] gives. */
  readonly size: number
}

/** How much of each row is wanted; each includes the one before. */
export type Columns = 'flags' | 'email' | 'index'

/** What happened in a mailbox after some modseq. */
export interface Changes {
  /** Everything up to here is in this answer. */
  readonly highestModseq: number
  readonly uidnext: number
  /** Live messages that are new or changed, by ascending UID. */
  readonly changed: readonly FlagRow[]
  /** UIDs that were expunged, ascending, without overlap; may hold UIDs the session never knew. */
  readonly vanished: readonly UidRange[]
}

/** Messages of a mailbox, and how their flags shall change. */
export interface FlagChange {
  readonly op: 'add' | 'remove' | 'replace'
  readonly flags: number
  readonly keywords: readonly string[]
  /** RFC 7162 §3.1.3: messages with a higher modseq are left alone and named in `modified`. Null: no condition. */
  readonly unchangedSince: number | null
}

/** What a flag change did. */
export type FlagsStored =
  | {
      readonly kind: 'done'
      /** Live messages that passed the condition, as they are now, changed or not, by ascending UID. */
      readonly rows: readonly FlagRow[]
      /** UIDs that failed the condition. */
      readonly modified: readonly number[]
      readonly span: Span
    }
  | Refused

/**
 * The mailbox's highest modseq just before and just after a write. A session that knew everything before knows everything after,
 * and need not ask.
 */
export interface Span {
  readonly before: number
  readonly after: number
}

/** Expected refusals, each with the response code it earns. RFC 5530, RFC 9208, RFC 7889. */
export interface Refused {
  readonly kind: 'refused'
  readonly why:
    | 'no-such-mailbox' // [NONEXISTENT], or [TRYCREATE] for a destination.
    | 'exists' // [ALREADYEXISTS]
    | 'has-children' // [HASCHILDREN]
    | 'bad-name' // [CANNOT]
    | 'forbidden' // [NOPERM]
    | 'over-quota' // [OVERQUOTA]
    | 'too-big' // [TOOBIG]
    | 'limit' // [LIMIT]: too many mailboxes, keywords, messages.
}

/** Done without more to say, or refused. */
export type Outcome = { readonly kind: 'done' } | Refused

/** A message to be added. */
export interface AppendArgs {
  readonly path: string
  readonly flags: number
  readonly keywords: readonly string[]
  /** Null: now. */
  readonly internalDateMs: number | null
  readonly sizeBytes: number
  /** Exactly `sizeBytes` bytes; ends early or throws when the client went away: then nothing may remain. Chunks are valid until the next pull. */
  readonly source: AsyncIterable<Uint8Array>
}

/** UIDs given to added messages. */
export type Appended = { readonly kind: 'done'; readonly uidvalidity: number; readonly uid: number } | Refused

/**
 * UIDs of copies: `from[i]` became `to[i]`. Messages that were gone meanwhile are in neither. `span` is the source's, of a move; null
 * when the source is the target too, and has news of its own.
 */
export type Copied =
  | {
      readonly kind: 'done'
      readonly uidvalidity: number
      readonly from: readonly number[]
      readonly to: readonly number[]
      readonly span: Span | null
    }
  | Refused

/** One account's mail. */
export interface ImapStore {
  /** Largest message APPEND takes, in octets. RFC 7889. */
  readonly appendLimit: number
  /** Where mailboxes of other accounts are, such as 'Shared/'; null when there are none. RFC 2342. */
  readonly sharedPrefix: string | null

  /** All mailboxes, in any order. */
  list(): Promise<readonly MailboxInfo[]>
  /** Paths that are subscribed to by name alone: their mailboxes were deleted, and perhaps made again. RFC 9051 §6.3.7. */
  lost(): Promise<readonly string[]>
  /** The mailbox of that path, or null. */
  mailbox(path: string): Promise<MailboxInfo | null>
  /** Makes a mailbox and the levels above it. `role` is asked for by CREATE-SPECIAL-USE. */
  create(path: string, role: Role | null): Promise<{ readonly kind: 'done'; readonly id: MailboxId } | Refused>
  /** Deletes a mailbox with its messages; its name stays subscribed to. Refused for the inbox and for one with levels below it. */
  delete(path: string): Promise<Outcome>
  /** Renames a mailbox and everything below it. From INBOX: moves its messages into a new mailbox. RFC 9051 §6.3.6. */
  rename(from: string, to: string): Promise<Outcome>
  subscribe(path: string): Promise<Outcome>
  /** Ends a subscription, of a lost name too. */
  unsubscribe(path: string): Promise<Outcome>

  /** The mailbox with its number map, read at one moment; null when there is none. */
  open(path: string): Promise<Opened | null>
  /** What changed after `since`. Cheap when nothing did. Null: the mailbox is gone. */
  changes(mailbox: MailboxId, since: number): Promise<Changes | null>
  /**
   * The rows of these UIDs by ascending UID, in chunks of at most 500. Expunged messages are given as they last were, as long as the
   * undelete window holds: a session that has not been told may still read them. UIDs without a row are left out.
   */
  rows(mailbox: MailboxId, uids: readonly UidRange[], columns: Columns): AsyncIterable<readonly Row[]>
  /** Bytes `start` to `end` (exclusive) of the view of an email, as `rows` gave it, pulled. A chunk stays as it is until the next pull. */
  body(email: EmailColumns, start: number, end: number, signal: AbortSignal): AsyncIterable<Uint8Array>

  /** Changes flags of at most 500 UIDs in one write. */
  storeFlags(mailbox: MailboxId, uids: readonly UidRange[], change: FlagChange): Promise<FlagsStored>
  append(args: AppendArgs, signal: AbortSignal): Promise<Appended>
  /** Copies, all or nothing. */
  copy(mailbox: MailboxId, uids: readonly UidRange[], to: string): Promise<Copied>
  /** Copies and expunges in one write, all or nothing. RFC 6851. */
  move(mailbox: MailboxId, uids: readonly UidRange[], to: string): Promise<Copied>
  /** Expunges the messages with \Deleted, of `uids` or (null) of all. */
  expunge(mailbox: MailboxId, uids: readonly UidRange[] | null): Promise<{ readonly vanished: readonly UidRange[]; readonly span: Span }>

  /** Calls `onHint` soon after something may have changed in the mailbox. Hints may be lost: the session also asks now and then. */
  watch(mailbox: MailboxId, onHint: () => void): () => void
}

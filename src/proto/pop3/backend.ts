import type { Log } from '../../base/log.ts'
import type { SaslAuthority } from '../sasl/exchange.ts'

/** A message of an opened maildrop. The backend may hand out objects that hold more: it gets the same ones back. */
export interface Pop3Message {
  /** What UIDL shows: 1 to 70 characters from `!` to `~`, never given to another message of this account. RFC 1939 §7. */
  readonly uid: string
  /**
   * Octets of the message as it is stored, which is what RETR sends before stuffing. A message that does not end in CRLF (it came by
   * BDAT or APPEND) is followed by one, to end its last line: that is the response's, not the message's, and not counted. To know it
   * when the maildrop opens would cost a look at the end of every message. RFC 1939 §3, §11.
   */
  readonly size: number
}

/** A maildrop that this session holds alone, as it stood when it was opened. RFC 1939 §4. */
export interface Pop3Mailbox<M extends Pop3Message = Pop3Message> {
  /** Message 1 first. The list does not change while the session lasts. */
  readonly messages: readonly M[]
  /**
   * The octets of a message, exactly `size` of them. Resolves when they can be read; null when the message has been removed
   * elsewhere and its octets are gone. A throw while they are pulled ends the connection.
   */
  retrieve(message: M, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | null>
  /**
   * Removes messages for good (UPDATE state, §6), all in one write. `partial` when some could not be removed; one that was already
   * removed elsewhere counts as removed.
   */
  commit(deleted: readonly M[], signal: AbortSignal): Promise<'removed' | 'partial'>
  /** Gives the lock back. Called once, however the session ends; removes nothing. */
  release(): Promise<void>
}

/** What became of opening a maildrop after a good login. */
export type Pop3Opened<M extends Pop3Message = Pop3Message> =
  | { readonly kind: 'opened'; readonly mailbox: Pop3Mailbox<M> }
  /** Another POP3 session holds it. RFC 2449 §8.1.2. */
  | { readonly kind: 'in-use' }
  /** The last login was too short ago. RFC 2449 §8.1.1. */
  | { readonly kind: 'too-soon' }
  /** This account has no mail to read by POP3. */
  | { readonly kind: 'refused' }

/**
 * The house, as a POP3 session sees it; made for one connection. Methods throw `Unavailable` when a dependency is silent:
 * the client is told `[SYS/TEMP]` and may try again.
 */
export interface Pop3Backend<Identity, M extends Pop3Message = Pop3Message> {
  /** Checks logins, bound to this connection's address. */
  readonly authority: SaslAuthority<Identity>
  /** Our part of a SCRAM nonce: printable ASCII without comma, at least 18 random bytes, new at each call. */
  serverNonce(): string
  /** Opens the identity's inbox and locks it against other POP3 sessions. */
  open(identity: Identity, signal: AbortSignal): Promise<Pop3Opened<M>>
}

/** What a POP3 listener decides. */
export interface Pop3Config {
  /** Whether STLS is offered on a connection that has no TLS yet. */
  readonly stls: 'offer' | 'none'
  /** Whether passwords may travel without TLS: the demo, on loopback, and nowhere else. */
  readonly plainPasswords: 'refuse' | 'allow'
  /** Inactivity that ends the session, in milliseconds: at least `AUTOLOGOUT_MS` in production. */
  readonly autologoutMs: number
  /** Gets bugs, with their stack; the peer is told only that something failed. */
  readonly log: Log
}

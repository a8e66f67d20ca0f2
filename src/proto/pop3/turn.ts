import type { Wire } from '../../base/wire.ts'
import type { Pop3Backend, Pop3Config, Pop3Mailbox } from './backend.ts'

/** Before the login: `user` is the name that USER gave, until PASS takes it. RFC 1939 §4. */
export interface Authorization {
  readonly at: 'authorization'
  readonly user: string | null
}

/** After the login. `deleted` holds the numbers marked by DELE; it grows and is cleared in place. RFC 1939 §5. */
export interface Transaction {
  readonly at: 'transaction'
  readonly mailbox: Pop3Mailbox
  readonly deleted: Set<number>
}

/** Where the conversation stands. UPDATE (RFC 1939 §6) is no phase: QUIT runs it to its end. */
export type Phase = Authorization | Transaction

/** What the server does about one command. */
export interface Turn {
  readonly phase: Phase
  /** The status line, without CRLF; absent when it has been sent already or nobody is there to read it. */
  readonly reply?: string
  /** What follows the status line, up to a line of one dot: lines of our own, or a message. */
  readonly lines?: Iterable<string>
  readonly body?: AsyncIterable<Uint8Array>
  /** Counts against the peer: see `MAX_BAD_COMMANDS` and `MAX_FAILED_LOGINS`. */
  readonly strike?: 'command' | 'login'
  /** The connection ends after this. */
  readonly bye?: true
}

/** What a command may need besides the phase. */
export interface Talk<Identity> {
  readonly wire: Wire
  readonly backend: Pop3Backend<Identity>
  readonly config: Pop3Config
  readonly signal: AbortSignal
}

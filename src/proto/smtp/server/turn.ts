import type { Wire } from '../../../base/wire.ts'
import { type Reply, reply } from '../reply.ts'
import type { AcceptedRecipient, EndReason, Flavour, Session, SmtpBackend, Transaction } from './backend.ts'
import type { SmtpConfig } from './config.ts'
import type { Content } from './content.ts'
import type { Patience } from './receive.ts'

/** Nobody has greeted yet, or STARTTLS made it so again. */
export interface Connected {
  readonly at: 'connected'
  readonly session: Session
}

/** Greeted, with no transaction open. */
export interface Greeted {
  readonly at: 'greeted'
  readonly session: Session
}

/** MAIL was accepted; recipients gather. */
export interface Addressing {
  readonly at: 'mail'
  readonly session: Session
  readonly transaction: OpenTransaction
}

/** BDAT has begun: nothing but more of it, or giving up. RFC 3030 §2. */
export interface Chunking {
  readonly at: 'chunks'
  readonly session: Session
  readonly transaction: OpenTransaction
  readonly content: Content
}

/** Where the conversation stands. Each phase holds what only it may use. RFC 5321 §4.1.4. */
export type Phase = Connected | Greeted | Addressing | Chunking

/** A transaction whose recipients still grow, in place: a thousand of them should not be copied a thousand times. */
export interface OpenTransaction extends Transaction {
  readonly recipients: AcceptedRecipient[]
}

/** What the server does about one command. */
export interface Turn {
  readonly phase: Phase
  /** In the order they are sent; none when all has been said. */
  readonly replies: readonly Reply[]
  /** Counts against the peer. */
  readonly strike?: 'error' | 'login' | 'recipient'
  /** A transaction was opened, or a message was taken. */
  readonly counts?: 'mail' | 'message'
  /** The connection ends after this; `inMessage` when a message was cut off by it. */
  readonly bye?: EndReason
  readonly inMessage?: true
}

/** What has been counted in a session. */
export interface Tally {
  mails: number
  messages: number
  errors: number
  logins: number
  refusedRecipients: number
}

/** What a command may need besides the phase. */
export interface Talk {
  readonly wire: Wire
  readonly flavour: Flavour
  readonly backend: SmtpBackend
  readonly config: SmtpConfig
  readonly signal: AbortSignal
  readonly patience: Patience
  readonly tally: Readonly<Tally>
}

/** One reply, and the phase that follows. */
export function answer(phase: Phase, said: Reply): Turn {
  return { phase, replies: [said] }
}

/** A command that does not fit: refused, counted, nothing changed. */
export function misplaced(phase: Phase, code: number, status: string, text: string): Turn {
  return { phase, replies: [reply(code, status, text)], strike: 'error' }
}

import type { Reply } from '../../../proto/smtp/reply.ts'
import type { Sender } from '../../../proto/smtp/envelope.ts'
import type { MessageInspection } from './inspected.ts'
import type { AcceptedRecipient, Session, Transaction } from '../session.ts'

/** A refusal before there is a message. `close`: nothing more is heard from this peer. */
export interface Stop {
  readonly reply: Reply
  readonly close?: true
}

/**
 * The checks of one connection, from the first byte to the last: a stage for each command. Stages begin what takes time and wait for it only
 * where the answer is needed. None rejects for what a network, a list or a scanner does: who cannot say anything says nothing.
 */
export interface ConnectionInspection {
  /** May this peer speak at all? Asked before the banner, which a stranger waits for a little. */
  connect(signal: AbortSignal): Promise<Stop | null>
  /** MAIL: begins to look at the sender. */
  mail(session: Session, sender: Sender): Promise<Stop | null>
  /** RCPT to somebody who is here. */
  recipient(recipient: AcceptedRecipient): Promise<Stop | null>
  /** RCPT to nobody: who tries many names collects addresses. Null is no address with a domain. */
  unknownRecipient(address: string | null): Promise<Stop | null>
  /** The content begins. */
  message(transaction: Transaction): MessageInspection
  /** The connection is over. */
  ended(): void
}

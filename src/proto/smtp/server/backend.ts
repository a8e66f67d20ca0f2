import type { Peer, TlsState } from '../../../base/wire.ts'
import type { SaslExchange } from '../../sasl/exchange.ts'
import type { Recipient, Sender } from '../envelope.ts'
import type { Reply } from '../reply.ts'

/** Which kind of service a listener gives: mail from anyone (port 25), from our users (587, 465), or from our own hosts (RFC 2033). */
export type Flavour = 'mx' | 'submission' | 'lmtp'

/** What is known of a connection so far. A new value at each change; a transaction keeps the one it began with. */
export interface Session<Identity = unknown> {
  readonly peer: Peer
  readonly flavour: Flavour
  readonly tls: TlsState | null
  /** How the client greeted: null before it did, and again after STARTTLS. */
  readonly hello: 'EHLO' | 'HELO' | 'LHLO' | null
  /** What the client calls itself; no syntax of header fields is in it. Null before the greeting. */
  readonly client: string | null
  /** Who logged in, and how; null before. */
  readonly identity: Identity | null
  readonly mechanism: string | null
  /** The client did not wait for the banner, as RFC 5321 §4.3.1 asks it to. */
  readonly spokeFirst: boolean
}

/** A transaction that MAIL opened. RFC 5321 §3.3. `Mail` and `Rcpt` are what the backend itself answered, handed back to it. */
export interface Transaction<Identity = unknown, Mail = unknown, Rcpt = unknown> {
  readonly session: Session<Identity>
  /** For the `with` clause of Received: `SMTP`, `ESMTPSA`, `UTF8LMTPS` ... RFC 3848, RFC 6531 §4.3. */
  readonly protocol: string
  readonly sender: Sender
  readonly mail: Mail
  /** Accepted recipients, in order; the same address twice when the client said it twice. Grows until the content comes. */
  readonly recipients: readonly AcceptedRecipient<Rcpt>[]
}

/** A recipient, and what the backend made of it. */
export interface AcceptedRecipient<Rcpt = unknown> {
  readonly recipient: Recipient
  readonly rcpt: Rcpt
}

/** Yes, with what the backend wants to keep (and its own words, if it has any), or no. */
export type Answer<Value> = { readonly kind: 'accepted'; readonly value: Value; readonly reply?: Reply } | Refused

/** No. `close` ends the connection after the reply. */
export interface Refused {
  readonly kind: 'refused'
  readonly reply: Reply
  readonly close?: true
}

/**
 * What became of a message. `each` has one reply for each of the transaction's recipients, in order: only LMTP can say
 * that (RFC 2033 §4.2), so SMTP must get `all`; LMTP repeats `all` for each recipient.
 */
export type Outcome =
  | { readonly kind: 'all'; readonly reply: Reply; readonly close?: true }
  | { readonly kind: 'each'; readonly replies: readonly Reply[] }

/** Where a message too large to gather goes. `finish` or `abort` is called once, as the last call; never two calls at a time. */
export interface MessageSink {
  /** Takes the next bytes, dot-unstuffed. They are valid until the promise resolves; a slow sink slows the sender. */
  write(bytes: Uint8Array): Promise<void>
  /** The message is complete. Positive replies promise that it is safe. */
  finish(): Promise<Outcome>
  /** The message will not be: nothing of it may stay. Also called after a `write` that threw. */
  abort(): Promise<void>
}

/** Whose waiting mail ETRN asks for. `subdomains`: `@example.org`, it and all below; `queue`: `#name`, whatever the server calls so. RFC 1985 §5.1. */
export interface EtrnNode {
  readonly kind: 'node' | 'subdomains' | 'queue'
  /** In lower case; of a `queue` as it came. */
  readonly name: string
}

/**
 * What came of it. RFC 1985 §5.3: `started` when it is not known what waits (250), `nothing` waits (251), `pending` messages go, as many as counted, or
 * null when that would take too long (252, 253), `unable` for now (458), `not-allowed` (459).
 */
export type EtrnAnswer =
  | { readonly kind: 'started' | 'nothing' }
  | { readonly kind: 'pending'; readonly count: number | null }
  | { readonly kind: 'unable' | 'not-allowed'; readonly why: string }

/** ETRN, for the hosts that a house keeps mail for. RFC 1985. */
export interface EtrnService<Identity = unknown> {
  /** Whether this client may ask at all: only then it is told that it can. */
  offered(session: Session<Identity>): Promise<boolean> | boolean
  /** Starts what waits. It bounds its own time; mail goes after the answer. */
  start(node: EtrnNode, session: Session<Identity>, signal: AbortSignal): Promise<EtrnAnswer>
}

/** Why a session ended, and with what. For the trace, the log and the counters. */
export interface SessionEnd<Identity = unknown> {
  readonly session: Session<Identity>
  readonly how: EndReason
  /** True when the peer was lost, or we gave up, while a message was being sent. */
  readonly inMessage: boolean
  /** Transactions opened, messages answered with a positive reply, commands refused for grammar or order, recipients refused. */
  readonly mails: number
  readonly messages: number
  readonly errors: number
  readonly refusedRecipients: number
}

/** `closed`: the backend asked for it. `drained`: we are stopping. `flood`: it went on sending a message already refused. */
export type EndReason =
  | 'quit'
  | 'left'
  | 'timeout'
  | 'drained'
  | 'closed'
  | 'errors'
  | 'too-many-mails'
  | 'bare-line-end'
  | 'flood'
  | 'unsynchronized'
  | 'tls-failed'
  | 'failed'

/**
 * The house, as an SMTP session sees it; made for one connection. `Identity`, `Mail` and `Rcpt` are opaque to the engine.
 *
 * Refusals are values with a code, a status and a text. Any method may throw `Unavailable`: the peer gets 452 4.3.1 when
 * the store is full and 451 4.3.0 otherwise, as for any other error; never 5yz for a fault of ours. Every error goes to
 * `SmtpConfig.onError`. `signal` is the session's: it aborts when we are stopping.
 */
export interface SmtpBackend<Identity = unknown, Mail = unknown, Rcpt = unknown> {
  /** May this peer speak at all? A refusal (554, 421) takes the place of the banner. RFC 5321 §3.1. */
  connect(session: Session<Identity>, signal: AbortSignal): Promise<Answer<null>> | Answer<null>

  /** Mechanisms to offer, strongest first. Asked only of submission, under TLS and before a login. */
  mechanisms(session: Session<Identity>): readonly string[]

  /**
   * Begins a login by one of the `mechanisms`, given in upper case; null when it is none of them. Its `done` carries no data
   * (`finalData: 'challenge'`): SMTP cannot send any with 235.
   */
  startAuth(mechanism: string, session: Session<Identity>): SaslExchange<Identity> | null

  /** May this sender begin a transaction? Grammar, SIZE against the limit, TLS and login have been checked. */
  mail(sender: Sender, session: Session<Identity>, signal: AbortSignal): Promise<Answer<Mail>> | Answer<Mail>

  /** May mail of this transaction go to this recipient? */
  rcpt(recipient: Recipient, transaction: Transaction<Identity, Mail, Rcpt>, signal: AbortSignal): Promise<Answer<Rcpt>> | Answer<Rcpt>

  /**
   * Takes a whole message of at most `MAX_GATHERED_BYTES`, dot-unstuffed, for at least one recipient. `bytes` has an
   * ArrayBuffer of its own, exactly as long: the backend may keep it or transfer it to another thread. Not cancelled by
   * a stop: the engine waits, so the backend bounds its own time.
   */
  deliver(transaction: Transaction<Identity, Mail, Rcpt>, bytes: Uint8Array): Promise<Outcome>

  /** The same for a message that is larger, or that the memory budget has no room for: its bytes follow. */
  open(transaction: Transaction<Identity, Mail, Rcpt>): Promise<MessageSink>

  /** Not there where nobody may ask. Only a listener for `mx` uses it. */
  readonly etrn?: EtrnService<Identity>

  /** The session is over. Called once, however it ended, unless `connect` was never reached. */
  ended(end: SessionEnd<Identity>): void
}

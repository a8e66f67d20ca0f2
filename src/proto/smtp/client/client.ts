import type { TlsState, Wire } from '../../../base/wire.ts'
import type { Address } from '../../mail/address.ts'
import type { Reply } from '../reply.ts'
import type { Capabilities } from './capabilities.ts'
import { sendChunks, sendData } from './content.ts'
import { sendEnvelope } from './envelope.ts'
import { type ConnectionState, type Fate, meaning, refusedBy } from './fate.ts'
import { type Greeted, hearBanner, type Secured, sayHello, upgrade } from './greeting.ts'
import { Ledger } from './ledger.ts'
import { CHUNKING_BYTES } from './limits.ts'
import { type LoggedIn, logIn } from './login.ts'
import { obstaclesOf, type Outgoing } from './outgoing.ts'
import type { Credentials } from './sasl.ts'
import { type ClientOptions, Talk } from './talk.ts'

/** What became of a transaction. */
export interface Sent {
  /** One for each recipient of the message, in order. */
  readonly fates: readonly Fate[]
  readonly connection: ConnectionState
  /**
   * Whether DSN parameters went along. When they were `dropped` and a recipient was delivered that asked for SUCCESS, we owe
   * the `relayed` report (RFC 3461 §5.2.2).
   */
  readonly dsn: 'passed' | 'dropped'
}

/**
 * An SMTP or LMTP conversation over a wire, as its client. RFC 5321, RFC 2033.
 *
 * Call `greet` first; then, as wanted, `startTls` followed by `hello`, and `logIn`; then `send` for each message; then `quit`.
 * One call at a time. Nothing that a server does is thrown. The wire's `startTls` must run the client's side of the handshake.
 * `signal` ends waiting; a message whose end has been sent is in doubt when it aborts, so give `send` time.
 */
export class SmtpClient {
  readonly #talk: Talk
  #busy = false

  constructor(wire: Wire, options: ClientOptions) {
    this.#talk = new Talk(wire, options)
  }

  /** What the server offers now: changes with `hello`. */
  get offered(): Capabilities {
    return this.#talk.offered
  }

  /** TLS as it is, or null. */
  get tls(): TlsState | null {
    return this.#talk.wire.tls
  }

  /** Whether another message may be sent. */
  get connection(): ConnectionState {
    const { state, mails, offered } = this.#talk
    if (state !== 'ready') return 'closed'
    return offered.mailMax !== null && mails >= offered.mailMax ? 'spent' : 'ready' // RFC 9422 §4.
  }

  /** Transactions begun on this connection. */
  get mails(): number {
    return this.#talk.mails
  }

  /** Hears the banner and says EHLO. `fallback`: see `hello`. */
  async greet(fallback: 'helo' | 'none', signal: AbortSignal): Promise<Greeted> {
    return await this.#alone(async () => (await hearBanner(this.#talk, signal)) ?? (await sayHello(this.#talk, fallback, signal)))
  }

  /** Says EHLO again, after `startTls`. `fallback`: whether HELO is good enough; it has no STARTTLS, no AUTH and no sizes. */
  async hello(fallback: 'helo' | 'none', signal: AbortSignal): Promise<Greeted> {
    return await this.#alone(() => sayHello(this.#talk, fallback, signal))
  }

  /** Brings TLS up. What the server offered before is forgotten, so `hello` must follow once the certificate has pleased. */
  async startTls(signal: AbortSignal): Promise<Secured> {
    return await this.#alone(() => upgrade(this.#talk, signal))
  }

  /** Logs in to a smart host. */
  async logIn(credentials: Credentials, signal: AbortSignal): Promise<LoggedIn> {
    return await this.#alone(() => logIn(this.#talk, credentials, signal))
  }

  /**
   * Sends one message and says for each recipient what became of it. Afterwards the connection is as `Sent.connection` says.
   *
   * @throws what `content.open` throws: then the connection is closed, and nobody has the message.
   * @throws {Error} when `connection` is not `ready`, or another call is under way.
   */
  async send(outgoing: Outgoing, signal: AbortSignal): Promise<Sent> {
    if (this.connection !== 'ready') throw new Error(`the connection is ${this.connection}`)
    const talk = this.#talk
    const dsn = talk.offered.dsn ? 'passed' : 'dropped'
    const ledger = new Ledger(obstaclesOf(outgoing, talk.offered, talk.wire.tls !== null))
    if (ledger.open().length > 0) await this.#alone(() => transact(talk, outgoing, ledger, signal))
    return { fates: ledger.fates(), connection: this.connection, dsn }
  }

  /**
   * Asks whether the server takes mail for an address, without sending any: MAIL with the null sender, RCPT, RSET. The reply to RCPT, or the one
   * that MAIL was refused with; null when the connection was lost.
   *
   * @throws {Error} when `connection` is not `ready`, or another call is under way.
   */
  async verify(to: Address, signal: AbortSignal): Promise<{ readonly to: 'mail' | 'rcpt'; readonly reply: Reply } | null> {
    if (this.connection !== 'ready') throw new Error(`the connection is ${this.connection}`)
    const talk = this.#talk
    talk.mails += 1
    talk.needsReset = true // RSET goes before whatever comes next.
    return await this.#alone(async () => {
      for (const [stage, command] of [['mail', 'MAIL FROM:<>'], ['rcpt', `RCPT TO:<${to.text}>`]] as const) {
        talk.say(command)
        const heard = await talk.hear(talk.options.deadlines.rcptMs, signal)
        if (heard.kind === 'lost') return null
        if (stage === 'rcpt' || heard.reply.code >= 400) return { to: stage, reply: heard.reply }
      }
      return null
    })
  }

  /** Says goodbye and closes. Waits a few seconds at most, and what the server answers does not matter. RFC 5321 §4.1.1.10. */
  async quit(signal: AbortSignal): Promise<void> {
    const talk = this.#talk
    if (talk.state === 'closed') return
    await this.#alone(async () => {
      talk.say('QUIT')
      await talk.hear(talk.options.deadlines.quitMs, signal)
      talk.hangUp()
    })
  }

  /** Closes without a word: for a server whose certificate did not please, and at the end of patience. */
  close(): void {
    this.#talk.hangUp()
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy) throw new Error('one call at a time')
    this.#busy = true
    try {
      return await work()
    } finally {
      this.#busy = false
    }
  }
}

/** One transaction, until every recipient has a fate. */
async function transact(talk: Talk, outgoing: Outgoing, ledger: Ledger, signal: AbortSignal): Promise<void> {
  const { content } = outgoing
  const framing = goesInChunks(outgoing, talk.offered) ? 'chunks' : 'data'
  talk.mails += 1
  let done = false
  try {
    if (talk.wire.waiting > 0) await hearUnasked(talk, ledger, signal)
    else if (await sendEnvelope(talk, outgoing, ledger, framing, signal)) {
      const send = framing === 'chunks' ? sendChunks : sendData
      if ((await send(talk, content, ledger, signal)) === 'sent') await hearFinal(talk, ledger, signal)
    }
    done = true
  } finally {
    // The source failed: without the end of the message the server throws away what it got.
    if (!done) talk.hangUp()
  }
}

/**
 * The server said something between two messages: a farewell, as a rule. Anything else would be taken for the reply to MAIL, and
 * every reply after it for another one. All are settled.
 */
async function hearUnasked(talk: Talk, ledger: Ledger, signal: AbortSignal): Promise<void> {
  const heard = await talk.hear(talk.options.deadlines.mailMs, signal)
  if (heard.kind === 'reply' && heard.reply.code === 421) ledger.refuse('mail', heard.reply)
  else ledger.lose('mail', heard.kind === 'lost' ? heard.how : 'broken-reply')
  talk.hangUp()
}

/** BDAT where it is needed or worth it: binary or 8-bit content needs no dots looked for, and large content can be refused between chunks. */
function goesInChunks({ content }: Outgoing, offered: Capabilities): boolean {
  return offered.chunking && (content.body !== '7BIT' || content.sizeBytes > CHUNKING_BYTES)
}

/** The reply to the message; over LMTP one for each accepted recipient, in order. RFC 5321 §4.2.5, RFC 2033 §4.2. */
async function hearFinal(talk: Talk, ledger: Ledger, signal: AbortSignal): Promise<void> {
  const { flavour, deadlines } = talk.options
  const groups = flavour === 'lmtp' ? ledger.accepted.map((index) => [index]) : [ledger.accepted]
  for (const group of groups) {
    const heard = await talk.hear(deadlines.finalMs, signal)
    if (heard.kind === 'lost') return ledger.doubt(heard.how)
    const { reply } = heard
    const meant = meaning(reply, 2)
    if (meant === 'broken') {
      talk.lose('broken-reply')
      return ledger.doubt('broken-reply')
    }
    for (const index of group) ledger.settle(index, meant === 'yes' ? { kind: 'delivered', stage: 'final', reply } : refusedBy('final', reply))
    // RFC 2033 §4.2: what a server that closes says of one recipient says nothing of the next.
    if (reply.code === 421) return ledger.doubt('end')
    talk.needsReset = meant !== 'yes'
  }
}

import type { Wire } from '../../../base/wire.ts'
import type { Reply } from '../reply.ts'
import { type Capabilities, NO_CAPABILITIES } from './capabilities.ts'
import type { LostHow } from './fate.ts'
import { type Deadlines, MAX_LINE_BYTES, NEXT_LINE_MS } from './limits.ts'
import { ReplyReader } from './reply-reader.ts'
import type { Transcript } from './transcript.ts'

/** What waiting for a reply came to. */
export type Heard = { readonly kind: 'reply'; readonly reply: Reply } | { readonly kind: 'lost'; readonly how: LostHow }

/** What a connection is given. */
export interface ClientOptions {
  readonly flavour: 'smtp' | 'lmtp'
  /** Our name in EHLO: a host name that leads back to our address, or an address literal. RFC 5321 §4.1.1.1. */
  readonly name: string
  readonly deadlines: Deadlines
  readonly transcript: Transcript
}

/**
 * One connection, as the parts of the client share it: what is known of the server, and saying and hearing. Whoever hears that
 * the connection is lost, or 421, hangs up; after that nothing is said.
 */
export class Talk {
  readonly wire: Wire
  readonly options: ClientOptions
  readonly #reader = new ReplyReader()
  offered: Capabilities = NO_CAPABILITIES
  /** `fresh`: not greeted, or not since TLS came up. */
  state: 'fresh' | 'ready' | 'closed' = 'fresh'
  loggedIn = false
  /** The last transaction was left open: RSET goes before the next one. */
  needsReset = false
  /** Transactions begun. */
  mails = 0

  constructor(wire: Wire, options: ClientOptions) {
    this.wire = wire
    this.options = options
  }

  /** Queues a command. It leaves with the next `hear`. `shown` takes its place in the transcript. */
  say(command: string, shown: string = command): void {
    if (/[\r\n]/.test(command)) throw new Error('a command is one line')
    this.options.transcript.said(shown)
    this.wire.write(`${command}\r\n`)
  }

  /** The next reply. After 421, and when there is none, the connection is closed. RFC 5321 §3.8: 421 may come at any time. */
  async hear(withinMs: number, signal: AbortSignal): Promise<Heard> {
    for (let waitMs = withinMs; ; waitMs = Math.min(withinMs, NEXT_LINE_MS)) {
      const line = await this.wire.line(MAX_LINE_BYTES, waitMs, signal)
      if (line.kind !== 'line') return this.lose(line.kind === 'too-long' ? 'broken-reply' : line.kind)
      const read = this.#reader.push(line.bytes)
      if (read === 'more') continue
      if (read === 'broken') return this.lose('broken-reply')
      this.options.transcript.heard(read)
      if (read.code === 421) this.hangUp()
      return { kind: 'reply', reply: read }
    }
  }

  /** The connection is of no more use: what comes next on it cannot be understood, or nothing comes. */
  lose(how: LostHow): Heard {
    if (this.state !== 'closed') this.options.transcript.note(LOSS[how])
    this.hangUp()
    return { kind: 'lost', how }
  }

  /** Ends the connection without another word. */
  hangUp(): void {
    this.state = 'closed'
    this.wire.end()
  }
}

const LOSS: Readonly<Record<LostHow, string>> = {
  end: 'The server closed the connection',
  timeout: 'The server was silent for too long',
  'broken-reply': 'The server said what is no reply',
  aborted: 'We stopped waiting',
}

import type { ImapStore } from '../backend.ts'
import { bad, command, done, no, type Tagged } from '../command.ts'
import { scanDateTime } from '../date.ts'
import { type Flags, scanFlagList } from '../flags.ts'
import { AUTOLOGOUT_MS, LITERAL_WITHIN_MS, MAX_DISCARD, MAX_LINE } from '../limits.ts'
import { discard, literalAtEnd, type LiteralHeader } from '../reader.ts'
import { refusalOfTarget } from '../refusal.ts'
import type { Scanner } from '../scanner.ts'
import type { Session } from '../session.ts'

interface AppendArgs extends Flags {
  readonly path: string
  readonly internalDateMs: number | null
  readonly literal: LiteralHeader
  /** What must follow the literal: `)` of `UTF8 (~{...}...)`. RFC 9755 §4. */
  readonly tail: ')' | ''
}

/** Why the bytes of a literal ended before their time. */
class Cut extends Error {
  override readonly name = 'Cut'
}

/** APPEND of one message, streamed into the store. RFC 9051 §6.3.12, RFC 7889 for the limit, which is told before the bytes come. */
export const append = command({
  verb: 'APPEND',
  when: 'authenticated',
  news: 'all',
  parse: scanAppend,
  async run(session, args, { store }): Promise<Tagged> {
    const refused = await unwelcome(store, args)
    if (refused !== null) {
      if (args.literal.waits === 'sends') await dropMessage(session, args.literal.sizeBytes)
      return refused
    }
    if (args.literal.waits === 'waits') {
      session.out.text('+ Go on\r\n')
      session.out.spill()
    }
    return await take(session, store, args)
  },
})

/** What can be said before any byte has come; null when the message may come. */
async function unwelcome(store: ImapStore, { path, literal }: AppendArgs): Promise<Tagged | null> {
  if (literal.sizeBytes > store.appendLimit) return no(`A message may have ${store.appendLimit} octets`, 'TOOBIG')
  if (literal.sizeBytes === 0) return no('The message is empty')
  if ((await store.mailbox(path)) === null) return refusalOfTarget({ kind: 'refused', why: 'no-such-mailbox' })
  return null
}

async function take(session: Session, store: ImapStore, args: AppendArgs): Promise<Tagged> {
  const message = new Incoming(session, args)
  try {
    const { path, flags, keywords, internalDateMs } = args
    const sizeBytes = args.literal.sizeBytes
    const appended = await store.append({ path, flags, keywords, internalDateMs, sizeBytes, source: message.bytes() }, session.signal)
    if (appended.kind === 'done') return done('Appended', `APPENDUID ${appended.uidvalidity} ${appended.uid}`)
    return refusalOfTarget(appended)
  } catch (error) {
    if (message.fault !== null) return bad(message.fault)
    throw error
  } finally {
    if (message.fault === null && message.left > 0) await dropMessage(session, message.left)
  }
}

/** The message on its way in. The line it ends is read with it, so that a broken command leaves nothing in the store. */
class Incoming {
  /** Octets that have not been taken; 0 only when the command's last line was read, too. */
  left: number
  /** What the client did wrong, or that it went away. */
  fault: string | null = null
  readonly #session: Session
  readonly #tail: string
  #ended = false

  constructor(session: Session, { literal, tail }: AppendArgs) {
    this.#session = session
    this.left = literal.sizeBytes
    this.#tail = tail
  }

  async *bytes(): AsyncGenerator<Uint8Array> {
    const { wire, signal } = this.#session
    while (this.left > 0) {
      const taken = await wire.take(Math.min(this.left, 65_536), LITERAL_WITHIN_MS, signal)
      if (taken.kind !== 'bytes') throw this.#fail('The message was cut off')
      this.left -= taken.bytes.length
      if (this.left === 0) yield* this.#last(taken.bytes)
      else yield taken.bytes
    }
  }

  /** Reading the last line may move the buffer that `bytes` views: it is copied before. */
  async *#last(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    const copy = bytes.slice()
    this.#ended = true
    const line = await this.#session.wire.line(MAX_LINE, AUTOLOGOUT_MS, this.#session.signal)
    if (line.kind !== 'line') throw this.#fail('The message was cut off')
    const text = Buffer.from(line.bytes).toString('latin1')
    if (text !== this.#tail) {
      const more = literalAtEnd(text)
      if (more !== null && more.waits === 'sends') await dropMessage(this.#session, more.sizeBytes)
      throw this.#fail('APPEND: unexpected text after the message')
    }
    yield copy
  }

  #fail(fault: string): Cut {
    this.fault = fault
    if (!this.#ended) this.#session.doomed = fault
    return new Cut(fault)
  }
}

/** Drops what is left of a message and the end of its line, to be in step again; or ends the connection when that is too much. */
async function dropMessage(session: Session, left: number): Promise<void> {
  if (left > MAX_DISCARD) {
    session.doomed = 'The message is too large to be passed over'
    return
  }
  const ended = await discard(session.wire, left, session.signal)
  if (ended === null) await session.wire.line(MAX_LINE, AUTOLOGOUT_MS, session.signal)
}

function scanAppend(s: Scanner): AppendArgs {
  s.need(' ')
  const path = s.mailbox()
  s.need(' ')
  const flags = s.sees('(') ? scanFlagList(s) : { flags: 0, keywords: [] }
  if (s.text.charAt(s.at - 1) === ')') s.need(' ')
  const internalDateMs = s.sees('"') ? scanDateTime(s) : null
  if (internalDateMs !== null) s.need(' ')
  const tail = s.skip('UTF8 (') ? ')' : ''
  const header = s.take(/~?\{\d{1,15}\+?\}\r\n/y, 'a message as a literal').slice(0, -2)
  const literal = literalAtEnd(header) ?? { sizeBytes: 0, waits: 'waits', binary: 'literal' }
  return { path, ...flags, internalDateMs, literal, tail }
}

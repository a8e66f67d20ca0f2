import type { Flavour } from '../../src/proto/smtp/server/backend.ts'
import { type SmtpConfig, smtpConfig } from '../../src/proto/smtp/server/config.ts'
import { GatherBudget } from '../../src/proto/smtp/server/gather-budget.ts'
import { serveSmtp } from '../../src/proto/smtp/server/session.ts'
import { MemorySmtp } from './memory-smtp.ts'
import { MemoryWire, type MemoryWireOptions } from './memory-wire.ts'

/** An SMTP session that a test drives by hand. */
export interface SmtpTalk {
  readonly house: MemorySmtp
  readonly wire: MemoryWire
  readonly gather: GatherBudget
  /** Resolves when the session has ended. */
  readonly session: Promise<void>
  /** Asks the session to end, as a stopping server does. */
  readonly drain: () => void
}

/** What may differ from an ordinary mx listener. */
export interface SmtpTalkOptions extends MemoryWireOptions {
  readonly flavour?: Flavour
  readonly config?: Partial<SmtpConfig>
  readonly house?: MemorySmtp
}

/** Begins a session with a house in memory. */
export function startSmtp({ flavour = 'mx', config: own = {}, house = new MemorySmtp(), ...wireOptions }: SmtpTalkOptions = {}): SmtpTalk {
  const gather = own.gather ?? new GatherBudget(1024 * 1024)
  const config = smtpConfig({
    hostname: 'mx.home.example',
    gather,
    clock: { nowMs: () => 0 },
    onError: (error) => house.errors.push(error),
    ...own,
  })
  const wire = new MemoryWire(wireOptions)
  const controller = new AbortController()
  const session = serveSmtp(wire, flavour, house.backend(), config, controller.signal)
  return { house, wire, gather, session, drain: () => controller.abort() }
}

/** Says `pieces` one by one, each after the session has dealt with the one before; hangs up, and gives all that was heard. */
export async function playSmtp(
  pieces: Iterable<Uint8Array>,
  options: SmtpTalkOptions = {},
): Promise<SmtpTalk & { readonly heard: string }> {
  const talk = startSmtp(options)
  for (const piece of pieces) {
    talk.wire.say(piece)
    await turnOfTheLoop()
  }
  talk.wire.hangUp()
  await talk.session
  return { ...talk, heard: await talk.wire.hear() }
}

/** Lets everything run that can run without new input. */
export function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** Text (Latin-1) cut into pieces of the given sizes, which repeat. */
export function* cut(text: string, sizes: readonly number[]): Generator<Uint8Array> {
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    yield new Uint8Array(bytes.subarray(at, at + size))
    at += size
  }
}

import type { Wire } from '../../base/wire.ts'
import { DotStuffer } from './dot-stuffer.ts'
import { FLUSH_BYTES, LISTING_LINES, STALLED_MS } from './limits.ts'
import type { Talk, Turn } from './turn.ts'

/** Writes a turn; false when the peer is gone, or a body broke off and the connection has to end with it. */
export async function say<Identity>(turn: Turn, talk: Talk<Identity>): Promise<boolean> {
  if (turn.reply !== undefined) talk.wire.write(`${turn.reply}\r\n`)
  if (turn.lines !== undefined) return await sayLines(turn.lines, talk)
  if (turn.body !== undefined) return await sayBody(turn.body, talk)
  return true
}

/** Lines of our own making: none begins with a dot. */
async function sayLines<Identity>(lines: Iterable<string>, { wire, signal }: Talk<Identity>): Promise<boolean> {
  const flow = new Flow(wire, signal)
  let batch: string[] = []
  for (const line of lines) {
    batch.push(line)
    if (batch.length < LISTING_LINES) continue
    if (!(await flow.write(`${batch.join('\r\n')}\r\n`))) return false
    batch = []
  }
  batch.push('.')
  return await flow.write(`${batch.join('\r\n')}\r\n`)
}

async function sayBody<Identity>(body: AsyncIterable<Uint8Array>, { wire, config, signal }: Talk<Identity>): Promise<boolean> {
  const flow = new Flow(wire, signal)
  const stuffer = new DotStuffer()
  try {
    for await (const chunk of body) {
      if (!(await flow.write(stuffer.stuff(chunk)))) return false
    }
  } catch (error) {
    // Half a message has been sent: only a broken connection tells the client so.
    config.log.error('pop3.body_broke', { error })
    return false
  }
  return await flow.write(stuffer.end())
}

/** Writes that wait for a slow peer now and then, and not at every small message. */
class Flow {
  readonly #wire: Wire
  readonly #signal: AbortSignal
  #unflushed = 0

  constructor(wire: Wire, signal: AbortSignal) {
    this.#wire = wire
    this.#signal = signal
  }

  async write(data: string | Uint8Array): Promise<boolean> {
    this.#wire.write(data)
    this.#unflushed += data.length
    if (this.#unflushed < FLUSH_BYTES) return true
    this.#unflushed = 0
    return await this.#wire.flush(STALLED_MS, this.#signal)
  }
}

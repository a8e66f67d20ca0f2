import type { Demo } from '../support/server.ts'
import { Disconnected } from '../support/line-socket.ts'
import { SmtpClient } from '../support/smtp-client.ts'

/** Sessions that deliver at once. */
const SESSIONS = 20

/** A message larger than 32 KiB goes into a segment. */
const LARGE_BYTES = 40 * 1024

/** Mail that is being delivered to budi by 20 connections until it is stopped. Each message has a name of its own. */
export class Load {
  /** Names of messages that were answered 250. */
  readonly accepted = new Set<string>()
  /** Names of messages whose final dot was sent: they may be there without a 250 having come. */
  readonly offered = new Set<string>()
  /** Replies that were neither 250 nor 4xx: there should be none. */
  readonly surprises: string[] = []
  /** 4xx replies: the server said that it cannot now. */
  readonly deferredTexts: string[] = []
  readonly #prefix: string
  readonly #largeEvery: number
  #stopped = false
  #next = 0
  readonly #sessions: Promise<void>[]
  #changed: () => void = () => {}

  /** `largeEvery`: of so many messages one is large. */
  constructor(demo: Demo, prefix: string, { largeEvery = 10 }: { readonly largeEvery?: number } = {}) {
    this.#prefix = prefix
    this.#largeEvery = largeEvery
    this.#sessions = Array.from({ length: SESSIONS }, () => this.#deliver(demo))
  }

  /** Waits until so many messages were accepted in all. Throws when the sessions ended before. */
  async reach(accepted: number): Promise<void> {
    await this.#until(() => this.accepted.size >= accepted)
  }

  /** Waits until so many messages were put off with a 4xx. Throws when the sessions ended before. */
  async untilDeferred(count: number): Promise<void> {
    await this.#until(() => this.deferredTexts.length >= count)
  }

  async #until(isSo: () => boolean): Promise<void> {
    const ended = Promise.all(this.#sessions).then(() => 'ended' as const)
    while (!isSo()) {
      const more = new Promise<'more'>((resolve) => (this.#changed = () => resolve('more')))
      if ((await Promise.race([more, ended])) === 'ended') throw new Error(`the load ended at ${this.accepted.size} messages`)
    }
  }

  /** Begins no more messages, and waits until the sessions have ended. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#sessions)
  }

  /** One connection after another, until nobody listens any more. */
  async #deliver(demo: Demo): Promise<void> {
    while (!this.#stopped) {
      try {
        using client = await SmtpClient.open({ port: demo.ports.smtp })
        await client.command('EHLO client.example')
        for (let sent = 0; sent < 900 && !this.#stopped; sent++) await this.#one(client)
      } catch (error) {
        if (!(error instanceof Disconnected)) throw error
        if (demo.child.exitCode !== null || demo.child.signalCode !== null) return
      }
    }
  }

  async #one(client: SmtpClient): Promise<void> {
    const number = this.#next++
    const name = `${this.#prefix}-${number}`
    const filler = number % this.#largeEvery === 0 ? `${'x'.repeat(76)}\r\n`.repeat(LARGE_BYTES / 78) : ''
    const data = `From: <load@source.example>\r\nTo: <budi@merpati.test>\r\nSubject: ${name}\r\nMessage-ID: <${name}@source.example>\r\n\r\nBody.\r\n${filler}`
    this.offered.add(name)
    const reply = await client.send({ from: 'load@source.example', to: ['budi@merpati.test'], data })
    if (reply.code === 250) this.accepted.add(name)
    else if (reply.code >= 400 && reply.code < 500) this.deferredTexts.push(reply.text)
    else this.surprises.push(reply.text)
    this.#changed()
  }
}

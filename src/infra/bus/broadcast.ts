import { BroadcastChannel } from 'node:worker_threads'
import type { Bus, Hear, Hint, Hints } from './bus.ts'
import { SPACING_MS } from './limits.ts'
import { Outbox } from './outbox.ts'
import { Subscribers } from './subscribers.ts'

/**
 * The bus of one process: all threads that open the same channel name hear each other. What a thread publishes in one turn of
 * its event loop goes out as one message, and what it publishes soon after that waits for the next. It keeps no process alive.
 */
export class BroadcastBus implements Bus {
  readonly #channel: BroadcastChannel
  readonly #subscribers = new Subscribers()
  readonly #outbox = new Outbox()
  #tap: ((hints: Hints) => void) | null = null
  #closed = false
  #sentMs = -SPACING_MS

  constructor(name = 'merpati') {
    this.#channel = new BroadcastChannel(name)
    this.#channel.onmessage = (event: unknown) => this.#arrived((event as { readonly data: Hints }).data)
    this.#channel.unref()
  }

  publish(topic: string, hint: Hint): void {
    if (this.#closed) return
    if (this.#outbox.size === 0) this.#schedule()
    this.#outbox.add(topic, hint)
  }

  subscribe(topic: string, hear: Hear): () => void {
    return this.#subscribers.add(topic, hear)
  }

  /** Hears everything this process publishes, to carry it to other nodes. One tap at a time. */
  tap(hear: (hints: Hints) => void): () => void {
    if (this.#tap !== null) throw new Error('the bus has a tap already')
    this.#tap = hear
    return () => {
      this.#tap = null
    }
  }

  /** Tells every thread of this process what came from another node. The tap does not hear it. */
  relay(hints: Hints): void {
    if (this.#closed || hints.length === 0) return
    this.#channel.postMessage(hints)
    this.#subscribers.tell(hints)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return
    this.#send()
    this.#closed = true
    this.#channel.close()
  }

  #schedule(): void {
    const waitMs = this.#sentMs + SPACING_MS - performance.now()
    if (waitMs <= 0) setImmediate(() => this.#send())
    else setTimeout(() => this.#send(), waitMs)
  }

  #send(): void {
    if (this.#closed) return
    const hints = this.#outbox.empty()
    if (hints.length === 0) return
    this.#sentMs = performance.now()
    this.#channel.postMessage(hints)
    this.#subscribers.tell(hints)
    this.#tap?.(hints)
  }

  #arrived(hints: Hints): void {
    this.#subscribers.tell(hints)
    this.#tap?.(hints)
  }
}

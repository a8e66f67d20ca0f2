import type { Wire } from '../../base/wire.ts'
import { FLUSH_EVERY, GATHER, SEND_WITHIN_MS } from './limits.ts'

/**
 * The way out: gathers response text, hands it to the wire in pieces of some size, and waits for a slow peer. Long answers call
 * `relieve` between their parts and stop when `gone`.
 */
export class Output {
  readonly #wire: Wire
  readonly #signal: AbortSignal
  #text = ''
  #unflushed = 0
  #gone = false

  constructor(wire: Wire, signal: AbortSignal) {
    this.#wire = wire
    this.#signal = signal
  }

  /** True when the peer is gone, or takes nothing: whatever is written from now on is lost. */
  get gone(): boolean {
    return this.#gone
  }

  /** Adds text in wire form. It goes out as UTF-8. */
  text(text: string): void {
    this.#text += text
    if (this.#text.length > GATHER) this.spill()
  }

  /** Adds bytes. They must stay as they are only during the call when the wire copies, else until they are sent: give fresh ones. */
  bytes(bytes: Uint8Array): void {
    this.spill()
    this.#wire.write(bytes)
    this.#unflushed += bytes.length
  }

  /** Hands gathered text to the wire. */
  spill(): void {
    if (this.#text === '') return
    this.#wire.write(this.#text)
    this.#unflushed += this.#text.length
    this.#text = ''
  }

  /** Waits for the peer when much is on its way. Costs nothing else. */
  relieve(): Promise<void> | null {
    return this.#unflushed < FLUSH_EVERY ? null : this.flush()
  }

  /** Sends everything and waits until the peer has taken enough of it. */
  async flush(): Promise<void> {
    this.spill()
    this.#unflushed = 0
    if (!this.#gone) this.#gone = !(await this.#wire.flush(SEND_WITHIN_MS, this.#signal))
  }
}

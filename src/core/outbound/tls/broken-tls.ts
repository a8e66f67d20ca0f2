/** How long a server whose TLS broke is spoken to in the clear where nobody asks for more. deliverability §2.5. */
const BROKEN_MS = 3 * 24 * 3_600_000

/** Servers remembered; the oldest is forgotten first. */
const MAX_SERVERS = 5_000

/** Servers that offer TLS and cannot do it: trying it each time would cost a connection a message. In memory only. */
export class BrokenTls {
  readonly #untilMs = new Map<string, number>()

  /** Notes that TLS did not come up at an address. */
  add(address: string, nowMs: number): void {
    this.#untilMs.delete(address)
    if (this.#untilMs.size >= MAX_SERVERS) for (const [oldest] of this.#untilMs) if (this.#untilMs.delete(oldest)) break
    this.#untilMs.set(address, nowMs + BROKEN_MS)
  }

  /** Whether TLS broke there not long ago. */
  has(address: string, nowMs: number): boolean {
    const untilMs = this.#untilMs.get(address)
    if (untilMs === undefined) return false
    if (untilMs > nowMs) return true
    this.#untilMs.delete(address)
    return false
  }
}

/** Ends a piece of work early. The reason says whether time ran out or nobody waits any more. */
export const DEADLINE = Symbol('deadline')

/** Work under way, and who waits for it. */
interface Flight {
  readonly result: Promise<unknown>
  readonly stop: AbortController
  waiters: number
}

/**
 * Does equal work once, however many ask for it at the same time. The work ends early when its time runs out, or when everybody who
 * waits has left.
 */
export class Flights {
  readonly #flights = new Map<string, Flight>()

  /** How many pieces of work are under way. */
  get size(): number {
    return this.#flights.size
  }

  /**
   * Waits for the work called `key`, which `work` begins when nobody has yet; the key must say all that the work depends on.
   * `work` gets a signal that aborts with `DEADLINE` after `withinMs`. Null when `signal` aborts first.
   */
  async join<T>(key: string, withinMs: number, work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T | null> {
    if (signal.aborted) return null
    const flight = this.#flights.get(key) ?? this.#begin(key, withinMs, work)
    flight.waiters++
    let onAbort = (): void => {}
    const left = new Promise<null>((resolve) => {
      onAbort = (): void => resolve(null)
      signal.addEventListener('abort', onAbort, { once: true })
    })
    try {
      return await Promise.race([flight.result as Promise<T>, left]) // The key stands for the type.
    } finally {
      signal.removeEventListener('abort', onAbort)
      flight.waiters--
      if (flight.waiters === 0) this.#end(key, flight)
    }
  }

  /** Ends all work. Who waits gets what the work makes of its signal. */
  stop(): void {
    for (const { stop } of this.#flights.values()) stop.abort()
  }

  #begin(key: string, withinMs: number, work: (signal: AbortSignal) => Promise<unknown>): Flight {
    const stop = new AbortController()
    const timer = setTimeout(() => stop.abort(DEADLINE), withinMs).unref()
    const result = work(stop.signal).finally(() => {
      clearTimeout(timer)
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    })
    const flight: Flight = { result, stop, waiters: 0 }
    this.#flights.set(key, flight)
    return flight
  }

  /** Nobody waits: whoever comes now begins anew instead of getting what was broken off. */
  #end(key: string, flight: Flight): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key)
    flight.stop.abort()
  }
}

/** How a request for a place ended. */
export type Admitted = 'in' | 'full' | 'aborted'

/** Lets so many in at a time and has the others wait, in their order. */
export class Gate {
  readonly #places: number
  readonly #maxWaiting: number
  readonly #waiting = new Set<() => void>()
  #inside = 0

  constructor(places: number, maxWaiting: number) {
    this.#places = places
    this.#maxWaiting = maxWaiting
  }

  /** Waits for a place. Whoever got `in` must `leave`. */
  async enter(signal: AbortSignal): Promise<Admitted> {
    if (signal.aborted) return 'aborted'
    if (this.#inside < this.#places) {
      this.#inside++
      return 'in'
    }
    if (this.#waiting.size >= this.#maxWaiting) return 'full'
    return await new Promise((resolve) => {
      const onAbort = (): void => {
        this.#waiting.delete(admit)
        resolve('aborted')
      }
      const admit = (): void => {
        signal.removeEventListener('abort', onAbort)
        resolve('in')
      }
      this.#waiting.add(admit)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** Gives a place back: to whoever has waited longest, or to nobody. */
  leave(): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#inside--
      return
    }
    this.#waiting.delete(next)
    next()
  }
}

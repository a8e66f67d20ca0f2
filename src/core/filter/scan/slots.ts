/** Lets a bounded number of things happen at a time; the others wait in order, and not too many of them. */
export class Slots {
  readonly #limit: number
  readonly #mayWait: number
  #taken = 0
  readonly #waiting: (() => void)[] = []

  constructor(limit: number, mayWait: number) {
    this.#limit = limit
    this.#mayWait = mayWait
  }

  /** Takes a slot, to be given back with `free`. False when too many wait already, or `signal` aborts first. */
  async take(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false
    if (this.#taken < this.#limit) {
      this.#taken += 1
      return true
    }
    if (this.#waiting.length >= this.#mayWait) return false
    return await new Promise((resolve) => {
      const go = (): void => {
        signal.removeEventListener('abort', leave)
        resolve(true)
      }
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1)
        resolve(false)
      }
      signal.addEventListener('abort', leave, { once: true })
      this.#waiting.push(go)
    })
  }

  /** Gives a slot back; whoever waits longest has it now. */
  free(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#taken -= 1
    else next()
  }
}

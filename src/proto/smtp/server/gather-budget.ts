/** Memory that the sessions of one worker share for messages they gather. When it is used up, messages are streamed instead. */
export class GatherBudget {
  readonly #limitBytes: number
  #usedBytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /** Bytes taken and not given back. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  /** Takes `bytes` if they are there; else changes nothing and says false. */
  take(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.#limitBytes) return false
    this.#usedBytes += bytes
    return true
  }

  /** Gives back what `take` gave. */
  give(bytes: number): void {
    this.#usedBytes -= bytes
  }
}

/** What was made of messages, the newest of it: a message to many domains is signed once, and not again when it is tried again. */
export class Kept<T> {
  readonly #most: number
  readonly #made = new Map<string, T>()

  constructor(most: number) {
    this.#most = most
  }

  /** What is kept under a key; made, and kept, when nothing is. What fails is not kept. */
  async of(key: string, make: () => Promise<T>): Promise<T> {
    const kept = this.#made.get(key)
    if (kept !== undefined) return kept
    const made = await make()
    this.#made.set(key, made)
    const [oldest] = this.#made.keys()
    if (this.#made.size > this.#most && oldest !== undefined) this.#made.delete(oldest)
    return made
  }
}

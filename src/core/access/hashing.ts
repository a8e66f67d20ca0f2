import { fail, ok, type Result } from '../../base/result.ts'

/** How many hashes may run and wait. */
export interface HashingLimits {
  readonly running: number
  readonly waiting: number
}

/**
 * Lets few slow hashes run at a time and few more wait, so that a storm of logins costs bounded memory and leaves the other threads of
 * the process to mail. First come, first served.
 */
export class Hashing {
  readonly #limits: HashingLimits
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(limits: HashingLimits) {
    this.#limits = limits
  }

  /** Hashes running and waiting now. */
  get load(): number {
    return this.#running + this.#waiting.length
  }

  /** Runs `hash` when it is its turn; `busy` at once when too many wait already. */
  async run<T>(hash: () => Promise<T>): Promise<Result<T, 'busy'>> {
    if (this.#running >= this.#limits.running) {
      if (this.#waiting.length >= this.#limits.waiting) return fail('busy')
      // The one that ends hands its place over: `#running` stays as it is.
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else {
      this.#running += 1
    }
    try {
      return ok(await hash())
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }
}

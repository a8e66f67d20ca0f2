import type { Log } from './log.ts'

/** Owns promises that nobody awaits: each is logged when it fails, and `settled` waits for all of them. */
export class TaskGroup {
  readonly #log: Log
  readonly #running = new Set<Promise<void>>()

  constructor(log: Log) {
    this.#log = log
  }

  /** How many tasks have not ended yet. */
  get size(): number {
    return this.#running.size
  }

  /** Takes charge of `task`. A failure becomes one `error` line named `event`, and nothing else. */
  add(event: string, task: Promise<unknown>): void {
    const watched: Promise<void> = task.then(
      () => {
        this.#running.delete(watched)
      },
      (error: unknown) => {
        this.#running.delete(watched)
        this.#log.error(event, { error })
      },
    )
    this.#running.add(watched)
  }

  /** Resolves when every task added so far has ended. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }
}

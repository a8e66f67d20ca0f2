/** What pacing looks at. */
export interface PaceOptions {
  /** The number of the newest event; 0 when there is none. */
  readonly newest: () => Promise<number>
}

/** New events between two looks from which on mail is coming in so fast that work off its road waits: a reader's looks are a second apart. */
const BUSY_EVENTS = 100

/** Looks after which it is done all the same, so that the index is never further behind than this. */
const MAX_SKIPPED = 10

/**
 * Puts work off while mail is coming in fast: what makes the index of the trace would take its time from those who wait for their 250. Bounded, so that it
 * catches up under any load; whoever asks for a trace fills the index first.
 */
export class Pace {
  readonly #options: PaceOptions
  /** At the last look; null before the first, which is due: what gathered before the start has waited enough. */
  #newest: number | null = null
  #skipped = 0

  constructor(options: PaceOptions) {
    this.#options = options
  }

  /** Asked at every look: is it time? */
  async isDue(): Promise<boolean> {
    const newest = await this.#options.newest()
    const isBusy = this.#newest !== null && newest - this.#newest >= BUSY_EVENTS
    this.#newest = newest
    if (isBusy && this.#skipped < MAX_SKIPPED) {
      this.#skipped += 1
      return false
    }
    this.#skipped = 0
    return true
  }
}

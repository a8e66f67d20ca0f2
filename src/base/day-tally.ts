import type { Clock } from './clock.ts'

const DAY_MS = 24 * 3_600_000

/** Something that happened on a day, and how often. */
export interface CountedNote<T> {
  /** In UTC: `2026-01-31`. */
  readonly day: string
  readonly note: T
  readonly count: number
}

/** What a tally is made of. */
export interface DayTallyOptions<T> {
  /** What makes two notes the same. */
  readonly keyOf: (note: T) => unknown
  readonly write: (counted: readonly CountedNote<T>[]) => Promise<unknown>
  /** Told when counts could not be written: they are lost. */
  readonly lost: (error: unknown) => void
  readonly clock: Clock
  /** Different notes that wait to be written down; what is more is written at once. */
  readonly most: number
}

/** Counts what happens, by day, for reports: a write for many. A crash loses what was counted since the last `flush`. */
export class DayTally<T> {
  readonly #options: DayTallyOptions<T>
  #waiting = new Map<string, { readonly day: string; readonly note: T; count: number }>()
  #flushing: Promise<void> = Promise.resolve()

  constructor(options: DayTallyOptions<T>) {
    this.#options = options
  }

  /** Counts one, on today's date in UTC. */
  add(note: T): void {
    const { clock, keyOf, most } = this.#options
    const day = dayOf(clock.nowMs())
    const key = JSON.stringify([day, keyOf(note)])
    const known = this.#waiting.get(key)
    if (known === undefined) this.#waiting.set(key, { day, note, count: 1 })
    else known.count += 1
    if (this.#waiting.size >= most) void this.flush()
  }

  /** Writes down what was counted. What cannot be written now is lost: the report says a little less. Never rejects. */
  flush(): Promise<void> {
    const counted = [...this.#waiting.values()]
    this.#waiting = new Map()
    if (counted.length === 0) return this.#flushing
    const written = this.#options.write(counted).then(() => {}, this.#options.lost)
    this.#flushing = this.#flushing.then(() => written)
    return this.#flushing
  }
}

/** The date of a time in UTC: `2026-01-31`. */
export function dayOf(ms: number): string {
  return new Date(Math.floor(ms / DAY_MS) * DAY_MS).toISOString().slice(0, 10)
}

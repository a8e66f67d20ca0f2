import type { Clock } from '../../base/clock.ts'
import { SECOND_MS } from '../../base/duration.ts'
import type { Event, Position } from './event.ts'

/** Reads at most `limit` events after a position, in commit order. */
export type ReadEvents = (position: Position, limit: number) => Promise<readonly Event[]>

/** Events kept at most: what a busy second appends. */
const MAX_EVENTS = 4_000

/**
 * How long events are kept. Readers look once a second, all at about the same time. An erasure goes through its places again after two seconds
 * (decision 012), so nobody writes down after that what was read here before it.
 */
const KEPT_MS = SECOND_MS

/**
 * The end of the log as it was read a moment ago, for readers that follow it side by side in one thread: the first of them reads an event, and the others are given
 * the same one, with its data taken apart once. Who is far behind reads for itself.
 */
export class EventWindow {
  readonly #read: ReadEvents
  readonly #clock: Clock
  /** Without a gap, from behind `#start` on. */
  #events: Event[] = []
  #start: Position | null = null
  #sinceMs = 0
  #underWay: { readonly position: Position; readonly limit: number; readonly events: Promise<readonly Event[]> } | null = null

  constructor(read: ReadEvents, clock: Clock) {
    this.#read = read
    this.#clock = clock
  }

  /** At most `limit` events after `position`, in commit order; none only when the log has none. */
  async after(position: Position, limit: number): Promise<readonly Event[]> {
    if (this.#clock.nowMs() - this.#sinceMs >= KEPT_MS) this.#forget()
    const from = this.#indexAfter(position)
    if (from !== -1 && from < this.#events.length) return this.#events.slice(from, from + limit)
    if (this.#underWay?.position === position && this.#underWay.limit === limit) return await this.#underWay.events
    const reading = { position, limit, events: this.#read(position, limit) }
    this.#underWay = reading
    try {
      const events = await reading.events
      this.#keep(position, events)
      return events
    } finally {
      if (this.#underWay === reading) this.#underWay = null
    }
  }

  /** Where the events after `position` begin; -1 when it is not known here. Most readers stand at the end. */
  #indexAfter(position: Position): number {
    if (position === this.#start) return 0
    return this.#events.findLastIndex((event) => event.position === position) + 1 || -1
  }

  #keep(position: Position, events: readonly Event[]): void {
    if (events.length === 0) return
    const end = this.#events.at(-1)?.position ?? null
    if (end !== null && end !== position) return // Somebody is behind, or another was faster.
    if (end === null) {
      this.#start = position
      this.#sinceMs = this.#clock.nowMs()
    }
    this.#events.push(...events)
    if (this.#events.length > MAX_EVENTS) this.#forget()
  }

  #forget(): void {
    this.#events = []
    this.#start = null
  }
}

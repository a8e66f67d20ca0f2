import type { FilterEntry } from './entry.ts'
import { MAX_HITS_WAITING } from './limits.ts'

/** How often an entry decided since the last time. */
export interface EntryHits {
  readonly id: string
  readonly count: number
  readonly atMs: number
}

/** Counts what entries decided, to be written down together now and then: a write for each message would cost more than the message. */
export class HitCounter {
  readonly #waiting = new Map<string, EntryHits>()

  /** An entry decided. Beyond a thousand entries the rest is not counted: counts find stale entries and are no statistics. */
  hit({ id }: Pick<FilterEntry, 'id'>, nowMs: number): void {
    const before = this.#waiting.get(id)
    if (before === undefined && this.#waiting.size >= MAX_HITS_WAITING) return
    this.#waiting.set(id, { id, count: (before?.count ?? 0) + 1, atMs: nowMs })
  }

  /** What waits, taken out. Give it back with `restore` when it could not be written. */
  take(): readonly EntryHits[] {
    const taken = [...this.#waiting.values()]
    this.#waiting.clear()
    return taken
  }

  /** Puts back what could not be written. */
  restore(hits: readonly EntryHits[]): void {
    for (const { id, count, atMs } of hits) {
      const now = this.#waiting.get(id)
      if (now === undefined && this.#waiting.size >= MAX_HITS_WAITING) continue
      this.#waiting.set(id, { id, count: count + (now?.count ?? 0), atMs: Math.max(atMs, now?.atMs ?? 0) })
    }
  }
}

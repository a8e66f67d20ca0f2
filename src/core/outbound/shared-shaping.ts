import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { TaskGroup } from '../../base/task-group.ts'
import type { Entry } from '../pool/entry.ts'
import { Shaper } from '../pool/shaper.ts'
import type { KeepShapingArgs, Shaping } from '../pool/sql-shaping.ts'

/** Where shaping is kept for all senders. `sql-queue.ts` has the one implementation. */
export interface ShapingStore {
  keep(args: Pick<KeepShapingArgs, 'changed' | 'forgotten'>): Promise<void>
  /** What others changed after `sinceMs`. */
  since(sinceMs: number): Promise<{ readonly changed: readonly Shaping[]; readonly lastMs: number }>
}

/** Clocks of nodes differ, and a write that began earlier may commit later: what changed so long ago is read again. */
const OVERLAP_MS = 30_000

/** What rules have set off, in this process and in all others: news of ours is stored, news of theirs is read. docs/decision/006-outbound.md. */
export class SharedShaping {
  readonly shaper = new Shaper()
  readonly #store: ShapingStore
  readonly #clock: Clock
  readonly #log: Log
  readonly #keeping: TaskGroup
  /** Read up to here. */
  #sinceMs = 0

  constructor(options: { readonly store: ShapingStore; readonly clock: Clock; readonly log: Log }) {
    this.#store = options.store
    this.#clock = options.clock
    this.#log = options.log
    this.#keeping = new TaskGroup(options.log)
  }

  /** Reads what others have changed. Returns the sites that may be concerned: all when something changed. @throws {Unavailable} */
  async refresh(): Promise<boolean> {
    const { changed, lastMs } = await this.#store.since(Math.max(0, this.#sinceMs - OVERLAP_MS))
    const isNews = changed.length > 0 && lastMs > this.#sinceMs
    this.#sinceMs = Math.max(this.#sinceMs, lastMs)
    for (const shaping of changed) {
      if (shaping.by === 'rule') this.shaper.restore(shaping.entry)
      else this.shaper.suspend(shaping.suspension)
    }
    return isNews
  }

  /** Stores entries that changed here. What cannot be stored now is stored when it changes again: the peer will say it once more. */
  keep(entries: readonly Entry[]): void {
    if (entries.length > 0) this.#put({ changed: entries.map(ofRule), forgotten: [] })
  }

  /** Drops what means nothing any more. */
  forget(): void {
    const dropped = this.shaper.forget(this.#clock.nowMs())
    if (dropped.length > 0) this.#put({ changed: [], forgotten: dropped.map(ofRule) })
  }

  /** Resolves when nothing is on its way to the store. */
  async settled(): Promise<void> {
    await this.#keeping.settled()
  }

  #put(args: Parameters<ShapingStore['keep']>[0]): void {
    const kept = this.#store.keep(args).catch((error: unknown) => this.#log.warn('outbound.shaping-not-kept', { error }))
    this.#keeping.add('outbound.shaping-not-kept', kept)
  }
}

function ofRule(entry: Entry): Shaping {
  return { by: 'rule', entry }
}

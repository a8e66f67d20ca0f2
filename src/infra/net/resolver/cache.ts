import { CACHE_ENTRY_BYTES } from './limits.ts'

/** What was kept. Times are the caller's clock. */
export interface Kept<V> {
  readonly value: V
  readonly keptAtMs: number
  readonly freshUntilMs: number
  readonly sizeBytes: number
}

/** With when it was last put at the end, in steps: see `get`. */
interface Placed<V> extends Kept<V> {
  step: number
}

/** How much a cache may hold. */
export interface CacheLimits {
  readonly entries: number
  readonly bytes: number
}

/**
 * Keeps values under names for a while. Bounded by number and by weight; what was not asked for the longest goes first, give or take an eighth of
 * all. What has run out stays until it is pushed out or replaced: it may still be of use (RFC 8767).
 */
export class Cache<V> {
  readonly #limits: CacheLimits
  /** In order of use, the least recent first. */
  readonly #entries = new Map<string, Placed<V>>()
  #bytes = 0
  /** How often something was put at the end. */
  #steps = 0

  constructor(limits: CacheLimits) {
    this.#limits = limits
  }

  /** How many values there are. */
  get size(): number {
    return this.#entries.size
  }

  /** What is kept under `key`, run out or not; or null. */
  get(key: string): Kept<V> | null {
    const kept = this.#entries.get(key)
    if (kept === undefined) return null
    // What stands near the end stays there: moving it would cost more than the rest of the question, and the same few names are asked for all day.
    if ((this.#steps - kept.step) * 8 > this.#limits.entries) {
      this.#entries.delete(key)
      this.#entries.set(key, kept)
      kept.step = ++this.#steps
    }
    return kept
  }

  /** Keeps `value`, in place of what was there. `sizeBytes` is what it weighs beside its key. */
  put(key: string, value: V, nowMs: number, ttlMs: number, sizeBytes: number): void {
    this.delete(key)
    const weight = sizeBytes + key.length + CACHE_ENTRY_BYTES
    this.#entries.set(key, { value, keptAtMs: nowMs, freshUntilMs: nowMs + ttlMs, sizeBytes: weight, step: ++this.#steps })
    this.#bytes += weight
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limits.entries && this.#bytes <= this.#limits.bytes) break
      this.delete(oldest)
    }
  }

  /** Forgets one value. */
  delete(key: string): void {
    const kept = this.#entries.get(key)
    if (kept === undefined) return
    this.#entries.delete(key)
    this.#bytes -= kept.sizeBytes
  }

  /** Forgets all. */
  clear(): void {
    this.#entries.clear()
    this.#bytes = 0
  }
}

/** True while the time of `kept` has not run out. A clock that was set back makes it old: else it could live for years. */
export function isFresh(kept: Kept<unknown>, nowMs: number): boolean {
  return nowMs >= kept.keptAtMs && nowMs < kept.freshUntilMs
}

import { performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { MINUTE_MS, SECOND_MS } from '../../base/duration.ts'

/** How often a thread looks whether it has nothing to do. */
const EVERY_MS = 2 * SECOND_MS

/** A thread that was busy for less than this share of the time has nothing to do: a pause is noticed by nobody. */
const IDLE_SHARE = 0.02

/** What is worth a collection. */
const GROWN_BYTES = 4 * 2 ** 20

/** Between two collections of a thread. */
const REST_MS = MINUTE_MS

/** What is asked about a thread, and done to it. */
export interface HeapOwner {
  nowMs(): number
  /** The share of the time since the last question in which the thread was busy, 0 to 1. */
  busyShare(): number
  /** Memory that the heap holds, used or not. */
  heldBytes(): number
  /** Collects everything and gives the system back what is free. Takes some ten milliseconds. */
  collect(): void
}

/**
 * Gives back what a busy time, or the start, has left in a thread's heap. V8 collects when somebody allocates, so a thread that has nothing to do keeps its garbage
 * and the room for more, some 10 MB each, for as long as it has nothing to do.
 */
export class IdleHeap {
  readonly #owner: HeapOwner
  #collectedMs = -Infinity
  /** What was held after the last collection. */
  #leastBytes = 0

  constructor(owner: HeapOwner) {
    this.#owner = owner
  }

  /** Collects if it is time. */
  look(): void {
    const isIdle = this.#owner.busyShare() < IDLE_SHARE
    const nowMs = this.#owner.nowMs()
    if (!isIdle || nowMs - this.#collectedMs < REST_MS || this.#owner.heldBytes() < this.#leastBytes + GROWN_BYTES) return
    this.#owner.collect()
    this.#collectedMs = nowMs
    this.#leastBytes = this.#owner.heldBytes()
  }
}

/** Looks after the heap of this thread as long as it lives. Does nothing where Node was started without `--expose-gc`, which the launcher gives it. */
export function lookAfterHeap(): void {
  const collect = globalThis.gc
  if (collect === undefined) return
  let last = performance.eventLoopUtilization()
  const heap = new IdleHeap({
    nowMs: () => performance.now(),
    busyShare() {
      const now = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(now, last)
      last = now
      return utilization
    },
    heldBytes: () => getHeapStatistics().total_physical_size,
    // The other flavours keep the pages.
    collect: () => void collect({ type: 'major', execution: 'sync', flavor: 'last-resort' }),
  })
  setInterval(() => heap.look(), EVERY_MS).unref()
}

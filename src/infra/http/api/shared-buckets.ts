import { hash } from 'node:crypto'

/** Buckets that are not full at one time: those of full ones are given away. 128 KiB. */
const SLOTS = 8_192

/** Places in which a bucket may lie. With half of all in use one name in 250 finds none. */
const PLACES = 8

/** Two numbers of 64 bits each: whose it is, and until when it is not full, in microseconds. */
const NUMBERS = 2

/** Seconds of a rate that may be used at once. */
export const BURST_SECONDS = 10

/** What is left in a bucket after somebody has asked. */
export interface Left {
  readonly kind: 'taken' | 'refused'
  /** What a full one holds. */
  readonly allowed: number
  readonly left: number
  /** Until it is full again. */
  readonly fullInMs: number
  /** Until one more is in it; 0 when there is one. */
  readonly waitMs: number
}

/** Memory for the buckets of a process. Every thread gets the same. */
export function bucketMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(SLOTS * NUMBERS * BigInt64Array.BYTES_PER_ELEMENT)
}

/**
 * Token buckets by name that all threads of a process take from, without a lock: a bucket is one number, the time at which it will be full again (the generic cell rate
 * algorithm), and whoever takes from it moves that on. They live in memory alone: a restart fills them.
 */
export class SharedBuckets {
  readonly #numbers: BigInt64Array

  constructor(memory: SharedArrayBuffer) {
    this.#numbers = new BigInt64Array(memory)
  }

  /** Takes one out of that bucket, which fills by `perSecond` and holds `BURST_SECONDS` of it. Over any time of `t` seconds at most `(t + BURST_SECONDS) * perSecond` are taken. O(1). */
  take(name: string, perSecond: number, nowMs: number): Left {
    const nowUs = BigInt(Math.floor(nowMs)) * 1_000n
    const [oneUs, fullUs] = [BigInt(Math.ceil(1_000_000 / perSecond)), BigInt(BURST_SECONDS * 1_000_000)]
    const place = this.#placeOf(name, nowUs)
    // Nobody is refused because many others ask.
    if (place === null) return leftOf('taken', oneUs, { oneUs, fullUs })
    for (;;) {
      const was = Atomics.load(this.#numbers, place)
      if (was > nowUs + fullUs) {
        // A clock that was set back must not hold anybody up for longer than a full bucket takes.
        Atomics.compareExchange(this.#numbers, place, was, nowUs + fullUs)
        continue
      }
      const usedUs = was <= nowUs ? 0n : was - nowUs
      if (usedUs + oneUs > fullUs) return leftOf('refused', usedUs, { oneUs, fullUs })
      if (Atomics.compareExchange(this.#numbers, place, was, nowUs + usedUs + oneUs) === was) return leftOf('taken', usedUs + oneUs, { oneUs, fullUs })
    }
  }

  /**
   * Where the time of that bucket lies; null when there is no room. A full bucket says nothing, so its place is anybody's. Two threads that make the same bucket in two places, or
   * take one from another at the same moment, let a few more through, and no fewer.
   */
  #placeOf(name: string, nowUs: bigint): number | null {
    const digest = hash('sha256', name, 'buffer')
    const tag = digest.readBigInt64LE(0)
    const first = digest.readUInt32LE(8)
    let free: number | null = null
    for (let step = 0; step < PLACES; step++) {
      const slot = ((first + step) % SLOTS) * NUMBERS
      if (Atomics.load(this.#numbers, slot) === tag) return slot + 1
      if (free === null && Atomics.load(this.#numbers, slot + 1) <= nowUs) free = slot
    }
    if (free === null) return null
    Atomics.store(this.#numbers, free, tag)
    return free + 1
  }
}

function leftOf(kind: Left['kind'], usedUs: bigint, { oneUs, fullUs }: { readonly oneUs: bigint; readonly fullUs: bigint }): Left {
  const missing = usedUs + oneUs - fullUs
  return { kind, allowed: Number(fullUs / oneUs), left: Number((fullUs - usedUs) / oneUs), fullInMs: inMs(usedUs), waitMs: missing > 0n ? inMs(missing) : 0 }
}

function inMs(us: bigint): number {
  return Math.ceil(Number(us) / 1_000)
}

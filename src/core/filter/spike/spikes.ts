import type { Clock } from '../../../base/clock.ts'
import { clientNet } from '../../access/client-net.ts'
import { SHAPE_BITS } from '../outbound/limits.ts'
import { bodyShape } from '../outbound/shape.ts'
import { MAX_TEXTS, SPIKE_BYTES, SPIKE_FOR_MS, SPIKE_NETS } from './limits.ts'

/** A text that came lately. */
interface Text {
  readonly low: number
  readonly high: number
  /** At most `SPIKE_NETS`. */
  readonly nets: Set<string>
  lastMs: number
}

/**
 * Notices one text that comes from several nets at once, as waves of spam from hired machines do. In memory, one for each worker; of a text only its shape is kept. Ask only about mail whose author nothing
 * vouches for: honest mail to many is proven, or comes from one place.
 */
export class Spikes {
  readonly #clock: Clock
  #texts: Text[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Notes a message; how many nets have brought its text within the last hour when that is a wave, else null. The body stands behind `bodyStart`; one of a few words has no shape. */
  came(bytes: Uint8Array, bodyStart: number, client: string): number | null {
    const shape = bodyShape(bytes.subarray(0, bodyStart + SPIKE_BYTES), bodyStart)
    if (shape === null) return null
    const nowMs = this.#clock.nowMs()
    const text = this.#textOf(Number.parseInt(shape.slice(0, 8), 16) | 0, Number.parseInt(shape.slice(8), 16) | 0, nowMs)
    text.lastMs = nowMs
    if (text.nets.size < SPIKE_NETS) text.nets.add(clientNet(client))
    return text.nets.size >= SPIKE_NETS ? text.nets.size : null
  }

  #textOf(low: number, high: number, nowMs: number): Text {
    const known = this.#texts.find((each) => nowMs - each.lastMs < SPIKE_FOR_MS && ones(each.low ^ low) + ones(each.high ^ high) <= SHAPE_BITS)
    if (known !== undefined) return known
    const made: Text = { low, high, nets: new Set(), lastMs: nowMs }
    if (this.#texts.length >= MAX_TEXTS) this.#texts = this.#texts.toSorted((a, b) => b.lastMs - a.lastMs).slice(0, MAX_TEXTS / 2)
    this.#texts.push(made)
    return made
  }
}

/** Bits that are set. */
function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55_55_55_55)
  const fours = (pairs & 0x33_33_33_33) + ((pairs >>> 2) & 0x33_33_33_33)
  return Math.imul((fours + (fours >>> 4)) & 0x0f_0f_0f_0f, 0x01_01_01_01) >>> 24
}

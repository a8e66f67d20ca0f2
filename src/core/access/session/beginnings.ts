import type { Clock } from '../../../base/clock.ts'
import { MINUTE_MS } from '../../../base/duration.ts'
import { clientNet } from '../client-net.ts'
import { NETS_KEPT } from '../limits.ts'
import { Recent } from '../recent.ts'

/** Counts logins that were begun and may never end, by network: each of them keeps a row until it is over. One for each worker. */
export class Beginnings {
  readonly #most: number
  readonly #seen: Recent<number>

  constructor(clock: Clock, aMinute: number) {
    this.#most = aMinute
    this.#seen = new Recent(clock, NETS_KEPT)
  }

  /** Counts one more; false when the network has begun as many as it may, until it was quiet for a minute. */
  take(address: string): boolean {
    const net = clientNet(address)
    const count = this.#seen.get(net) ?? 0
    this.#seen.put(net, count + 1, MINUTE_MS)
    return count < this.#most
  }
}

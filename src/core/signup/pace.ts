import { createHash } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import { clientNet, isLoopback } from '../access/client-net.ts'
import { Recent } from '../access/recent.ts'
import { type BucketState, fullBucket, takeFrom } from '../pool/bucket.ts'
import { PER_ORGANIZATION } from './invite/limits.ts'
import { PER_ADDRESS, PER_NET, REMEMBERED } from './limits.ts'

/** Limits how often strangers make us write to people: by the network they come from, by the address they name, and by the organization that invites. One for each worker. */
export class Pace {
  readonly #clock: Clock
  readonly #loopback: 'exempt' | 'counted'
  readonly #seen: Recent<BucketState>

  /** `exempt`: whoever asks from this machine never waits, in the demo and in tests. */
  constructor(clock: Clock, loopback: 'exempt' | 'counted') {
    this.#clock = clock
    this.#loopback = loopback
    this.#seen = new Recent(clock, REMEMBERED)
  }

  /** 0 when the client may ask now, else how long it has to wait, in milliseconds. */
  waitOfClient(address: string): number {
    return this.#loopback === 'exempt' && isLoopback(address) ? 0 : this.#take(`net ${clientNet(address)}`, PER_NET)
  }

  /** 0 when an organization may invite one more, else how long it has to wait, in milliseconds. */
  waitOfInviter(organization: string): number {
    return this.#take(`organization ${organization}`, PER_ORGANIZATION)
  }

  /** Whether one more mail may go to an address. */
  mayWriteTo(address: string): boolean {
    // Only hashes stay in memory: a list of who signs up is nobody's business.
    return this.#take(`to ${createHash('sha256').update(address).digest('base64url')}`, PER_ADDRESS) === 0
  }

  #take(key: string, { atOnce, everyMs }: { readonly atOnce: number; readonly everyMs: number }): number {
    const nowMs = this.#clock.nowMs()
    const rate = { count: 1, perMs: everyMs }
    const bucket = this.#seen.get(key) ?? fullBucket(rate, atOnce, nowMs)
    const taken = takeFrom(bucket, rate, atOnce, nowMs)
    this.#seen.put(key, bucket, atOnce * everyMs)
    return taken === 'go' ? 0 : Math.max(1, taken.waitUntilMs - nowMs)
  }
}

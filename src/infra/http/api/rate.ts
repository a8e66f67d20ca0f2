import type { Clock } from '../../../base/clock.ts'
import type { Caller } from './caller.ts'
import { Problem } from './problem.ts'
import { BURST_SECONDS, type Left, SharedBuckets } from './shared-buckets.ts'

/** Requests in a second that one key or person may make. */
export interface Rates {
  /** Of those to all routes but the sending ones. */
  readonly requestsPerSecond: number
  /** Of those that send; a batch is one. */
  readonly sendsPerSecond: number
}

/** The usual rates: a tenth of what a small machine answers for reading and changing; for sending more than it takes, so that this is no limit where nobody sets one. */
export const USUAL_RATES: Rates = { requestsPerSecond: 100, sendsPerSecond: 2_000 }

/** So much more than one key an organization may ask with all of its keys and people. */
export const ORGANIZATION_TIMES = 2

/** A request that is counted. */
export interface Counted {
  /** Null for whoever needs no key where he asks. */
  readonly caller: Caller | null
  readonly address: string
  readonly of: 'request' | 'send'
}

/** Counts a request, and gives the header fields that tell what is left. Throws `Problem` 429 for one too many. */
export type RateLimit = (counted: Counted) => Readonly<Record<string, string>>

/** What counting is made of. */
export interface RateLimitOptions {
  readonly clock: Clock
  /** Shared by all threads: `bucketMemory`. */
  readonly memory: SharedArrayBuffer
  readonly rates: Rates
  /** The net that an address is counted with. */
  readonly netOf: (address: string) => string
  /** Told of each refusal, for the numbers. */
  readonly refused: (by: Limiting['by'], of: Counted['of']) => void
}

/** What may be used up. */
interface Limiting {
  readonly by: 'key' | 'account' | 'organization' | 'address'
  readonly id: string
  readonly times: number
}

/** Limits requests by key or person, and by organization; where nobody needs to be known, by net. */
export function rateLimit({ clock, memory, rates, netOf, refused }: RateLimitOptions): RateLimit {
  const buckets = new SharedBuckets(memory)
  return ({ caller, address, of }) => {
    const perSecond = of === 'send' ? rates.sendsPerSecond : rates.requestsPerSecond
    const limiting: readonly Limiting[] = caller === null ? [{ by: 'address', id: netOf(address), times: 1 }] : ofCaller(caller)
    let nearest: Left | null = null
    // What one key is refused is not taken from its organization: one that asks too often leaves the others theirs.
    for (const { by, id, times } of limiting) {
      const left = buckets.take(`${of} ${by} ${id}`, perSecond * times, clock.nowMs())
      if (left.kind === 'refused') {
        refused(by, of)
        throw tooMany(by, left)
      }
      if (nearest === null || left.left < nearest.left) nearest = left
    }
    return nearest === null ? {} : headersOf(nearest)
  }
}

function ofCaller({ actor, organization }: Caller): readonly Limiting[] {
  return [{ by: actor.kind, id: actor.id, times: 1 }, { by: 'organization', id: organization, times: ORGANIZATION_TIMES }]
}

const WHOSE: Readonly<Record<Limiting['by'], string>> = { key: 'this key', account: 'this account', organization: 'your organization, with all its keys and people', address: 'your network' }

function tooMany(by: Limiting['by'], left: Left): Problem {
  const detail = `Too many requests: ${WHOSE[by]} may make ${left.allowed / BURST_SECONDS} a second, and ${left.allowed} at once. Come back as Retry-After says; RateLimit-Remaining tells what is left`
  return new Problem(429, 'rate_limit_exceeded', detail, { headers: { ...headersOf(left), 'retry-after': String(Math.ceil(left.waitMs / 1_000)) } })
}

/** As the first drafts of the IETF's RateLimit had them, which clients of many services read. */
function headersOf({ allowed, left, fullInMs }: Left): Readonly<Record<string, string>> {
  return { 'ratelimit-limit': String(allowed), 'ratelimit-policy': `${allowed};w=${BURST_SECONDS}`, 'ratelimit-remaining': String(left), 'ratelimit-reset': String(Math.ceil(fullInMs / 1_000)) }
}

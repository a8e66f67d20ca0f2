import type { Answer, Failed, Found, None } from '../../../base/dns.ts'
import { follow } from './follow.ts'
import type { Way } from './follow.ts'
import { MAX_ALIASES, MAX_NONE_TTL_MS, MAX_TTL_MS, MIN_NONE_TTL_MS, MIN_TTL_MS } from './limits.ts'
import { queryName } from './name.ts'
import type { Kind } from './record.ts'
import type { Upstream } from './upstream.ts'

/** An answer, and how it is to be kept. */
export interface Chased<T> {
  readonly answer: Answer<T>
  /** Size of the messages it came from. */
  readonly sizeBytes: number
  /** False for what must not be kept: absence that nobody put a time to (RFC 2308 §5). */
  readonly mayKeep: boolean
}

/** What is asked of servers beside the records: nothing, whether DNSSEC proves them, or to give them even where it disproves them. */
export type Want = 'plain' | 'validated' | 'unchecked'

/**
 * Finds the records of one name, over the aliases that servers do not follow for us. `authentic` in the answer says only that each
 * reply was marked so; whether the mark is worth anything is the caller's to know.
 */
export async function chase<T>(upstream: Upstream, name: string, kind: Kind<T>, want: Want, signal: AbortSignal): Promise<Chased<T>> {
  let way: Way = { name, aliases: [] }
  let authentic = true
  let ttlMs = Number.POSITIVE_INFINITY
  let sizeBytes = 0
  // `follow` counts the aliases; each turn adds one at least.
  for (let turn = 0; turn <= MAX_ALIASES; turn++) {
    const from = way
    const heard = await upstream.ask({ name: from.name, kind, dnssec: want !== 'plain', ...(want === 'unchecked' ? { unchecked: true } : {}) }, (reply) => follow(reply, from, kind), signal)
    if (heard.kind === 'failed') return { answer: heard, sizeBytes, mayKeep: true }
    const { said, reply } = heard
    authentic &&= reply.authentic
    sizeBytes += reply.bytes.length
    ttlMs = Math.min(ttlMs, said.ttlMs ?? 0)
    if (said.kind === 'found') {
      const { records, aliases } = said
      const keptMs = clamp(MIN_TTL_MS, ttlMs, MAX_TTL_MS)
      const answer: Found<T> = { kind: 'found', records, name: said.name, aliases, authentic, ttlMs: keptMs, stale: false }
      return { answer, sizeBytes, mayKeep: true }
    }
    if (said.kind === 'none') {
      const { why, aliases } = said
      const answer: None = { kind: 'none', why, name: said.name, aliases, authentic, ttlMs: clamp(MIN_NONE_TTL_MS, ttlMs, MAX_NONE_TTL_MS) }
      return { answer, sizeBytes, mayKeep: said.ttlMs !== null }
    }
    if (queryName(said.name) === null) return { answer: unaskable(name, said.name), sizeBytes, mayKeep: true }
    way = said
  }
  throw new Error(`${name}: more turns than aliases`)
}

function unaskable(name: string, target: string): Failed {
  return { kind: 'failed', why: 'bad-name', detail: `${name} is an alias of ${JSON.stringify(target)}, which is no name` }
}

function clamp(least: number, value: number, most: number): number {
  return Math.max(least, Math.min(value, most))
}

import { BUCKETS_MS } from './histogram.ts'

/**
 * What is counted. First deliveries, each once, in the hour in which it was accepted; a delivery is in exactly one of those from `waiting` to
 * `late`. Then tries, each in the hour in which it was made. Never divide one by the other.
 */
const NAMED = [
  'accepted', 'attempted', 'deferred', 'waiting', 'delivered', 'hard', 'soft', 'block', 'other', 'late', 'expired', 'suppressed', 'cancelled',
  'complained', 'deliveredHeard', 'complainedHeard', 'tries', 'triesDeferred', 'triesFailed', 'triesDelivered',
] as const

/** The name of a counter. */
export type Counter = (typeof NAMED)[number] | `t${number}`

/** The counters that hold how long deliveries took, a bucket each. */
export const TIMES: readonly Counter[] = [...BUCKETS_MS.keys(), BUCKETS_MS.length].map((i) => `t${i}` as const)

/** All counters, in the order of their columns. */
export const COUNTERS: readonly Counter[] = [...NAMED, ...TIMES]

/** The column of a counter: without capitals, which PostgreSQL would lose. */
export function columnOf(name: Counter): string {
  return `n_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`
}

/** Counts; what is not there is 0. */
export type Counts = Readonly<Partial<Record<Counter, number>>>

/** What rows of counts are told apart by, beside time. '' where nothing is known. */
export interface Key {
  readonly organization: string
  readonly stream: string
  /** The key of the provider, `local` for mailboxes here, `other` for nobody's that we know; '' before the first try. */
  readonly provider: string
  readonly domain: string
  /** The address of ours it went from, where there are several. */
  readonly source: string
  /** Why it did not arrive, or has not yet. */
  readonly category: string
}

/** Adds counts to others. */
export function plus(to: Partial<Record<Counter, number>>, counts: Counts, sign: 1 | -1 = 1): void {
  for (const [name, count] of Object.entries(counts) as [Counter, number][]) to[name] = (to[name] ?? 0) + sign * count
}

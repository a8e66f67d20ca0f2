import { BUCKETS_MS } from './histogram.ts'

/**
 * What is counted. First deliveries, each once, in the hour in which it was accepted; a delivery is in exactly one of those from `waiting` to
 * `late`. Then tries, each in the hour in which it was made. Never divide one by the other. `opened`, `clicked`: deliveries of which a person did that; `openedAny`,
 * `clickedAny`: somebody or something did; `opensHuman` and the like count hits; `deliveredNoPicture`, `deliveredNoLinks`: deliveries that cannot tell of that. They count what is missing, so
 * rows of before they were counted stand for deliveries that have both.
 */
const NAMED = [
  'accepted', 'attempted', 'deferred', 'waiting', 'delivered', 'hard', 'soft', 'block', 'other', 'late', 'expired', 'suppressed', 'cancelled',
  'complained', 'deliveredHeard', 'complainedHeard', 'tries', 'triesDeferred', 'triesFailed', 'triesDelivered',
  'deliveredAway', 'deliveredTls', 'opened', 'openedAny', 'clicked', 'clickedAny', 'unsubscribedOneClick', 'unsubscribedPage', 'unsubscribedMail',
  'opensHuman', 'opensProxy', 'opensBot', 'clicksHuman', 'clicksBot', 'resubscribed', 'deliveredNoPicture', 'deliveredNoLinks',
] as const

/** The name of a counter. */
export type Counter = (typeof NAMED)[number] | `t${number}`

/** The counters that hold how long deliveries took, a bucket each. */
export const TIMES: readonly Counter[] = [...BUCKETS_MS.keys(), BUCKETS_MS.length].map((i) => `t${i}` as const)

/** The counters of what readers did. */
export const READERS: readonly Counter[] = [
  'opened', 'openedAny', 'clicked', 'clickedAny', 'unsubscribedOneClick', 'unsubscribedPage', 'unsubscribedMail', 'opensHuman', 'opensProxy', 'opensBot', 'clicksHuman', 'clicksBot', 'resubscribed',
]

/** All counters, in the order of their columns. */
export const COUNTERS: readonly Counter[] = [...NAMED, ...TIMES]

/** The column of a counter: without capitals, which PostgreSQL would lose. */
export function columnOf(name: Counter): string {
  return `n_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`
}

/** Counts; what is not there is 0. */
export type Counts = Readonly<Partial<Record<Counter, number>>>

/** These counters at 0. */
export function zerosOf(names: readonly Counter[]): Counts {
  return Object.fromEntries(names.map((name) => [name, 0]))
}

/** Every counter at 0. */
export const ZEROS: Counts = zerosOf(COUNTERS)

/** What rows of counts are told apart by, beside time. '' where nothing is known. */
export interface Key {
  readonly organization: string
  readonly stream: string
  /** The key of the provider, `local` for mailboxes here, `other` for nobody's that we know; '' before the first try. */
  readonly provider: string
  readonly domain: string
  /** The address of ours it went from, where there are several. */
  readonly source: string
  /** The pool whose addresses carried it, where there are pools. */
  readonly pool: string
  /** Why it did not arrive, or has not yet. */
  readonly category: string
}

/**
 * Counts are kept three times, each in the detail that a kind of question needs, so that a year of many domains can be added up at once: `brief` by stream, provider and
 * category; `full` by everything; `tag` as brief, once for each tag of a delivery.
 */
export type Facet = 'brief' | 'full' | 'tag'

/** What a facet does not tell apart is '' in it. */
export function faceted(key: Key, facet: Facet): Key {
  return facet === 'full' ? key : { ...key, domain: '', source: '', pool: '' }
}

/** Adds counts to others. */
export function plus(to: Partial<Record<Counter, number>>, counts: Counts, sign: 1 | -1 = 1): void {
  for (const name in counts) to[name as Counter] = (to[name as Counter] ?? 0) + sign * (counts[name as Counter] ?? 0)
}

/** Whether any of these counts is not 0. */
export function isSomething(counts: Counts): boolean {
  for (const name in counts) if (counts[name as Counter] !== 0) return true
  return false
}

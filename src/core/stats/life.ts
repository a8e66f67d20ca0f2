import { MEANINGS } from '../bounce/meaning.ts'
import type { Category } from '../pool/category.ts'
import type { Counts, Key } from './counter.ts'
import type { Fact, HitFact, Unsubscribed } from './fact.ts'
import { bucketOf } from './histogram.ts'
import { LATE_BOUNCE_MS } from './limits.ts'
import { COMPLAINTS_FROM } from './heard.ts'

/** Where a delivery stands. `hard` to `other`: it was refused for good, by the kind of its category; `late`: it was taken, and came back. */
type Fate = 'waiting' | 'delivered' | 'hard' | 'soft' | 'block' | 'other' | 'late' | 'expired' | 'suppressed' | 'cancelled'

/**
 * What is remembered of a delivery so that it counts once, whatever happens to it how often. Every event of a delivery names it, so five deferrals are
 * five tries and one life that was deferred. Its counts are a function of it (`countsOf`): each event takes the old ones away and adds the new ones.
 * Those of removed events outlive versions (`sql-kept.ts`), so whatever is added here may be missing.
 */
export interface Life extends Key {
  /** When it was accepted: all that it counts is counted in that hour. */
  readonly atMs: number
  readonly accepted: boolean
  readonly attempted: boolean
  readonly deferred: boolean
  readonly complained: boolean
  readonly fate: Fate
  /** Whether time to deliver says something of us: not when it was to wait, or was held. */
  readonly timed: boolean
  /** How long it took, if it arrived at its first try and is timed. */
  readonly tookMs: number | null
  readonly settledMs: number | null
  /** The names of the tags it is counted under. */
  readonly tags: readonly string[]
  /** How its last try reached another server; null when none was made, or it was for a mailbox here. */
  readonly away: 'tls' | 'plain' | null
  readonly hits: Hits
  /** How its recipient first asked for no more; null: they did not. */
  readonly unsubscribed: Unsubscribed | null
  /** What of its message can tell of its reader; missing when all can, or nobody said. */
  readonly tracking?: 'none' | 'opens' | 'clicks'
  /** Whether they have taken it back; missing for most. */
  readonly resubscribed?: true
}

/** Hits of its recipient, as they were judged last. `proxyOpens` were judged once each. */
interface Hits {
  readonly opens: number
  readonly clicks: number
  readonly humanOpens: number
  readonly humanClicks: number
  readonly proxyOpens: number
}

const NO_HITS: Hits = { opens: 0, clicks: 0, humanOpens: 0, humanClicks: 0, proxyOpens: 0 }

/** A delivery as the log first tells of it; null when the event is not its first. `domain` and `tags` are the names it is counted under. */
export function born({ type, atMs, organization, stream, category, dueMs, tracking }: Fact, names: Pick<Life, 'domain' | 'tags'>): Life | null {
  const key = { organization, stream, ...names, provider: '', source: '', pool: '', category: '' }
  const life = { ...key, atMs, attempted: false, deferred: false, complained: false, timed: dueMs === null || dueMs <= atMs, tookMs: null, away: null, hits: NO_HITS, unsubscribed: null, ...(tracking === null ? {} : { tracking }) }
  if (type === 'delivery.queued' || type === 'delivery.captured') return { ...life, accepted: true, fate: 'waiting', settledMs: null }
  return type === 'delivery.suppressed' ? { ...life, category, accepted: false, fate: 'suppressed', settledMs: atMs } : null
}

/** Whether the event tells of a try of a delivery that has not come to its end. */
export function isTry({ fate }: Life, { type, expired, cutShort }: Fact): boolean {
  if (fate !== 'waiting') return false
  return type === 'delivery.delivered' || (type === 'delivery.failed' && !expired) || (type === 'delivery.deferred' && !cutShort)
}

/** A delivery after one more of its events. What cannot be, such as a second end, changes nothing. */
export function lived(life: Life, fact: Fact): Life {
  if (fact.hit !== null) return { ...life, hits: withHit(life.hits, fact.hit) } // Somebody may be quicker than our note that it arrived.
  if (fact.unsubscribed !== null) return life.unsubscribed === null ? { ...life, unsubscribed: fact.unsubscribed } : life
  if (fact.type === 'email.resubscribed') return life.resubscribed === true ? life : { ...life, resubscribed: true }
  if (life.fate === 'waiting') return whileWaiting(life, fact)
  if (life.fate !== 'delivered') return life
  if (fact.type === 'delivery.bounced' && fact.atMs - (life.settledMs ?? 0) <= LATE_BOUNCE_MS) return { ...life, fate: 'late', category: fact.category }
  // What is no complaint, such as `not-spam` (RFC 6430), has no category: `core/bounce/note.ts`.
  if (fact.type === 'delivery.complained' && fact.category === 'complaint') return { ...life, complained: true }
  return life
}

/**
 * The counts of the newest hit hold for all before it. That is the one that counts most hits: of two at the same moment PostgreSQL may have put the later one
 * first into the log, which is in the order in which transactions began.
 */
function withHit(hits: Hits, { kind, class: judged, ...counts }: HitFact): Hits {
  const newest = counts.opens + counts.clicks < hits.opens + hits.clicks ? hits : counts
  return { ...newest, proxyOpens: hits.proxyOpens + Number(kind === 'open' && judged === 'proxy') }
}

function whileWaiting(life: Life, fact: Fact): Life {
  const { type, atMs, category, provider, source, pool } = fact
  const away = awayBy(fact)
  const tried = isTry(life, fact) ? { ...life, attempted: true, provider, source, pool, away } : life
  switch (type) {
    case 'delivery.deferred':
      return fact.cutShort ? life : { ...tried, deferred: true, category }
    case 'delivery.delivered':
      return { ...tried, fate: 'delivered', category: '', settledMs: atMs, tookMs: life.timed && !life.attempted ? Math.max(0, atMs - life.atMs) : null }
    case 'delivery.failed':
      return { ...tried, fate: fact.expired ? 'expired' : classOf(category), category, settledMs: atMs }
    case 'delivery.suppressed':
      return { ...life, fate: 'suppressed', category, settledMs: atMs }
    case 'delivery.cancelled':
      return { ...life, fate: 'cancelled', category: 'cancelled', settledMs: atMs }
    case 'delivery.held':
    case 'delivery.rescheduled':
      return { ...life, timed: false }
    default:
      return life
  }
}

function awayBy({ provider, tls }: Fact): Life['away'] {
  if (provider === 'local') return null
  return tls ? 'tls' : 'plain'
}

/** A refusal of us (block) is never counted with one of the address (hard). deliverability §6.1. */
function classOf(category: Category | ''): 'hard' | 'soft' | 'block' | 'other' {
  const kind = category === '' ? 'other' : MEANINGS[category].kind
  return kind === 'hard' || kind === 'soft' || kind === 'block' ? kind : 'other'
}

/** What a delivery counts now. */
export function countsOf(life: Life): Counts {
  const { accepted, attempted, deferred, complained, fate, provider, tookMs, away } = life
  const isHeard = fate === 'delivered' && COMPLAINTS_FROM.has(provider)
  return {
    [fate]: 1,
    ...(accepted ? { accepted: 1 } : {}),
    ...(attempted ? { attempted: 1 } : {}),
    ...(deferred ? { deferred: 1 } : {}),
    ...(complained && fate === 'delivered' ? { complained: 1 } : {}),
    ...(isHeard ? { deliveredHeard: 1, complainedHeard: Number(complained) } : {}),
    ...(away !== null && fate === 'delivered' ? { deliveredAway: 1, deliveredTls: Number(away === 'tls') } : {}),
    ...(fate === 'delivered' ? engagementOf(life) : {}),
    ...(tookMs !== null && fate === 'delivered' ? { [`t${bucketOf(tookMs)}`]: 1 } : {}),
  }
}

const UNSUBSCRIBED = { 'one-click': 'unsubscribedOneClick', page: 'unsubscribedPage', mail: 'unsubscribedMail' } as const

/** What its reader did with what arrived. */
function engagementOf({ hits: { opens, clicks, humanOpens, humanClicks, proxyOpens }, unsubscribed, resubscribed, tracking }: Life): Counts {
  return {
    ...(tracking === 'none' || tracking === 'clicks' ? { deliveredNoPicture: 1 } : {}),
    ...(tracking === 'none' || tracking === 'opens' ? { deliveredNoLinks: 1 } : {}),
    ...(unsubscribed === null ? {} : { [UNSUBSCRIBED[unsubscribed]]: 1 }),
    ...(resubscribed === true ? { resubscribed: 1 } : {}),
    ...(opens === 0 ? {} : { opened: Number(humanOpens > 0), openedAny: 1, opensHuman: humanOpens, opensProxy: proxyOpens, opensBot: Math.max(0, opens - humanOpens - proxyOpens) }),
    ...(clicks === 0 ? {} : { clicked: Number(humanClicks > 0), clickedAny: 1, clicksHuman: humanClicks, clicksBot: Math.max(0, clicks - humanClicks) }),
  }
}

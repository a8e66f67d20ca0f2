import type { Hit } from './hit.ts'
import { HONEYPOT } from './token.ts'

/** What a hit tells of a person. `proxy`: a provider fetched the picture, which says nothing; `bot`: a program looked at the message. */
export type HitClass = 'human' | 'bot' | 'proxy'

/** A class, and the rule that led to it; '' for people. Stable: others store them. */
export interface Judgement {
  readonly class: HitClass
  readonly reason: '' | 'head' | 'scanner' | 'gateway' | 'honeypot' | 'many-links' | 'at-once' | 'apple-privacy' | 'google-prefetch' | 'google-again' | 'yahoo-proxy'
}

/** What is known beside the hits. */
export interface Circumstances {
  /** When the message was delivered; `not-yet` while its server has not said that it took it; null when nothing is known. */
  readonly deliveredMs: number | 'not-yet' | null
  /** `shared`: the hits are those of several recipients, so nothing follows from their order. */
  readonly of: 'one' | 'shared'
  /** Whether openings are noted at all: a click without one means nothing otherwise. */
  readonly opens: 'noted' | 'not-noted'
}

/** A gateway that finds the hidden link follows the others about then. */
const HONEYPOT_MS = 10 * 60_000

/** deliverability §6.2: three links within two seconds; a picture within three and a click within fifteen of the delivery. */
const MANY_LINKS = 3
const MANY_MS = 2_000
const PREFETCH_MS = 3_000
const AT_ONCE_MS = 15_000

/** How long after a click its picture may come: mail programs fetch slowly, or when they are told to. */
const SOON_MS = 10_000

const HUMAN: Judgement = { class: 'human', reason: '' }

/**
 * What each hit was, in the light of all of them: a later one can show that an earlier one was a program. Pure; `hits` are in order of time, and few
 * (`MAX_HITS_KEPT`). Strong signs decide alone; of the weak ones (at once after delivery, no opening before it or soon after) it takes both. As each hit has all judged again, there is
 * nothing left to judge ten minutes later.
 *
 * Departures from deliverability §6.2: HEAD decides alone, because nobody's click is one. Of nets those of gateways are known and not those of data centres, from which companies' people come as well.
 * One address that clicks for many recipients is no sign: carriers and offices put thousands behind one.
 */
export function judgeHits(hits: readonly Hit[], circumstances: Circumstances): readonly Judgement[] {
  return hits.map((hit, at) => byItself(hit) ?? (circumstances.of === 'shared' ? null : (byOthers(hit, hits) ?? byTime(hits, at, circumstances))) ?? HUMAN)
}

function byItself({ kind, link, method, agent }: Hit): Judgement | null {
  if (kind === 'click' && link === HONEYPOT) return { class: 'bot', reason: 'honeypot' }
  if (method === 'HEAD') return { class: 'bot', reason: 'head' }
  if (agent === 'scanner' || agent === 'gateway') return { class: 'bot', reason: agent }
  if (kind === 'click') return null
  // People click through no proxy of theirs that says so: only pictures come this way.
  if (agent === 'apple') return { class: 'proxy', reason: 'apple-privacy' }
  return agent === 'yahoo' ? { class: 'proxy', reason: 'yahoo-proxy' } : null
}

function byOthers(hit: Hit, hits: readonly Hit[]): Judgement | null {
  const clicks = hits.filter(({ kind }) => kind === 'click')
  if (clicks.some(({ link, atMs }) => link === HONEYPOT && Math.abs(atMs - hit.atMs) <= HONEYPOT_MS)) return { class: 'bot', reason: 'honeypot' }
  if (hit.kind !== 'click') return null
  // Any two seconds in which this hit lies: it is enough to begin at each click.
  const isOfMany = clicks.some(({ atMs: from }) => {
    const within = clicks.filter(({ atMs }) => atMs >= from && atMs < from + MANY_MS)
    return within.includes(hit) && new Set(within.map(({ link }) => link)).size >= MANY_LINKS
  })
  return isOfMany ? { class: 'bot', reason: 'many-links' } : null
}

function byTime(hits: readonly Hit[], at: number, circumstances: Circumstances): Judgement | null {
  const hit = hits[at]
  if (hit === undefined) return null
  if (hit.kind === 'open') return openByTime(hit, hits.slice(0, at), circumstances)
  const isAtOnce = sinceMs(hit, circumstances) < AT_ONCE_MS && circumstances.opens === 'noted'
  return isAtOnce && !isOpened(hits, at, circumstances) ? { class: 'bot', reason: 'at-once' } : null
}

/** Whether somebody opened the message that was clicked: before, as a proxy for its reader may have, or a person soon after. What a program opened tells nothing. */
function isOpened(hits: readonly Hit[], click: number, circumstances: Circumstances): boolean {
  const latestMs = (hits[click]?.atMs ?? 0) + SOON_MS
  return hits.some((hit, at) => {
    if (hit.kind !== 'open') return false
    if (at < click) return byItself(hit)?.class !== 'bot'
    return hit.atMs <= latestMs && byItself(hit) === null && openByTime(hit, hits.slice(0, at), circumstances) === null
  })
}

function openByTime(open: Hit, before: readonly Hit[], circumstances: Circumstances): Judgement | null {
  if (open.agent !== 'google') return null
  const isPrefetch = (hit: Hit): boolean => sinceMs(hit, circumstances) < PREFETCH_MS
  if (isPrefetch(open)) return { class: 'proxy', reason: 'google-prefetch' }
  // It keeps the picture: what it fetches again tells no more of its reader.
  return before.some((hit) => hit.kind === 'open' && hit.agent === 'google' && !isPrefetch(hit)) ? { class: 'proxy', reason: 'google-again' } : null
}

/** How long after the delivery: none while there was no delivery, and any time when nothing is known. */
function sinceMs({ atMs }: Hit, { deliveredMs }: Circumstances): number {
  if (deliveredMs === 'not-yet') return 0
  return deliveredMs === null ? Number.POSITIVE_INFINITY : atMs - deliveredMs
}

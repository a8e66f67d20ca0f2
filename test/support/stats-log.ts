import type { DeliveryId, OrganizationId } from '../../src/base/brand.ts'
import type { EventType, NewEvent } from '../../src/core/event/event.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Events as they are appended, and chance that a seed repeats. */
export type Random = () => number

/** Numbers in [0, 1), the same for the same seed: mulberry32. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T // `from` is never empty.

const SITES = ['gmail', 'yahoo', 'ms-consumer', 'mx-0123456789abcdef', 'm365-0123456789abcdef']
const WHY = ['bad-mailbox', 'mailbox-full', 'block-ip', 'throttled', 'greylist', 'policy', 'spam-content', 'nobody-knows-this', null]

/** What tells of mail of a test key says so. */
const MARKED: ReadonlySet<EventType> = new Set<EventType>(['delivery.captured', 'delivery.suppressed', 'delivery.deferred', 'delivery.delivered', 'delivery.failed', 'delivery.complained', 'email.opened', 'email.clicked'])

/** A log of deliveries with everything that can happen to them and some that cannot, at least `count` events long, in the order of time. */
export function randomLog(seed: number, count: number, startMs: number): readonly NewEvent[] {
  const random = seeded(seed)
  const events: NewEvent[] = []
  for (let number = 0; events.length < count; number++) events.push(...storyOf(random, number, startMs + Math.floor(random() * 6 * DAY_MS)))
  return events.map((event, i) => ({ event, i })).toSorted((a, b) => a.event.atMs - b.event.atMs || a.i - b.i).map(({ event }) => event)
}

function storyOf(random: Random, number: number, startMs: number): readonly NewEvent[] {
  const chance = (share: number): boolean => random() < share
  const subject = { organization: pick(random, ['o1', 'o2', 'o3']) as OrganizationId, account: null, message: null, delivery: `q${number}` as DeliveryId, version: 1 }
  const who = { from: 'a@house.example', recipient: `budi${number}@${pick(random, ['Far.example', 'near.example', 'gmail.com', 'yahoo.com', 'x.example'])}` }
  const stream = pick(random, ['transactional', 'news', 'submission'])
  const events: NewEvent[] = []
  let atMs = startMs
  const test = number % 10 === 3 ? { mode: 'test' } : {}
  const tell = (type: EventType, data: object = {}): void => void events.push({ ...subject, type, atMs, data: { ...who, ...data, ...(MARKED.has(type) ? test : {}) } })
  const waits = (most: number): void => void (atMs += Math.floor(random() * most))
  const why = (): object => ({ category: pick(random, WHY) })
  const tried = (): object => ({
    site: pick(random, SITES), attempt: 1, ...(chance(0.3) ? { source: pick(random, ['ip-1', 'ip-2']) } : {}), ...(chance(0.4) ? { pool: pick(random, ['bulk', 'main']) } : {}),
    tries: [{ tls: null }, ...(chance(0.7) ? [{ tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384' }] : [])],
  })
  const tags = chance(0.4) ? { tags: ['campaign:autumn', 'kind:a', 'kind:b', 'campaign:autumn'].slice(0, 1 + Math.floor(random() * 4)) } : {}
  if (chance(0.03)) tell('delivery.delivered', tried()) // Of a delivery that the log does not know.
  if (chance(0.05)) return tell('delivery.suppressed', { stream, category: 'bad-mailbox', ...tags }), events
  const tracking = [{}, { tracking: 'none' }, { tracking: 'opens' }, { tracking: 'clicks' }][number % 4]
  tell(chance(0.1) || 'mode' in test ? 'delivery.captured' : 'delivery.queued', { stream, dueMs: chance(0.1) ? atMs + HOUR_MS : atMs, ...tags, ...tracking })
  if (chance(0.05)) tell('delivery.held', { by: 'x' })
  if (chance(0.05)) events.push(...sharedHit(random, subject, { stream, ...test }, atMs))
  if (chance(0.05)) tell('delivery.rescheduled', { stream, dueMs: atMs + HOUR_MS })
  while (chance(0.45)) {
    waits(HOUR_MS)
    tell('delivery.deferred', { ...tried(), ...why(), ...(chance(0.1) ? { counted: false } : {}) })
    if (chance(0.1)) tell('delivery.delayed')
  }
  waits(pick(random, [900, 60_000, 5 * HOUR_MS]))
  const end = random()
  if (end < 0.1) return events // It waits.
  if (end < 0.15) return tell('delivery.cancelled', { by: 'x' }), events
  if (end < 0.18) return tell('delivery.suppressed', { stream, category: 'complaint' }), events
  if (end < 0.25) return tell('delivery.failed', { expired: true, category: 'expired', underlying: pick(random, WHY), attempt: 3 }), events
  if (end < 0.4) tell('delivery.failed', { ...tried(), ...why() })
  else tell('delivery.delivered', tried())
  hits(random, (type, data) => {
    waits(HOUR_MS)
    tell(type, data)
  })
  for (const [share, type, data] of [
    [0.15, 'delivery.complained', { category: 'complaint' }],
    [0.1, 'delivery.complained', { category: null, action: 'not-spam' }],
    [0.15, 'delivery.bounced', { category: 'mailbox-full' }],
    [0.1, 'delivery.bounced', { category: 'bad-mailbox' }],
    [0.1, 'delivery.complained', { category: 'complaint' }],
    [0.02, 'delivery.delivered', { site: 'gmail' }],
    [0.1, 'email.unsubscribed', { by: 'one-click' }],
    [0.1, 'email.unsubscribed', { by: 'page' }],
    [0.1, 'email.resubscribed', { by: 'page' }],
    [0.1, 'delivery.answered', { category: 'unsubscribe' }],
    [0.1, 'delivery.answered', { category: 'auto-reply' }],
  ] as const) {
    if (!chance(share)) continue
    waits(2 * DAY_MS)
    if (atMs - startMs < 7 * DAY_MS) tell(type, data)
  }
  return events
}

/** Openings and clicks of one recipient, each with the counts so far; what was a person's may turn out to be a program's. */
function hits(random: Random, tell: (type: EventType, data: object) => void): void {
  const counts = { opens: 0, clicks: 0, humanOpens: 0, humanClicks: 0 }
  while (random() < 0.4) {
    const what = pick(random, ['open', 'click'] as const)
    const judged = pick(random, what === 'open' ? ['human', 'bot', 'proxy'] : ['human', 'bot'])
    const human = Number(judged === 'human')
    if (what === 'open') Object.assign(counts, { opens: counts.opens + 1, humanOpens: counts.humanOpens + human })
    else Object.assign(counts, { clicks: counts.clicks + 1, humanClicks: random() < 0.2 ? 0 : counts.humanClicks + human })
    tell(what === 'open' ? 'email.opened' : 'email.clicked', { class: judged, ...counts })
  }
}

/** A hit of which nobody knows whose it is. */
function sharedHit(random: Random, subject: Pick<NewEvent, 'organization' | 'account' | 'message' | 'version'>, told: object, atMs: number): readonly NewEvent[] {
  return [{ ...subject, delivery: null, type: pick(random, ['email.opened', 'email.clicked'] as const), atMs, data: { recipient: null, ...told, class: pick(random, ['human', 'bot']), opens: 3, clicks: 2, humanOpens: 1, humanClicks: 1 } }]
}

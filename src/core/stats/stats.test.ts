import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ratesOf, timeToDeliverOf } from './answer.ts'
import { PROVIDERS } from '../pool/table/providers.ts'
import { LargestNames, OTHER } from './largest.ts'
import type { Event } from '../event/event.ts'
import type { Counts } from './counter.ts'
import { factOf } from './fact.ts'
import { COMPLAINTS_FROM } from './heard.ts'
import { BUCKETS_MS, bucketOf, percentileMs } from './histogram.ts'
import { born, countsOf, lived } from './life.ts'
import { COMPARED_DOMAINS, MAX_STEPS, NAMED_DOMAINS } from './limits.ts'
import { rangeOf } from './range.ts'
import { stepCount } from './asked.ts'

test('a percentile is never better than the truth, and at most one bucket worse', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100_000_000), { minLength: 1, maxLength: 200 }), fc.constantFrom(0.5, 0.95, 0.99), (times, share) => {
      const counts = [...BUCKETS_MS, 0].map((_, i) => times.filter((ms) => bucketOf(ms) === i).length)
      const truth = times.toSorted((a, b) => a - b)[Math.ceil(times.length * share) - 1] ?? 0
      const told = percentileMs(counts, share)
      assert.equal(told, BUCKETS_MS[bucketOf(truth)] ?? null)
    }),
  )
  assert.equal(percentileMs([...BUCKETS_MS, 0].map(() => 0), 0.5), null)
})

const ROOM = { named: NAMED_DOMAINS, compared: COMPARED_DOMAINS }

test('a domain that gets much of a mailing has its own name, however many others there are and whatever the order', () => {
  const domains = new LargestNames(ROOM)
  for (let i = 0; i < 5_000; i++) domains.name(`d${i}.example`)
  let named = 0
  for (let i = 0; i < 5_000; i++) {
    domains.name(`e${i}.example`)
    if (domains.name('big.example') === 'big.example') named += 1
  }
  assert.ok(named > 4_900, String(named))
  assert.equal(domains.name('seen-once.example'), OTHER)
  assert.equal(domains.toJSON().length, COMPARED_DOMAINS)
})

test('the first 200 domains of a day have their own names, and what is stored goes on where it was', () => {
  const domains = new LargestNames(ROOM)
  for (let i = 0; i < NAMED_DOMAINS; i++) assert.equal(domains.name(`d${i}`), `d${i}`)
  const again = new LargestNames(ROOM, JSON.parse(JSON.stringify(domains)))
  for (const name of ['x', 'd3', 'd3', '__proto__', 'x', 'x']) assert.equal(again.name(name), domains.name(name))
  assert.deepEqual(again.toJSON(), domains.toJSON())
})

test('who tells of complaints is a provider that we know', () => {
  assert.deepEqual([...COMPLAINTS_FROM].filter((key) => !PROVIDERS.byKey.has(key)), [])
})

test('a question is about whole steps that hold the time asked for, and about no more of them than an answer may have', () => {
  const at = fc.integer({ min: 0, max: 4_000_000_000_000 })
  fc.assert(
    fc.property(at, at, fc.constantFrom('hour' as const, 'day' as const, null), (fromMs, toMs, interval) => {
      const range = rangeOf({ fromMs, toMs, interval }, 0)
      if (fromMs > toMs) return assert.equal(range.ok, false)
      if (!range.ok) return assert.ok(toMs - fromMs > 30 * 86_400_000)
      const { value } = range
      assert.ok(value.fromMs <= fromMs && value.toMs >= toMs && value.toMs > value.fromMs)
      assert.ok(stepCount(value) <= MAX_STEPS[value.step] && Number.isInteger(stepCount(value)))
      assert.ok(interval === null || value.step === interval)
    }),
  )
  const hour = 3_600_000
  assert.deepEqual(rangeOf({ fromMs: hour, toMs: 3 * hour, interval: 'hour' }, 0), { ok: true, value: { fromMs: hour, toMs: 3 * hour, step: 'hour' } })
  assert.deepEqual(rangeOf({ fromMs: null, toMs: null, interval: 'hour' }, 100.5 * hour), { ok: true, value: { fromMs: 76 * hour, toMs: 101 * hour, step: 'hour' } })
})

test('rates divide by their own base, and by nothing not at all', () => {
  assert.equal(Object.values(ratesOf({})).every((rate) => rate === null), true)
  const rates = ratesOf({ attempted: 10, deferred: 4, delivered: 6, hard: 1, block: 1, late: 1, expired: 1, tries: 20, triesDeferred: 5, complained: 3, deliveredHeard: 4, complainedHeard: 1, deliveredAway: 4, deliveredTls: 2, opened: 3, openedAny: 4, clicked: 1, unsubscribedPage: 1, unsubscribedMail: 1 })
  assert.deepEqual(rates, { deferral: 0.4, delivery: 0.6, hardBounce: 0.1, softBounce: 0, blockBounce: 0.1, otherBounce: 0, lateBounce: 0.1, complaint: 0.25, attemptDeferral: 0.25, tls: 0.5, open: 0.5, openAny: 0.666667, click: 0.166667, clickToOpen: 0.333333, unsubscribe: 0.333333 })
  // 10 with a picture and links, of which 5 and 2 were read, and 90 with neither.
  const mixed = ratesOf({ delivered: 100, deliveredNoPicture: 90, deliveredNoLinks: 90, opened: 5, openedAny: 6, clicked: 2 })
  assert.deepEqual([mixed.open, mixed.openAny, mixed.click, mixed.clickToOpen], [0.5, 0.6, 0.2, 0.4])
  assert.deepEqual([ratesOf({ delivered: 9, deliveredNoPicture: 9, deliveredNoLinks: 9 }).open, ratesOf({ delivered: 9 }).click], [null, 0])
  assert.deepEqual(timeToDeliverOf({ t0: 1, t3: 1 }), { count: 2, p50Ms: 500, p95Ms: 5_000, p99Ms: 5_000 })
})

test('two hits of one moment count the same in whichever order the log has them', () => {
  const event = (type: Event['type'], data: object): Event => ({ id: 1, position: '0:1', atMs: 1, organization: 'o' as Event['organization'], account: null, message: null, delivery: 'q' as NonNullable<Event['delivery']>, type, version: 1, data })
  const click = event('email.clicked', { class: 'human', opens: 0, clicks: 1, humanOpens: 0, humanClicks: 1 })
  const open = event('email.opened', { class: 'proxy', opens: 1, clicks: 1, humanOpens: 0, humanClicks: 1 })
  const counted = (...hits: readonly Event[]): Counts => {
    const [first, ...later] = [event('delivery.queued', { stream: 'broadcast', recipient: 'a@b.example' }), event('delivery.delivered', { site: 'gmail' }), ...hits].map((each) => factOf(each))
    const life = first === undefined || first === null ? null : born(first, { domain: 'b.example', tags: [] })
    assert.ok(life !== null)
    return countsOf(later.reduce((before, fact) => (fact === null ? before : lived(before, fact)), life))
  }
  assert.partialDeepStrictEqual(counted(click, open), { opensProxy: 1, clicksHuman: 1, openedAny: 1 })
  assert.deepEqual(counted(open, click), counted(click, open))
})

test('what an event tells is bounded and fit for a key, whatever it holds', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 600 }), fc.constantFrom('\u0000', '\ud800', '__proto__', '@'))
  const data = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom('recipient', 'stream', 'site', 'source', 'category', 'dueMs', 'counted', 'underlying', 'pool', 'tags', 'tries'), fc.oneof(text, fc.jsonValue())))
  fc.assert(
    fc.property(data, (told) => {
      const fact = factOf({ id: 1, position: '0:1', atMs: 1, organization: 'o' as never, account: null, message: null, delivery: 'q' as never, type: 'delivery.queued', version: 1, data: told })
      for (const word of [fact?.domain, fact?.stream, fact?.source, fact?.provider, fact?.pool, fact?.category, ...(fact?.tags ?? [])]) {
        if (word === undefined) continue
        assert.ok(word.length <= 600 && word.isWellFormed())
        assert.doesNotMatch(word, /\u0000/)
      }
    }),
  )
})

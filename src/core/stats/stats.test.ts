import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ratesOf, timeToDeliverOf } from './answer.ts'
import { LargestDomains, OTHER } from './domains.ts'
import { factOf } from './fact.ts'
import { BUCKETS_MS, bucketOf, percentileMs } from './histogram.ts'
import { COMPARED_DOMAINS, NAMED_DOMAINS } from './limits.ts'

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

test('a domain that gets much of a mailing has its own name, however many others there are and whatever the order', () => {
  const domains = new LargestDomains()
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
  const domains = new LargestDomains()
  for (let i = 0; i < NAMED_DOMAINS; i++) assert.equal(domains.name(`d${i}`), `d${i}`)
  const again = new LargestDomains(JSON.parse(JSON.stringify(domains)))
  for (const name of ['x', 'd3', 'd3', '__proto__', 'x', 'x']) assert.equal(again.name(name), domains.name(name))
  assert.deepEqual(again.toJSON(), domains.toJSON())
})

test('rates divide by their own base, and by nothing not at all', () => {
  assert.equal(Object.values(ratesOf({})).every((rate) => rate === null), true)
  const rates = ratesOf({ attempted: 10, deferred: 4, delivered: 6, hard: 1, block: 1, late: 1, expired: 1, tries: 20, triesDeferred: 5, complained: 3, deliveredHeard: 4, complainedHeard: 1 })
  assert.deepEqual(rates, { deferral: 0.4, delivery: 0.6, hardBounce: 0.1, softBounce: 0, blockBounce: 0.1, otherBounce: 0, lateBounce: 0.1, complaint: 0.25, attemptDeferral: 0.25 })
  assert.deepEqual(timeToDeliverOf({ t0: 1, t3: 1 }), { count: 2, p50Ms: 500, p95Ms: 5_000, p99Ms: 5_000 })
})

test('what an event tells is bounded and fit for a key, whatever it holds', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 600 }), fc.constantFrom('\u0000', '\ud800', '__proto__', '@'))
  const data = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom('recipient', 'stream', 'site', 'source', 'category', 'dueMs', 'counted', 'underlying'), fc.oneof(text, fc.jsonValue())))
  fc.assert(
    fc.property(data, (told) => {
      const fact = factOf({ id: 1, position: '0:1', atMs: 1, organization: 'o' as never, account: null, message: null, delivery: 'q' as never, type: 'delivery.queued', version: 1, data: told })
      for (const word of [fact?.domain, fact?.stream, fact?.source, fact?.provider, fact?.category]) {
        if (word === undefined) continue
        assert.ok(word.length <= 600 && word.isWellFormed())
        assert.doesNotMatch(word, /\u0000/)
      }
    }),
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forever, HandClock, testResolver } from '../../../../test/support/dns/resolver.ts'
import { encodeReply, respond } from '../../../../test/support/dns/respond.ts'
import { startDns } from '../../../../test/support/dns/server.ts'
import { soaOf, zone } from '../../../../test/support/dns/zone.ts'
import { HOUR_MS } from '../../../base/duration.ts'
import { FAILURE_TTL_MS, MAX_NONE_TTL_MS, MAX_TTL_MS, MIN_NONE_TTL_MS, MIN_TTL_MS, STALE_FOR_MS, STALE_TTL_MS } from './limits.ts'

const NAME = 'a.example.test'

/** Zones whose records live so long, and their absence so long. */
function zones(ttlSeconds: number, minimumSeconds = ttlSeconds) {
  return [zone('example.test', { a: { A: ['192.0.2.1'] }, b: { A: ['192.0.2.2'] } }, { ttlSeconds, minimumSeconds })]
}

test('an answer is kept for its TTL, whatever case it is asked in, and no longer', async () => {
  await using dns = await startDns(zones(100))
  const clock = new HandClock()
  const resolver = testResolver([dns], { clock })
  await resolver.addresses(NAME, 4, forever)
  clock.move(99_000)
  const kept = await resolver.addresses('A.example.TEST.', 4, forever)
  assert.deepEqual(kept.kind === 'found' && [kept.ttlMs, kept.stale, kept.records], [1_000, false, ['192.0.2.1']])
  assert.equal(dns.count(), 1)
  clock.move(1_000)
  await resolver.addresses(NAME, 4, forever)
  assert.equal(dns.count(), 2)
})

test('types of one name are kept apart', async () => {
  await using dns = await startDns(zones(100))
  const resolver = testResolver([dns])
  assert.equal((await resolver.addresses(NAME, 6, forever)).kind, 'none')
  assert.equal((await resolver.addresses(NAME, 4, forever)).kind, 'found')
  assert.equal((await resolver.mx(NAME, forever)).kind, 'none')
})

const TTLS: readonly (readonly [number, number])[] = [[0, MIN_TTL_MS], [600, 600_000], [604_800, MAX_TTL_MS], [0x8000_0000, MIN_TTL_MS]]
for (const [ttlSeconds, ttlMs] of TTLS) {
  test(`a TTL of ${ttlSeconds} s is kept for ${ttlMs} ms`, async () => {
    await using dns = await startDns(zones(ttlSeconds))
    const answer = await testResolver([dns]).addresses(NAME, 4, forever)
    assert.equal(answer.kind === 'found' && answer.ttlMs, ttlMs)
  })
}

const ABSENCES: readonly (readonly [number, number, number])[] = [
  [0, 0, MIN_NONE_TTL_MS], [3600, 120, 120_000], [120, 3600, 120_000], [86_400, 86_400, MAX_NONE_TTL_MS],
]
for (const [ttlSeconds, minimumSeconds, ttlMs] of ABSENCES) {
  test(`an absence with an SOA of ${ttlSeconds} s and a minimum of ${minimumSeconds} s is kept for ${ttlMs} ms`, async () => {
    await using dns = await startDns(zones(ttlSeconds, minimumSeconds))
    const clock = new HandClock()
    const resolver = testResolver([dns], { clock })
    const noName = await resolver.addresses('c.example.test', 4, forever)
    const noRecord = await resolver.mx(NAME, forever)
    assert.deepEqual([noName, noRecord].map((answer) => answer.kind === 'none' && answer.ttlMs), [ttlMs, ttlMs])
    clock.move(ttlMs - 1)
    await resolver.mx(NAME, forever)
    assert.equal(dns.count(), 2)
    clock.move(1)
    await resolver.mx(NAME, forever)
    assert.equal(dns.count(), 3)
  })
}

test('an absence without an SOA is not kept', async () => {
  await using dns = await startDns(zones(300))
  dns.behave(NAME, 'bare-nxdomain')
  dns.behave('b.example.test', 'bare-nodata')
  const resolver = testResolver([dns])
  for (let times = 0; times < 2; times++) {
    for (const name of [NAME, 'b.example.test']) assert.equal((await resolver.addresses(name, 4, forever)).kind, 'none')
  }
  assert.equal(dns.count(), 4)
})

for (const behaviour of ['servfail', 'refused', 'garbage', 'no-tcp'] as const) {
  test(`after "${behaviour}" the question is not asked again for a moment, and then it is`, async () => {
    await using dns = await startDns(zones(300))
    dns.behave(NAME, behaviour)
    const clock = new HandClock()
    const resolver = testResolver([dns], { clock })
    const first = await resolver.addresses(NAME, 4, forever)
    const asked = dns.count()
    clock.move(FAILURE_TTL_MS - 1)
    assert.deepEqual(await resolver.addresses(NAME, 4, forever), first)
    assert.equal(dns.count(), asked)
    clock.move(1)
    dns.behave(NAME, null)
    assert.equal((await resolver.addresses(NAME, 4, forever)).kind, 'found')
  })
}

test('a lookup that was broken off is no failure of the name', async () => {
  await using dns = await startDns(zones(300))
  const release = dns.hold(NAME)
  const resolver = testResolver([dns])
  const impatient = new AbortController()
  const gaveUp = resolver.addresses(NAME, 4, impatient.signal)
  await dns.asked(NAME)
  impatient.abort()
  await gaveUp
  release()
  await resolver.addresses('b.example.test', 4, forever) // By now the first is over for good.
  assert.equal((await resolver.addresses(NAME, 4, forever)).kind, 'found')
})

test('equal questions at one time are one question on the wire', async () => {
  await using dns = await startDns(zones(300))
  const release = dns.hold(NAME)
  const resolver = testResolver([dns])
  const all = Promise.all(Array.from({ length: 50 }, (_, at) => resolver.addresses(at % 2 === 0 ? NAME : NAME.toUpperCase(), 4, forever)))
  await dns.asked(NAME)
  release()
  assert.ok((await all).every((answer) => answer.kind === 'found'))
  assert.equal(dns.count(), 1)
})

test('when servers fail an answer stands in for an hour after its time, and is called stale', async () => {
  await using dns = await startDns(zones(100))
  const clock = new HandClock()
  const resolver = testResolver([dns], { clock })
  await resolver.addresses(NAME, 4, forever)
  dns.behave('*', 'servfail')
  clock.move(HOUR_MS)
  for (let times = 0; times < 2; times++) {
    const answer = await resolver.addresses(NAME, 4, forever)
    assert.deepEqual(answer.kind === 'found' && [answer.records, answer.stale, answer.authentic, answer.ttlMs], [['192.0.2.1'], true, false, STALE_TTL_MS])
  }
  assert.equal(dns.count(), 2)
  clock.move(100_000 + STALE_FOR_MS - HOUR_MS)
  assert.equal((await resolver.addresses(NAME, 4, forever)).kind, 'failed')
})

test('an absence does not stand in, and an answer not for an absence', async () => {
  await using dns = await startDns(zones(100))
  const clock = new HandClock()
  const resolver = testResolver([dns], { clock })
  await resolver.addresses(NAME, 4, forever)
  await resolver.addresses('c.example.test', 4, forever)
  clock.move(HOUR_MS)
  dns.behave(NAME, 'nxdomain')
  dns.behave('c.example.test', 'servfail')
  assert.equal((await resolver.addresses(NAME, 4, forever)).kind, 'none')
  assert.equal((await resolver.addresses('c.example.test', 4, forever)).kind, 'failed')
})

test('an answer does not stand in for a fault that lasts', async () => {
  await using dns = await startDns(zones(100))
  const clock = new HandClock()
  const resolver = testResolver([dns], { clock })
  await resolver.addresses(NAME, 4, forever)
  clock.move(HOUR_MS)
  dns.serve([zone('example.test', { a: { CNAME: ['a'] } })])
  const answer = await resolver.addresses(NAME, 4, forever)
  assert.equal(answer.kind === 'failed' && answer.why, 'alias-loop')
})

test('aliases live as long as the shortest step, also over several questions', async () => {
  await using dns = await startDns([
    zone('short.test', { www: { CNAME: ['a.example.test.'] }, far: { CNAME: ['www.long.test.'] } }, { ttlSeconds: 70 }),
    zone('long.test', { www: { CNAME: ['a.example.test.'] } }, { ttlSeconds: 900 }),
    ...zones(500),
  ])
  const ttl = async (name: string): Promise<unknown> => {
    const answer = await testResolver([dns]).addresses(name, 4, forever)
    return answer.kind === 'found' && answer.ttlMs
  }
  assert.deepEqual([await ttl('www.short.test'), await ttl('far.short.test')], [70_000, 70_000])
  dns.behave('*', 'one-step')
  assert.deepEqual([await ttl('www.short.test'), await ttl('far.short.test'), await ttl('www.long.test')], [70_000, 70_000, 500_000])
})

test('an absence is not kept by the SOA of a zone that the name is not in', async () => {
  await using dns = await startDns(zones(300))
  dns.behave(NAME, (asked) => [encodeReply({ ...respond([], asked), rcode: 3, authorities: [soaOf(zone('other.test', {}))] })])
  const resolver = testResolver([dns])
  for (let times = 0; times < 2; times++) assert.equal((await resolver.addresses(NAME, 4, forever)).kind, 'none')
  assert.equal(dns.count(), 2)
})

test('a clock that is set back makes answers old, not immortal', async () => {
  await using dns = await startDns(zones(100))
  const clock = new HandClock()
  const resolver = testResolver([dns], { clock })
  await resolver.addresses(NAME, 4, forever)
  clock.move(-HOUR_MS)
  await resolver.addresses(NAME, 4, forever)
  assert.equal(dns.count(), 2)
  clock.move(-HOUR_MS)
  dns.behave('*', 'servfail')
  assert.equal((await resolver.addresses(NAME, 4, forever)).kind, 'failed')
})

test('what was forgotten is asked for again', async () => {
  await using dns = await startDns(zones(100))
  const resolver = testResolver([dns])
  await resolver.addresses(NAME, 4, forever)
  resolver.forget()
  await resolver.addresses(NAME, 4, forever)
  assert.equal(dns.count(), 2)
})

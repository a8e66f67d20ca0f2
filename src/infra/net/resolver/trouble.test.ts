import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { Behaviour } from '../../../../test/support/dns/behaviour.ts'
import { forever, testResolver } from '../../../../test/support/dns/resolver.ts'
import { encodeReply, respond } from '../../../../test/support/dns/respond.ts'
import { startDns } from '../../../../test/support/dns/server.ts'
import type { DnsTestServer } from '../../../../test/support/dns/server.ts'
import { zone } from '../../../../test/support/dns/zone.ts'
import type { Answer } from '../../../base/dns.ts'
import { exchangeTcp, exchangeUdp } from './exchange.ts'
import { FIRST_TRY_MS, LAST_TRY_MS, LOOKUP_WITHIN_MS } from './limits.ts'

const NAME = 'a.example.test'
const ZONES = [zone('example.test', { a: { A: ['192.0.2.1'] }, b: { A: ['192.0.2.2'] }, www: { CNAME: ['a'] }, far: { CNAME: ['www'] } })]

/** What an answer says, in a word. */
function word(answer: Answer<unknown>): string {
  if (answer.kind === 'found') return answer.records.join(' ')
  return answer.kind === 'none' ? answer.why : `failed ${answer.why}`
}

/** Asks a server of its own that behaves so. */
async function askedOf(t: TestContext, behaviour: Behaviour, name = NAME): Promise<{ readonly said: string; readonly dns: DnsTestServer; readonly answer: Answer<string> }> {
  const dns = await startDns(ZONES)
  t.after(() => dns[Symbol.asyncDispose]())
  dns.behave('*', behaviour)
  const answer = await testResolver([dns]).addresses(name, 4, forever)
  return { said: word(answer), dns, answer }
}

const ALONE: readonly (readonly [Behaviour & string, string, string])[] = [
  ['nxdomain', 'nxdomain', 'udp'],
  ['nodata', 'nodata', 'udp'],
  ['bare-nxdomain', 'nxdomain', 'udp'],
  ['bare-nodata', 'nodata', 'udp'],
  ['servfail', 'failed servfail', 'udp'],
  ['refused', 'failed refused', 'udp'],
  ['lame', 'failed lame', 'udp'],
  ['garbage', 'failed malformed', 'udp'],
  ['truncate', '192.0.2.1', 'udp tcp'],
  ['always-truncate', 'failed malformed', 'udp tcp'],
  ['no-tcp', 'failed unreachable', 'udp tcp'],
  ['wrong-case', '192.0.2.1', 'udp udp'],
  ['decoys', '192.0.2.1', 'udp'],
  ['flood', '192.0.2.1', 'udp tcp'],
  ['no-edns', '192.0.2.1', 'udp udp'],
]
for (const [behaviour, expected, over] of ALONE) {
  test(`a server that behaves like "${behaviour}" gives: ${expected}, after ${over}`, async (t) => {
    const { said, dns } = await askedOf(t, behaviour)
    assert.equal(said, expected)
    assert.equal(dns.queries.map((asked) => asked.over).join(' '), over)
  })
}

test('a server that changes letters is asked again in small ones, and one without EDNS without it', async (t) => {
  const { dns: cased } = await askedOf(t, 'wrong-case')
  assert.equal(cased.queries[1]?.name, NAME)
  const { dns: old } = await askedOf(t, 'no-edns')
  assert.deepEqual(old.queries.map(({ ednsBytes }) => ednsBytes), [1232, null])
})

for (const behaviour of ['servfail', 'refused', 'lame', 'garbage', 'no-tcp'] as const) {
  test(`after "${behaviour}" the next server is asked, and first the next time`, async () => {
    await using bad = await startDns(ZONES)
    await using good = await startDns(ZONES, '127.0.0.2')
    bad.behave('*', behaviour)
    const resolver = testResolver([bad, good])
    assert.equal(word(await resolver.addresses(NAME, 4, forever)), '192.0.2.1')
    const before = bad.count()
    assert.equal(word(await resolver.addresses('b.example.test', 4, forever)), '192.0.2.2')
    assert.deepEqual([before > 0, bad.count() - before, good.count()], [true, 0, 2])
  })
}

test('an absence is an answer: no other server is asked', async () => {
  await using first = await startDns(ZONES)
  await using second = await startDns(ZONES)
  assert.equal(word(await testResolver([first, second]).addresses('nothing.example.test', 4, forever)), 'nxdomain')
  assert.equal(second.count(), 0)
})

test('a fault of the name is the same everywhere: no other server is asked', async () => {
  await using first = await startDns([zone('example.test', { a: { CNAME: ['a'] } })])
  await using second = await startDns(ZONES)
  assert.equal(word(await testResolver([first, second]).addresses(NAME, 4, forever)), 'failed alias-loop')
  assert.equal(second.count(), 0)
})

test('where nobody listens the next server is asked at once', async () => {
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const { port } = free.address() as AddressInfo
  free.close()
  await using good = await startDns(ZONES)
  assert.equal(word(await testResolver([{ address: '127.0.0.1', port }, good]).addresses(NAME, 4, forever)), '192.0.2.1')
  assert.equal(word(await testResolver([{ address: '127.0.0.1', port }]).addresses(NAME, 4, forever)), 'failed unreachable')
})

test('of several failures the most telling is told, and it says which server', async () => {
  await using bad = await startDns(ZONES)
  await using worse = await startDns(ZONES)
  bad.behave('*', 'servfail')
  worse.behave('*', 'refused')
  const answer = await testResolver([bad, worse]).addresses(NAME, 4, forever)
  assert.deepEqual(answer, { kind: 'failed', why: 'servfail', detail: `127.0.0.1:${bad.port} said SERVFAIL` })
})

test('what failed is told once for each question that was asked, by why', async () => {
  await using bad = await startDns(ZONES)
  bad.behave('*', 'servfail')
  const told: string[] = []
  const resolver = testResolver([bad], { failed: (why) => told.push(why) })
  for (let times = 0; times < 3; times++) await resolver.addresses(NAME, 4, forever)
  assert.deepEqual(told, ['servfail'])
  await resolver.addresses('not a name', 4, forever)
  await testResolver([], { failed: (why) => told.push(why) }).addresses(NAME, 4, AbortSignal.abort())
  assert.deepEqual(told, ['servfail'], 'what was not asked did not fail')
})

for (const behaviour of ['drop', 'wrong-id', 'wrong-question'] as const) {
  test(`with "${behaviour}" the wait goes on, and then to the next server`, async (t) => {
    await using silent = await startDns(ZONES)
    await using good = await startDns(ZONES)
    silent.behave('*', behaviour)
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const answer = testResolver([silent, good], { firstTryMs: FIRST_TRY_MS }).addresses(NAME, 4, forever)
    await silent.asked(NAME)
    t.mock.timers.tick(FIRST_TRY_MS - 1)
    assert.equal(good.count(), 0)
    t.mock.timers.tick(1)
    assert.equal(word(await answer), '192.0.2.1')
    assert.equal(silent.count(), 1)
  })
}

test('a silent server is asked three times, and waited for longer each time', async (t) => {
  await using silent = await startDns(ZONES)
  await using other = await startDns(ZONES)
  silent.behave('*', 'drop')
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const answer = testResolver([silent], { firstTryMs: FIRST_TRY_MS }).addresses(NAME, 4, forever)
  for (const [at, waitMs] of [FIRST_TRY_MS, 2 * FIRST_TRY_MS, LAST_TRY_MS].entries()) {
    await silent.asked(NAME, at + 1)
    t.mock.timers.tick(waitMs - 1)
    // Another question and its answer: were there anything to come, it would have come.
    await testResolver([other]).addresses(`${at}.example.test`, 4, forever)
    assert.equal(silent.count(), at + 1)
    t.mock.timers.tick(1)
  }
  assert.equal(word(await answer), 'failed timeout')
  assert.equal(silent.count(), 3)
})

test('a lookup ends when its whole time is over, however many servers there are', async (t) => {
  await using silent = await startDns(ZONES)
  silent.behave('*', 'drop')
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const answer = testResolver([silent, silent], { withinMs: LOOKUP_WITHIN_MS }).addresses(NAME, 4, forever)
  await silent.asked(NAME)
  t.mock.timers.tick(LOOKUP_WITHIN_MS)
  assert.equal(word(await answer), 'failed timeout')
  assert.equal(silent.count(), 1)
})

test('who gives up gets "aborted" at once, and others who wait for the same answer still get it', async () => {
  await using dns = await startDns(ZONES)
  const release = dns.hold(NAME)
  const resolver = testResolver([dns])
  const impatient = new AbortController()
  const gaveUp = resolver.addresses(NAME, 4, impatient.signal)
  const waits = resolver.addresses(NAME, 4, forever)
  await dns.asked(NAME)
  impatient.abort()
  assert.equal(word(await gaveUp), 'failed aborted')
  release()
  assert.equal(word(await waits), '192.0.2.1')
  assert.equal(dns.count(), 1)
})

test('when everybody has given up the question is dropped, and asked anew by the next', async () => {
  await using dns = await startDns(ZONES)
  dns.hold(NAME)
  const resolver = testResolver([dns])
  const impatient = new AbortController()
  const gaveUp = resolver.addresses(NAME, 4, impatient.signal)
  await dns.asked(NAME)
  impatient.abort()
  assert.equal(word(await gaveUp), 'failed aborted')
  const release = dns.hold(NAME)
  const again = resolver.addresses(NAME, 4, forever)
  await dns.asked(NAME, 2)
  release()
  assert.equal(word(await again), '192.0.2.1')
  assert.equal(word(await resolver.addresses('b.example.test', 4, AbortSignal.abort())), 'failed aborted')
})

test('an exchange that is aborted before it begins does not begin', async () => {
  await using dns = await startDns(ZONES)
  for (const exchange of [exchangeUdp, exchangeTcp]) {
    assert.deepEqual(await exchange(dns, Buffer.alloc(12), () => 'ours', 60_000, AbortSignal.abort()), { kind: 'aborted' })
  }
})

test('a disposed resolver breaks off what it does and asks no more', async () => {
  await using dns = await startDns(ZONES)
  dns.hold(NAME)
  const resolver = testResolver([dns])
  const open = resolver.addresses(NAME, 4, forever)
  await dns.asked(NAME)
  resolver[Symbol.dispose]()
  assert.equal(word(await open), 'failed aborted')
  assert.equal(word(await resolver.addresses('b.example.test', 4, forever)), 'failed aborted')
  assert.equal(dns.count(), 1)
})

test('lookups beyond those on the wire wait, and beyond that are refused', async () => {
  await using dns = await startDns(ZONES)
  const release = dns.hold(NAME)
  const resolver = testResolver([dns], { inFlight: 1, waiting: 1 })
  const first = resolver.addresses(NAME, 4, forever)
  await dns.asked(NAME)
  const second = resolver.addresses('b.example.test', 4, forever)
  assert.equal(word(await resolver.addresses('c.example.test', 4, forever)), 'failed overloaded')
  assert.equal(dns.count(), 1)
  release()
  assert.deepEqual([word(await first), word(await second)], ['192.0.2.1', '192.0.2.2'])
})

test('aliases that the server does not follow we follow ourselves', async (t) => {
  const { answer, dns } = await askedOf(t, 'one-step', 'far.example.test')
  assert.ok(answer.kind === 'found')
  assert.deepEqual([answer.records, answer.name, answer.aliases], [['192.0.2.1'], NAME, ['far.example.test', 'www.example.test']])
  assert.deepEqual(dns.queries.map(({ key }) => key), ['far.example.test', 'www.example.test', NAME])
})

test('aliases in a circle end, even when each step is a question of its own', async (t) => {
  const ring: Behaviour = (asked) => {
    const next = asked.key === NAME ? 'b.example.test' : NAME
    return [encodeReply({ ...respond([], asked), rcode: 0, authorities: [], answers: [{ type: 'CNAME', name: asked.name, ttl: 60, data: next }] })]
  }
  const { said, dns } = await askedOf(t, ring)
  assert.equal(said, 'failed alias-loop')
  assert.equal(dns.count(), 2)
})

test('a chain without end is left after eight aliases', async (t) => {
  const endless: Behaviour = (asked) => {
    const next = `x.${asked.key}`
    return [encodeReply({ ...respond([], asked), rcode: 0, authorities: [], answers: [{ type: 'CNAME', name: asked.name, ttl: 60, data: next }] })]
  }
  const { said, dns } = await askedOf(t, endless)
  assert.equal(said, 'failed alias-chain')
  assert.equal(dns.count(), 9)
})

test('records of other names in an answer are not believed', async (t) => {
  const poison: Behaviour = (asked) => [encodeReply({
    ...respond(ZONES, asked),
    answers: [
      { type: 'A', name: 'bank.test', ttl: 60, data: '6.6.6.6' },
      { type: 'CNAME', name: 'bank.test', ttl: 60, data: NAME },
      { type: 'A', name: asked.name, ttl: 60, data: '192.0.2.1' },
    ],
  })]
  const { answer } = await askedOf(t, poison)
  assert.deepEqual(answer.kind === 'found' && [answer.records, answer.aliases], [['192.0.2.1'], []])
})

test('only records of other names: that is no absence that we would keep or believe of a server without authority', async (t) => {
  const elsewhere: Behaviour = (asked) => [encodeReply({
    ...respond([], asked), rcode: 0, recursive: false, authorities: [], answers: [{ type: 'A', name: 'bank.test', ttl: 60, data: '6.6.6.6' }],
  })]
  const { said } = await askedOf(t, elsewhere)
  assert.equal(said, 'failed lame')
})

test('an alias that leads to what is no name ends there', async (t) => {
  const { said, dns } = await askedOf(t, (asked) => [encodeReply({
    ...respond([], asked), rcode: 0, authorities: [], answers: [{ type: 'CNAME', name: asked.name, ttl: 60, data: 'with space.test' }],
  })])
  assert.equal(said, 'failed bad-name')
  assert.equal(dns.count(), 1)
})

test('a referral is no absence, even of a server that says it looks further', async (t) => {
  const { said } = await askedOf(t, (asked) => [encodeReply({
    ...respond([], asked), rcode: 0, authorities: [{ type: 'NS', name: 'example.test', ttl: 60, data: 'ns.example.test' }],
  })])
  assert.equal(said, 'failed lame')
})

test('records of another class are none of ours', async (t) => {
  const { said } = await askedOf(t, (asked) => [encodeReply({
    ...respond([], asked), rcode: 0, answers: [{ type: 'A', class: 'CH', name: asked.name, ttl: 60, data: '6.6.6.6' }],
  })])
  assert.equal(said, 'nodata')
})

test('records together with "no such name" contradict each other and are not used', async (t) => {
  const { said } = await askedOf(t, (asked) => [encodeReply({ ...respond(ZONES, asked), rcode: 3 })])
  assert.equal(said, 'failed malformed')
})

test('one record that cannot be read spoils the answer', async (t) => {
  const { said } = await askedOf(t, (_asked, honest) => {
    const bytes = Buffer.concat([honest])
    const at = bytes.indexOf(Buffer.from([0, 4, 192, 0, 2, 1]))
    bytes.writeUInt16BE(3, at)
    return [Buffer.concat([bytes.subarray(0, at + 5), bytes.subarray(at + 6)])]
  })
  assert.equal(said, 'failed malformed')
})

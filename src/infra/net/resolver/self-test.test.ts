import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forever, HandClock, testResolver } from '../../../../test/support/dns/resolver.ts'
import { startDns } from '../../../../test/support/dns/server.ts'
import { zone } from '../../../../test/support/dns/zone.ts'
import type { DnsResolver } from './resolver.ts'

const testNames = { signed: 'signed.test', broken: 'broken.test' }
const ZONES = [
  zone('signed.test', {
    '@': { A: ['192.0.2.1'], MX: ['10 mx'] },
    mx: { A: ['192.0.2.1'] },
    '_25._tcp.mx': { TLSA: ['3 1 1 aa'] },
    out: { CNAME: ['host.plain.test.'] },
    in: { CNAME: ['mx'] },
  }, { signed: true, ttlSeconds: 100 }),
  zone('plain.test', { host: { A: ['192.0.2.2'] }, in: { CNAME: ['mx.signed.test.'] } }),
  zone('broken.test', { '@': { A: ['192.0.2.3'] } }, { bogus: true }),
]
const validating = { validating: 'on-loopback', testNames } as const

/** Whether the answers to these names are authentic. */
async function marks(resolver: DnsResolver, ...names: readonly string[]): Promise<readonly (boolean | string)[]> {
  const answers = await Promise.all(names.map((name) => resolver.addresses(name, 4, forever)))
  return answers.map((answer) => (answer.kind === 'failed' ? answer.why : answer.authentic))
}

test('nothing is authentic before the self-test has passed, and all that is signed is afterwards', async () => {
  await using dns = await startDns(ZONES)
  const resolver = testResolver([dns], validating)
  assert.deepEqual(await marks(resolver, 'mx.signed.test'), [false])
  assert.equal(resolver.dnssec.kind === 'off' && resolver.dnssec.why, 'not-tested')
  assert.deepEqual(await resolver.selfTest(forever), { kind: 'on' })
  assert.deepEqual(resolver.dnssec, { kind: 'on' })
  assert.deepEqual(await marks(resolver, 'mx.signed.test', 'host.plain.test', 'in.signed.test'), [true, false, true])
  const tlsa = await resolver.tlsa('_25._tcp.mx.signed.test', forever)
  assert.equal(tlsa.kind === 'found' && tlsa.authentic, true)
})

test('absence is proven too', async () => {
  await using dns = await startDns(ZONES)
  const resolver = testResolver([dns], validating)
  await resolver.selfTest(forever)
  assert.deepEqual(await marks(resolver, 'no.signed.test', 'no.plain.test', '_tcp.mx.signed.test'), [true, false, true])
})

test('one step that is not signed makes the whole way not authentic', async () => {
  await using dns = await startDns(ZONES)
  const resolver = testResolver([dns], validating)
  await resolver.selfTest(forever)
  assert.deepEqual(await marks(resolver, 'out.signed.test', 'in.plain.test'), [false, false])
  const alias = await resolver.cname('out.signed.test', forever)
  assert.equal(alias.kind === 'found' && alias.authentic, true)
})

test('what is signed wrongly is a failure, and never an absence', async () => {
  await using dns = await startDns(ZONES)
  const resolver = testResolver([dns], validating)
  await resolver.selfTest(forever)
  assert.deepEqual(await marks(resolver, 'broken.test'), ['servfail'])
})

test('a resolver that is declared validating asks for DNSSEC, another does not and believes no mark', async () => {
  await using dns = await startDns(ZONES)
  await marks(testResolver([dns], validating), 'mx.signed.test')
  assert.deepEqual([dns.queries[0]?.dnssecOk, dns.queries[0]?.wantsAd], [true, true])
  dns.behave('*', (_asked, honest) => {
    honest.writeUInt8(honest.readUInt8(3) | 0x20, 3)
    return [honest]
  })
  const plain = testResolver([dns], { validating: 'no', testNames })
  const state = await plain.selfTest(forever)
  assert.equal(state.kind === 'off' && state.why, 'not-declared')
  assert.deepEqual(await marks(plain, 'mx.signed.test'), [false])
  assert.equal(dns.queries[1]?.dnssecOk, false)
})

test('a server that does not mark what is signed leaves DANE off, and the reason says so', async () => {
  await using dns = await startDns(ZONES)
  dns.behave('signed.test', 'no-ad')
  const resolver = testResolver([dns], validating)
  assert.deepEqual(await resolver.selfTest(forever), { kind: 'off', why: 'no-ad', detail: `127.0.0.1:${dns.port} did not mark signed.test as authentic` })
  assert.deepEqual(await marks(resolver, 'mx.signed.test'), [false])
})

test('a server that marks everything, and so validates nothing, is found out by the broken name', async () => {
  await using dns = await startDns([...ZONES.slice(0, 2), zone('broken.test', { '@': { A: ['192.0.2.3'] } }, { signed: true })])
  const resolver = testResolver([dns], validating)
  const state = await resolver.selfTest(forever)
  assert.equal(state.kind === 'off' && state.why, 'accepts-broken')
  assert.deepEqual(await marks(resolver, 'mx.signed.test'), [false])
})

for (const behaviour of ['servfail', 'refused', 'garbage', 'no-tcp'] as const) {
  test(`a test whose answer is "${behaviour}" proves nothing`, async () => {
    await using dns = await startDns(ZONES)
    dns.behave('signed.test', behaviour)
    const state = await testResolver([dns], validating).selfTest(forever)
    assert.equal(state.kind === 'off' && state.why, 'no-answer')
  })
}

test('a broken name that is refused for another reason than its signatures proves nothing', async () => {
  await using dns = await startDns(ZONES)
  dns.behave('broken.test', 'refused')
  const state = await testResolver([dns], validating).selfTest(forever)
  assert.equal(state.kind === 'off' && state.why, 'no-answer')
})

test('all servers must validate, since any of them may answer', async () => {
  await using good = await startDns(ZONES)
  await using bad = await startDns(ZONES)
  bad.behave('*', 'no-ad')
  const state = await testResolver([good, bad], validating).selfTest(forever)
  assert.equal(state.kind === 'off' && state.why, 'no-ad')
})

test('AD counts from this host only, unless the way to the server is declared safe', async () => {
  const servers = [{ address: '192.0.2.53', port: 53 }]
  const state = await testResolver(servers, validating).selfTest(forever)
  assert.equal(state.kind === 'off' && state.why, 'not-loopback')
  await using dns = await startDns(ZONES)
  const trusting = testResolver([dns], { validating: 'over-trusted-path', testNames })
  assert.deepEqual(await trusting.selfTest(forever), { kind: 'on' })
})

test('a later test that fails ends what was on, also for answers that are kept', async () => {
  await using dns = await startDns(ZONES)
  const resolver = testResolver([dns], validating)
  await resolver.selfTest(forever)
  assert.deepEqual(await marks(resolver, 'mx.signed.test'), [true])
  dns.behave('*', 'no-ad')
  await resolver.selfTest(forever)
  assert.deepEqual(await marks(resolver, 'mx.signed.test'), [false])
})

test('a later test without an answer changes nothing', async () => {
  await using dns = await startDns(ZONES)
  const resolver = testResolver([dns], validating)
  await resolver.selfTest(forever)
  for (const name of [testNames.signed, testNames.broken]) {
    dns.behave(name, 'refused')
    assert.deepEqual(await resolver.selfTest(forever), { kind: 'on' })
    dns.behave(name, null)
  }
  assert.deepEqual(await marks(resolver, 'mx.signed.test'), [true])
})

test('an authentic answer never stands in when its time is over', async () => {
  await using dns = await startDns(ZONES)
  const clock = new HandClock()
  const resolver = testResolver([dns], { ...validating, clock })
  await resolver.selfTest(forever)
  await marks(resolver, 'mx.signed.test')
  clock.move(200_000)
  dns.behave('*', 'servfail')
  assert.deepEqual(await marks(resolver, 'mx.signed.test'), ['servfail'])
})

test('told not to validate, a server gives what is signed wrongly, and that is neither authentic nor kept', async () => {
  const zones = [zone('signed.test', { '@': { A: ['192.0.2.1'] } }, { signed: true }), zone('broken.test', { '@': { A: ['192.0.2.3'], MX: ['10 mx'] } }, { bogus: true })]
  await using dns = await startDns(zones)
  const resolver = testResolver([dns], validating)
  await resolver.selfTest(forever)
  const unchecked = await resolver.uncheckedMx('broken.test', forever)
  assert.deepEqual([unchecked.kind, unchecked.kind === 'found' && unchecked.authentic], ['found', false])
  assert.equal((await resolver.mx('broken.test', forever)).kind, 'failed')
  dns.behave('broken.test', 'servfail')
  assert.equal((await resolver.uncheckedMx('broken.test', forever)).kind, 'failed')
})

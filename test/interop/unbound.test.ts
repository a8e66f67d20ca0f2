import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Answer } from '../../src/base/dns.ts'
import type { DnsResolver } from '../../src/infra/net/resolver/resolver.ts'
import { forever, testResolver } from '../support/dns/resolver.ts'
import { startUnbound } from '../support/dns/unbound.ts'
import type { Unbound } from '../support/dns/unbound.ts'

const MANY = Array.from({ length: 200 }, (_, at) => `many IN A 10.1.${at >> 6}.${at & 63}`)
const SIGNED = [
  '@ IN MX 20 mx2', '@ IN MX 10 mx1', 'mx1 IN A 192.0.2.1', 'mx1 IN AAAA 2001:db8::1', 'mx2 IN A 192.0.2.2', `_25._tcp.mx1 IN TLSA 3 1 1 ${'ab'.repeat(32)}`,
  'www IN CNAME mx1', 'out IN CNAME host.plain.test.', `sel._domainkey IN TXT "v=DKIM1; p=" "${'A'.repeat(250)}"`, 'null IN MX 0 .', '_submission._tcp IN SRV 0 1 587 mx1',
  ...MANY,
]
const PLAIN = ['host IN A 192.0.2.7', 'in IN CNAME mx1.signed.test.', 'ring1 IN CNAME ring2', 'ring2 IN CNAME ring1', '@ IN MX 10 host']

let unbound: Unbound
let resolver: DnsResolver
before(async () => {
  unbound = await startUnbound([
    { origin: 'signed.test', records: SIGNED.join('\n'), dnssec: 'signed' },
    { origin: 'broken.test', records: '@ IN A 192.0.2.3', dnssec: 'broken' },
    { origin: 'plain.test', records: PLAIN.join('\n'), dnssec: 'plain' },
  ])
  resolver = testResolver([unbound], { validating: 'on-loopback', testNames: { signed: 'mx1.signed.test', broken: 'broken.test' } })
  assert.deepEqual(await resolver.selfTest(forever), { kind: 'on' }, unbound.log())
})
after(() => unbound[Symbol.asyncDispose]())

/** What the answer is worth and, sorted, what it says. */
function told<T>(answer: Answer<T>): readonly [string, readonly T[]] {
  if (answer.kind === 'failed') return [`${answer.why}: ${answer.detail}`, []]
  const worth = answer.authentic ? 'authentic' : 'plain'
  return answer.kind === 'none' ? [`${answer.why} ${worth}`, []] : [worth, answer.records.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))]
}

test('unbound passes the self-test, and one that validates nothing does not', async () => {
  await using careless = await startUnbound([
    { origin: 'signed.test', records: 'mx1 IN A 192.0.2.1', dnssec: 'plain' },
    { origin: 'broken.test', records: '@ IN A 192.0.2.3', dnssec: 'plain' },
  ])
  const state = await testResolver([careless], { validating: 'on-loopback', testNames: { signed: 'mx1.signed.test', broken: 'broken.test' } }).selfTest(forever)
  assert.equal(state.kind === 'off' && state.why, 'no-ad')
})

test('all that is needed for DANE comes from unbound as authentic', async () => {
  assert.deepEqual(told(await resolver.mx('signed.test', forever)), [
    'authentic', [{ preference: 10, exchange: 'mx1.signed.test' }, { preference: 20, exchange: 'mx2.signed.test' }],
  ])
  assert.deepEqual(told(await resolver.addresses('mx1.signed.test', 4, forever)), ['authentic', ['192.0.2.1']])
  assert.deepEqual(told(await resolver.addresses('mx1.signed.test', 6, forever)), ['authentic', ['2001:db8::1']])
  const data = Uint8Array.from(Buffer.alloc(32, 0xab))
  assert.deepEqual(told(await resolver.tlsa('_25._tcp.mx1.signed.test', forever)), ['authentic', [{ usage: 3, selector: 1, matchingType: 1, data }]])
})

test('absence is authentic where the zone is signed, and only there', async () => {
  assert.deepEqual(told(await resolver.tlsa('_25._tcp.mx2.signed.test', forever)), ['nxdomain authentic', []])
  assert.deepEqual(told(await resolver.mx('mx1.signed.test', forever)), ['nodata authentic', []])
  assert.deepEqual(told(await resolver.mx('nothing.plain.test', forever)), ['nxdomain plain', []])
  assert.deepEqual(told(await resolver.txt('host.plain.test', forever)), ['nodata plain', []])
})

test('aliases are authentic when each step is', async () => {
  assert.deepEqual(told(await resolver.addresses('www.signed.test', 4, forever)), ['authentic', ['192.0.2.1']])
  assert.deepEqual(told(await resolver.addresses('out.signed.test', 4, forever)), ['plain', ['192.0.2.7']])
  assert.deepEqual(told(await resolver.addresses('in.plain.test', 4, forever)), ['plain', ['192.0.2.1']])
  assert.deepEqual(told(await resolver.cname('out.signed.test', forever)), ['authentic', ['host.plain.test']])
})

test('a wrong signature is a failure with the reason, and no absence', async () => {
  const answer = await resolver.addresses('broken.test', 4, forever)
  assert.ok(answer.kind === 'failed')
  assert.equal(answer.why, 'servfail')
  assert.match(answer.detail, /SERVFAIL, extended error \d+/)
})

test('an answer of two hundred signed addresses comes over TCP', async () => {
  const [worth, addresses] = told(await resolver.addresses('many.signed.test', 4, forever))
  assert.deepEqual([worth, addresses.length], ['authentic', 200])
})

test('text, services and the null MX are read from what unbound writes', async () => {
  assert.deepEqual(told(await resolver.txt('sel._domainkey.signed.test', forever))[1], [`v=DKIM1; p=${'A'.repeat(250)}`])
  assert.deepEqual(told(await resolver.srv('_submission._tcp.signed.test', forever))[1], [{ priority: 0, weight: 1, port: 587, target: 'mx1.signed.test' }])
  assert.deepEqual(told(await resolver.mx('null.signed.test', forever))[1], [{ preference: 0, exchange: '' }])
})

test('aliases in a circle are told as such or as a failure, never as an absence', async () => {
  const answer = await resolver.addresses('ring1.plain.test', 4, forever)
  assert.ok(answer.kind === 'failed' && (answer.why === 'alias-loop' || answer.why === 'servfail'), JSON.stringify(answer))
})

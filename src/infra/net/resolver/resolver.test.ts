import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { forever, testResolver } from '../../../../test/support/dns/resolver.ts'
import { startDns } from '../../../../test/support/dns/server.ts'
import type { DnsTestServer } from '../../../../test/support/dns/server.ts'
import { zone } from '../../../../test/support/dns/zone.ts'
import type { Answer } from '../../../base/dns.ts'
import type { DnsResolver } from './resolver.ts'

const LONG = 'v=DKIM1; k=rsa; p='.padEnd(700, 'A')
const ZONES = [
  zone('example.test', {
    '@': { MX: ['20 mx2', '10 mx1', '30 mx.other.test.'], TXT: ['v=spf1 -all', 'caf\u00e9'] },
    mx1: { A: ['192.0.2.1', '192.0.2.2'], AAAA: ['2001:db8:0:0::1'] },
    mx2: { A: ['192.0.2.3'] },
    null: { MX: ['0 .'] },
    'sel._domainkey': { TXT: [LONG] },
    '_25._tcp.mx1': { TLSA: ['3 1 1 00ff10'] },
    '_submission._tcp': { SRV: ['0 5 587 mx1', '10 0 0 .'] },
    www: { CNAME: ['web'] },
    web: { CNAME: ['host.other.test.'] },
    dangling: { CNAME: ['nothing.other.test.'] },
    ring1: { CNAME: ['ring2'] },
    ring2: { CNAME: ['ring1'] },
    self: { CNAME: ['self'] },
    ...Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`step${at}`, { CNAME: [`step${at + 1}`] }])),
    step10: { A: ['192.0.2.10'] },
    many: { A: Array.from({ length: 900 }, (_, at) => `10.0.${at >> 8}.${at & 255}`) },
  }, { ttlSeconds: 600, minimumSeconds: 120 }),
  zone('other.test', { host: { A: ['192.0.2.7'] } }, { ttlSeconds: 90 }),
  zone('2.0.192.in-addr.arpa', { 1: { PTR: ['mx1.example.test.', 'odd.example.test.'] } }),
  zone('8.b.d.0.1.0.0.2.ip6.arpa', { '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0': { PTR: ['mx1.example.test.'] } }),
]

let dns: DnsTestServer
let resolver: DnsResolver
before(async () => {
  dns = await startDns(ZONES)
  resolver = testResolver([dns])
})
after(() => dns[Symbol.asyncDispose]())

/** The records, or the answer as it is when there are none. */
function records<T>(answer: Answer<T>): readonly T[] | Answer<T> {
  return answer.kind === 'found' ? answer.records : answer
}

test('mail exchangers come as they were sent, targets in full', async () => {
  const answer = await resolver.mx('Example.TEST.', forever)
  assert.deepEqual(answer, {
    kind: 'found',
    name: 'example.test',
    aliases: [],
    records: [
      { preference: 20, exchange: 'mx2.example.test' },
      { preference: 10, exchange: 'mx1.example.test' },
      { preference: 30, exchange: 'mx.other.test' },
    ],
    authentic: false,
    ttlMs: 600_000,
    stale: false,
  })
})

test('a null MX is the root, written as an empty exchange', async () => {
  assert.deepEqual(records(await resolver.mx('null.example.test', forever)), [{ preference: 0, exchange: '' }])
})

test('addresses of both families are written plainly', async () => {
  assert.deepEqual(records(await resolver.addresses('mx1.example.test', 4, forever)), ['192.0.2.1', '192.0.2.2'])
  assert.deepEqual(records(await resolver.addresses('mx1.example.test', 6, forever)), ['2001:db8::1'])
})

test('the strings of a text record are joined, and each byte is a character', async () => {
  assert.deepEqual(records(await resolver.txt('sel._domainkey.example.test', forever)), [LONG])
  const two = records(await resolver.txt('example.test', forever)) as readonly string[]
  assert.equal(two[0], 'v=spf1 -all')
  assert.equal(Buffer.from(two[1] ?? '', 'latin1').toString(), 'caf\u00e9')
})

test('an address leads to its names, in IPv4, IPv6 and IPv4 in the clothes of IPv6', async () => {
  const names = ['mx1.example.test', 'odd.example.test']
  assert.deepEqual(records(await resolver.ptr('192.0.2.1', forever)), names)
  assert.deepEqual(records(await resolver.ptr('::ffff:192.0.2.1', forever)), names)
  assert.deepEqual(records(await resolver.ptr('2001:db8::1', forever)), ['mx1.example.test'])
  const answer = await resolver.ptr('mx1.example.test', forever)
  assert.equal(answer.kind === 'failed' && answer.why, 'bad-name')
})

test('certificates and services are read', async () => {
  assert.deepEqual(records(await resolver.tlsa('_25._tcp.mx1.example.test', forever)), [
    { usage: 3, selector: 1, matchingType: 1, data: Uint8Array.of(0, 255, 16) },
  ])
  assert.deepEqual(records(await resolver.srv('_submission._tcp.example.test', forever)), [
    { priority: 0, weight: 5, port: 587, target: 'mx1.example.test' },
    { priority: 10, weight: 0, port: 0, target: '' },
  ])
})

test('aliases are followed, told, and live no longer than the shortest of them', async () => {
  const answer = await resolver.addresses('www.example.test', 4, forever)
  assert.deepEqual(answer, {
    kind: 'found', name: 'host.other.test', aliases: ['www.example.test', 'web.example.test'], records: ['192.0.2.7'], authentic: false, ttlMs: 90_000, stale: false,
  })
})

test('the alias itself can be asked for', async () => {
  assert.deepEqual(records(await resolver.cname('www.example.test', forever)), ['web.example.test'])
  const none = await resolver.cname('mx1.example.test', forever)
  assert.equal(none.kind === 'none' && none.why, 'nodata')
})

test('an alias that leads to nothing is an absence, of the name at its end', async () => {
  const answer = await resolver.addresses('dangling.example.test', 4, forever)
  assert.ok(answer.kind === 'none')
  assert.deepEqual([answer.why, answer.name, answer.aliases], ['nxdomain', 'nothing.other.test', ['dangling.example.test']])
})

test('absence is told apart: no such name, or no such record', async () => {
  const noName = await resolver.mx('nowhere.example.test', forever)
  const noRecord = await resolver.mx('mx1.example.test', forever)
  const emptyName = await resolver.mx('_tcp.example.test', forever)
  assert.deepEqual([noName, noRecord, emptyName].map((answer) => answer.kind === 'none' && [answer.why, answer.ttlMs]), [
    ['nxdomain', 120_000], ['nodata', 120_000], ['nodata', 120_000],
  ])
})

test('aliases in a circle and over too many steps are faults that last', async () => {
  for (const name of ['ring1.example.test', 'self.example.test']) {
    const answer = await resolver.addresses(name, 4, forever)
    assert.equal(answer.kind === 'failed' && answer.why, 'alias-loop', name)
  }
  const long = await resolver.addresses('step0.example.test', 4, forever)
  assert.equal(long.kind === 'failed' && long.why, 'alias-chain')
  const eight = await resolver.addresses('step2.example.test', 4, forever)
  assert.equal(eight.kind === 'found' && eight.aliases.length, 8)
})

test('a name that cannot be asked for is a value, and no question', async () => {
  const before = dns.count()
  const names = ['', '.', 'a..b', '.a', 'b\u00fccher.test', '\u212Aelvin.test', 'with space.test', 'es\\.cape.test', `${'a'.repeat(64)}.test`, 'a.'.repeat(127) + 'a']
  for (const name of names) {
    const answer = await resolver.mx(name, forever)
    assert.equal(answer.kind === 'failed' && answer.why, 'bad-name', name)
  }
  assert.equal(dns.count(), before)
})

test('an answer too long for UDP is fetched over TCP', async () => {
  const answer = await resolver.addresses('many.example.test', 4, forever)
  assert.equal(answer.kind === 'found' && new Set(answer.records).size, 900)
  assert.deepEqual(dns.queries.filter(({ key }) => key === 'many.example.test').map(({ over }) => over), ['udp', 'tcp'])
})

test('questions have ids, ports and letters of their own, EDNS of 1232 bytes, and no DNSSEC unless it counts', async () => {
  const chance = testResolver([dns])
  for (let at = 0; at < 12; at++) await chance.mx(`a-long-name-with-letters-${at}.example.test`, forever)
  const asked = dns.queries.filter(({ key }) => key.startsWith('a-long-name'))
  assert.equal(asked.length, 12)
  assert.ok(new Set(asked.map(({ id }) => id)).size > 8)
  assert.ok(new Set(asked.map(({ port }) => port)).size > 8)
  assert.ok(asked.every(({ name, key }) => name !== key))
  assert.ok(asked.every(({ ednsBytes, dnssecOk, wantsAd }) => ednsBytes === 1232 && !dnssecOk && !wantsAd))
})

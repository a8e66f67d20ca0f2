import assert from 'node:assert/strict'
import test from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { DnsLists } from '../../src/core/filter/dnslist/dns-lists.ts'
import { clientSubjects } from '../../src/core/filter/dnslist/subjects.ts'
import { listFindings } from '../../src/core/filter/dnslist/list-session.ts'
import { lookUpReverse } from '../../src/core/filter/network/reverse.ts'
import { lookUpSenderDomain } from '../../src/core/filter/network/sender.ts'
import { DNS_LISTS } from '../../src/core/filter/table/dns-lists.ts'
import { checkSpf } from '../../src/proto/spf/check.ts'
import { inspectSpf } from '../../src/proto/spf/inspect.ts'
import { forever, testResolver } from '../support/dns/resolver.ts'
import { startDns } from '../support/dns/server.ts'
import { zone } from '../support/dns/zone.ts'

const ZONES = [
  zone('far.test', {
    '@': { TXT: ['v=spf1 include:_spf.far.test exists:%{ir}.%{l}.x.far.test -all exp=why.far.test'], MX: ['10 mx'] },
    _spf: { TXT: ['v=spf1 a:mx.far.test ptr:%{d3}'] },
    mx: { A: ['192.0.2.1'] },
    why: { TXT: ['%{i} sends not for %{o}'] },
    '3.2.0.192.ani+tag.x': { A: ['127.0.0.2'] },
  }),
  zone('2.0.192.in-addr.arpa', { 1: { PTR: ['mx.far.test.'] } }),
  zone('zen.spamhaus.org', { '2.0.0.127': { A: ['127.0.0.2'] }, '9.2.0.192': { A: ['127.0.0.4'] } }),
]

test('SPF and the network checks of the filter ask the program\'s resolver', async () => {
  await using dns = await startDns(ZONES)
  using resolver = testResolver([dns])
  const spf = (client: string, mailFrom = 'ani@far.test'): ReturnType<typeof checkSpf> => checkSpf({ client, helo: 'mx.far.test', mailFrom, receiver: 'mx.home.example', nowMs: 0 }, resolver, forever)
  assert.partialDeepStrictEqual(await spf('192.0.2.1'), { verdict: 'pass', lookups: 2, path: [{ term: 'include:_spf.far.test' }, { term: 'a:mx.far.test' }] })
  assert.partialDeepStrictEqual(await spf('192.0.2.3', 'ani+tag@far.test'), { verdict: 'pass' })
  // What no name can have is no name, and no trouble: the local part has a space.
  assert.partialDeepStrictEqual(await spf('192.0.2.3', 'ani b@far.test'), { verdict: 'fail', explanation: '192.0.2.3 sends not for far.test' })
  assert.deepEqual((await inspectSpf('far.test', resolver, forever)).remarks.map(({ kind }) => kind), ['uses-ptr'])

  assert.deepEqual(await lookUpReverse('192.0.2.1', resolver, forever), { kind: 'verified', name: 'mx.far.test', isGeneric: false })
  assert.equal((await lookUpSenderDomain('far.test', resolver, forever)).kind, 'reachable')

  const lists = new DnsLists({ lists: DNS_LISTS.filter(({ zone: name }) => name === 'zen.spamhaus.org'), dns: resolver, clock: { nowMs: () => 0 }, log: silentLog, asking: 'allowed', withinMs: 600_000 })
  await lists.selfTest(forever)
  assert.deepEqual(listFindings(await lists.session().about(clientSubjects('192.0.2.9'), forever)), [{ rule: 'DNSBL_XBL', evidence: '192.0.2.9' }])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { loadProviders, limitsOfRow } from './provider.ts'
import type { ProviderRow } from './provider.ts'
import { perMinute, perSecond } from './rate.ts'
import { siteLabel, siteOf } from './site.ts'
import { PROVIDERS } from './table/providers.ts'

const at = (preference: number, ...hosts: readonly string[]): readonly { preference: number; host: string }[] => hosts.map((host) => ({ preference, host }))

const ROW: ProviderRow = {
  key: 'one', name: 'One', match: { by: 'mx', below: ['one.example'] }, rollup: 'provider', connections: [1, 2], messagesPerConnection: 10,
  rate: [perMinute(1), perSecond(1)], note: '', source: 'ours', checkedAt: '2026-11-23', tests: { yes: ['mx.one.example'], no: ['mx.none.example'] },
}

test('Every row passes its own tests, and the rows that rules name are there', () => {
  assert.ok(PROVIDERS.byKey.size >= 55)
  for (const key of ['gmail', 'ms-consumer', 'm365', 'yahoo', 'apple', 'comcast', 'gmx-webde', 'orange', 't-online', 'mailru', 'yandex', 'qq', 'netease']) {
    assert.ok(PROVIDERS.byKey.has(key), key)
  }
})

test('A broken table is refused with one line that names the row', () => {
  const broken: readonly (readonly [Partial<ProviderRow>, string])[] = [
    [{ key: 'One' }, 'provider One: the key must be of lower-case letters, digits and hyphens'],
    [{ match: { by: 'mx', below: ['One.example'] } }, 'provider one: One.example is no lower-case host name'],
    [{ connections: [2, 1] }, 'provider one: fewer connections when warm than when cold'],
    [{ rate: [perSecond(1), perMinute(1)] }, 'provider one: slower when warm than when cold'],
    [{ messagesPerConnection: 0 }, 'provider one: messagesPerConnection: want a whole number from 1 to 10000, got 0'],
    [{ checkedAt: 'today' }, 'provider one: checkedAt must be a date, got today'],
    [{ tests: { yes: [], no: ['x'] } }, 'provider one: it needs a test of each kind'],
    [{ tests: { yes: ['mx.none.example'], no: ['x'] } }, 'provider one: mx.none.example should match, and does not'],
    [{ tests: { yes: ['mx.one.example'], no: ['a.one.example'] } }, 'provider one: a.one.example should not match, and does'],
  ]
  for (const [change, message] of broken) assert.throws(() => loadProviders([{ ...ROW, ...change }]), { message })
  assert.throws(() => loadProviders([ROW, ROW]), { message: 'provider one: the key is there twice' })
  assert.throws(() => loadProviders([ROW, { ...ROW, key: 'two' }]), { message: 'provider two: one.example belongs to one already' })
})

test('Domains at one provider are one site, whatever their hosts are called', () => {
  const hotmail = siteOf('hotmail.com', at(2, 'hotmail-com.olc.protection.outlook.com.'))
  assert.deepEqual(hotmail, { key: 'ms-consumer', provider: 'ms-consumer' })
  assert.deepEqual(siteOf('live.com', at(2, 'LIVE-com.OLC.protection.outlook.com')), hotmail)
  assert.deepEqual(siteOf('x.example', at(1, 'aspmx.l.google.com').concat(at(5, 'alt1.aspmx.l.google.com'))), { key: 'gmail', provider: 'gmail' })
})

test('A stranger who names a provider as his backup, or as his primary, is not that provider', () => {
  for (const hosts of [at(1, 'mx.evil.example').concat(at(9, 'aspmx.l.google.com')), at(1, 'aspmx.l.google.com').concat(at(9, 'mx.evil.example'))]) {
    const site = siteOf('evil.example', hosts)
    assert.equal(site.provider, null)
    assert.match(site.key, /^mx-[0-9a-f]{16}$/)
  }
})

test('Where customers are judged apart, each set of hosts is a site with the provider’s limits', () => {
  const a = siteOf('a.example', at(10, 'mxa-001.gslb.pphosted.com', 'mxb-001.gslb.pphosted.com'))
  const b = siteOf('b.example', at(10, 'mxa-002.gslb.pphosted.com', 'mxb-002.gslb.pphosted.com'))
  assert.equal(a.provider, 'proofpoint')
  assert.equal(b.provider, 'proofpoint')
  assert.notEqual(a.key, b.key)
  assert.deepEqual(siteOf('c.example', at(20, 'mxb-001.gslb.pphosted.com', 'mxa-001.gslb.pphosted.com')), a)
})

test('A row by domain holds where no host says otherwise', () => {
  assert.equal(siteOf('yahoo.co.jp', at(10, 'mx1.mail.yahoo.co.jp')).key, 'yahoo-jp')
  assert.equal(siteOf('sman1.sch.id', at(10, 'aspmx.l.google.com')).key, 'gmail')
  const own = siteOf('kota.go.id', at(10, 'mail.kota.go.id'))
  assert.equal(own.provider, 'id-public')
  assert.match(own.key, /^id-public-[0-9a-f]{16}$/)
  assert.notEqual(siteOf('desa.go.id', at(10, 'mail.desa.go.id')).key, own.key)
})

test('A site of nobody we know is its hosts in the order of preference; the numbers, the case and the order of the answer do not count', () => {
  const key = siteOf('a.example', at(10, 'mx1.x.example').concat(at(20, 'mx2.x.example'))).key
  assert.equal(siteOf('b.example', at(7, 'MX2.x.example.').concat(at(3, 'mx1.X.example'))).key, key)
  assert.notEqual(siteOf('a.example', at(10, 'mx1.x.example', 'mx2.x.example')).key, key)
  assert.notEqual(siteOf('a.example', at(10, 'mx1.x.example')).key, key)
  assert.notEqual(siteOf('a.example', []).key, siteOf('b.example', []).key)
})

test('A site’s label is for people', () => {
  const hosts = at(20, 'mx2.x.example').concat(at(10, 'mx1.x.example', 'in.y.example'))
  assert.equal(siteLabel(siteOf('x.example', hosts), hosts), 'mx#.x.example, in.y.example')
  const google = at(1, 'aspmx.l.google.com')
  assert.equal(siteLabel(siteOf('x.example', google), google), 'Gmail and Google Workspace')
})

test('Whatever the names are, a site has a key; a name that only ends like a provider’s is not the provider’s', () => {
  const label = fc.stringMatching(/^[a-z0-9]{1,8}$/)
  fc.assert(
    fc.property(fc.array(fc.record({ preference: fc.nat(65_535), host: fc.string() }), { maxLength: 30 }), fc.string(), (hosts, domain) => {
      assert.match(siteOf(domain, hosts).key, /^[a-z0-9-]+$/)
    }),
  )
  fc.assert(
    fc.property(label, (prefix) => {
      assert.equal(siteOf('x.example', at(1, `${prefix}google.com`)).provider, null)
      assert.equal(siteOf('x.example', at(1, `${prefix}.google.com`)).provider, 'gmail')
    }),
  )
})

test('Sources that are cold may do less than warm ones, nowhere more', () => {
  for (const row of PROVIDERS.byKey.values()) {
    const [cold, warm] = [limitsOfRow(row, 'cold'), limitsOfRow(row, 'warm')]
    assert.ok((cold.connections ?? 0) <= (warm.connections ?? 0) && (cold.burst ?? 0) <= (warm.burst ?? 0), row.key)
  }
})

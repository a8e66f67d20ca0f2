import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { unquoted } from '../../../test/support/domain-zone.ts'
import type { Domain } from '../../base/brand.ts'
import { parseStsPolicy } from '../../proto/mtasts/policy.ts'
import { parseStsRecord } from '../../proto/mtasts/record.ts'
import type { House } from './house.ts'
import { stsPolicyId, stsPolicyOf } from './sts.ts'
import { type Subject, wantedRecords } from './wanted-records.ts'
import { quotedText, zoneFile, zoneLine } from './zone-file.ts'

const NOW_MS = Date.parse('2026-11-26T12:00:00Z')
const address = { address: '192.0.2.25', reverse: '25.2.0.192.in-addr.arpa' }
const house: House = {
  hostname: 'mx.rumah.example',
  otherNames: [],
  addresses: [address, { address: '2001:db8::25', reverse: 'x.ip6.arpa' }],
  sending: [{ ...address, ehlo: 'mx.rumah.example' }, { address: '198.51.100.7', reverse: '7.100.51.198.in-addr.arpa', ehlo: 'out.rumah.example' }],
  families: [4, 6],
  services: [{ name: 'submissions', port: 465 }, { name: 'imaps', port: 993 }],
  httpsPort: null,
  linkHost: 'mx.rumah.example',
  certificate: null,
  nextKeyDigests: ['ab'.repeat(32)],
  authority: null,
  reportsTo: 'postmaster',
}
const key = { selector: 's1', record: `v=DKIM1; k=rsa; p=${'A'.repeat(392)}`, createdMs: NOW_MS - 1, activeMs: NOW_MS - 1, retiredMs: null }
const subject: Subject = { name: 'toko.example' as Domain, sts: 'testing', keys: [key], house, nowMs: NOW_MS }
const linesOf = (change: Partial<Subject>): readonly string[] => wantedRecords({ ...subject, ...change }).map(zoneLine)

test('a domain is told all that belongs into DNS, and where', () => {
  const lines = linesOf({})
  for (const line of [
    'toko.example. 3600 IN MX 10 mx.rumah.example.',
    'toko.example. 3600 IN TXT "v=spf1 a:mx.rumah.example ip4:198.51.100.7 ~all"',
    '_dmarc.toko.example. 3600 IN TXT "v=DMARC1; p=quarantine; sp=quarantine; np=reject; rua=mailto:postmaster@toko.example"',
    'mta-sts.toko.example. 3600 IN CNAME mx.rumah.example.',
    '_smtp._tls.toko.example. 3600 IN TXT "v=TLSRPTv1; rua=mailto:postmaster@toko.example"',
    '_submissions._tcp.toko.example. 3600 IN SRV 0 1 465 mx.rumah.example.',
    '_pop3._tcp.toko.example. 3600 IN SRV 0 0 0 .',
    'bounce.toko.example. 3600 IN CNAME mx.rumah.example.',
    'mx.rumah.example. 3600 IN A 192.0.2.25',
    'mx.rumah.example. 3600 IN AAAA 2001:db8::25',
    'mx.rumah.example. 3600 IN TXT "v=spf1 a ip4:198.51.100.7 ~all"',
    `_25._tcp.mx.rumah.example. 3600 IN TLSA 3 1 1 ${'ab'.repeat(32)}`,
    '7.100.51.198.in-addr.arpa. 3600 IN PTR out.rumah.example.',
  ]) assert.ok(lines.includes(line), line)
})

test('what is not offered is not asked for', () => {
  const lines = linesOf({ sts: 'none' }).join('\n')
  assert.doesNotMatch(lines, /mta-sts|_jmap|_autodiscover|CAA/)
  assert.equal(linesOf({ name: 'mx.rumah.example' as Domain }).filter((line) => line.includes('"v=spf1')).length, 1)
  assert.match(linesOf({ house: { ...house, httpsPort: 443, authority: 'ca.example' } }).join('\n'), /_autodiscover\._tcp\.toko\.example\. 3600 IN SRV 0 1 443[\s\S]*CAA 0 issue "ca\.example"/)
})

test('keys are there before they sign and for a week after, and then no more', () => {
  const day = 86_400_000
  const keys = [{ ...key, selector: 'next', activeMs: NOW_MS + day }, { ...key, selector: 'last', retiredMs: NOW_MS - day }, { ...key, selector: 'gone', retiredMs: NOW_MS - 8 * day }]
  const dkim = wantedRecords({ ...subject, keys }).filter(({ purpose }) => purpose === 'dkim')
  assert.deepEqual(dkim.map(({ name, remark }) => [name, remark]), [
    ['next._domainkey.toko.example', 'publish now: it signs from 2026-11-27 12:00 UTC on'],
    ['last._domainkey.toko.example', 'it signs no more; keep it until 2026-12-02 12:00 UTC, for mail that is on its way'],
  ])
})

test('what is only advice stands in the zone file as a comment', () => {
  const text = zoneFile(wantedRecords(subject))
  assert.match(text, /^; default\._bimi\.toko\.example\. 3600 IN TXT "v=BIMI1;/m)
  assert.match(text, /^; In the zone of the domain$/m)
  for (const line of text.split('\n')) assert.ok(line === '' || line.startsWith('; ') || /^\S+\. 3600 IN [A-Z]+ \S/.test(line), line)
})

test('any text is written as strings of at most 255 octets, and read back', () => {
  fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 700 }), fc.string({ maxLength: 700 })), (text) => {
    const written = quotedText(text)
    assert.match(written, /^[ -~]*$/)
    assert.equal(unquoted(written), text.toWellFormed())
  }))
  assert.equal(quotedText('a"b\\c;\n'), '"a\\"b\\\\c;\\010"')
})

test('the id of a policy is one that senders take, and changes when the policy does', () => {
  const ids = (['none', 'testing', 'enforce'] as const).map((mode) => stsPolicyId(house, mode))
  assert.equal(new Set([...ids, stsPolicyId({ ...house, otherNames: ['mx2.rumah.example'] }, 'enforce')]).size, 4)
  for (const id of ids) assert.equal(parseStsRecord([`v=STSv1; id=${id}`]), id)
  assert.deepEqual(stsPolicyOf(house, 'none').mx, [])
  assert.equal(parseStsPolicy(Buffer.from('')).ok, false)
})

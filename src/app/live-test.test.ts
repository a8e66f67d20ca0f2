import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type DnsTestServer, startDns } from '../../test/support/dns/server.ts'
import { forever, testResolver } from '../../test/support/dns/resolver.ts'
import { type Changes, zonesOf } from '../../test/support/domain-zone.ts'
import type { Domain, OrganizationId } from '../base/brand.ts'
import { systemClock } from '../base/clock.ts'
import { judgeAlignment } from '../core/domain/check/alignment.ts'
import type { Finding } from '../core/domain/check/finding.ts'
import { type DkimKey, makeDkimKeys, signingKeys } from '../core/domain/dkim.ts'
import type { House } from '../core/domain/house.ts'
import { type Subject, wantedRecords } from '../core/domain/wanted-records.ts'
import type { Sign } from '../core/outbound/content.ts'
import { MailSigner } from '../core/outbound/sign.ts'
import { liveTest } from './live-test.ts'
import { returnDomainsOf } from './outbound.ts'

const O1 = 'o1' as OrganizationId
const D = 'toko.example' as Domain
const nowMs = Date.now()
const [one, other] = ['192.0.2.25', '192.0.2.26'].map((address) => ({ address, reverse: `${address.split('.').toReversed().join('.')}.in-addr.arpa`, ehlo: 'mx.rumah.example' }))
assert.ok(one !== undefined && other !== undefined)
const house: House = {
  hostname: 'mx.rumah.example', otherNames: [], addresses: [one], sending: [one, other], families: [4], services: [], httpsPort: 443, linkHost: 'mx.rumah.example', certificate: null, nextKeyDigests: [], authority: null, reportsTo: 'postmaster',
}

let dns: DnsTestServer
let keys: readonly DkimKey[]
let subject: Subject
before(async () => {
  dns = await startDns()
  keys = await makeDkimKeys(nowMs - 1_000, nowMs - 1_000)
  subject = { name: D, sts: 'none', keys, house, nowMs }
})
after(() => dns[Symbol.asyncDispose]())

/** What a live test says while this is published in place of what is wanted, and these keys sign. */
async function tested(changes: Changes = {}, { signing = keys, silent = '', returns = subject.house.hostname } = {}): Promise<Finding> {
  dns.serve(zonesOf(wantedRecords(subject), changes))
  if (silent !== '') dns.behave(silent, 'servfail')
  using resolver = testResolver([dns], { clock: systemClock })
  const signer = new MailSigner({ clock: systemClock, keys: async (_, domain) => signingKeys(domain, signing, nowMs), platformKeys: async () => [] })
  const domains = returnDomainsOf(house.hostname, resolver)
  const sign: Sign = async (...args) => {
    const { fields, author } = await signer.sign(...args)
    const returnDomain = author === null ? null : await domains.of(author, args[0].sender)
    return { fields, note: null, ...(returnDomain === null ? {} : { returnDomain }) }
  }
  const finding = judgeAlignment(subject, await liveTest({ resolver, sign, secret: Buffer.alloc(32), returns }, O1, subject, forever))
  if (silent !== '') dns.behave(silent, null)
  return finding
}

const dkim = (text: string): Changes => Object.fromEntries(keys.map(({ selector }) => [`TXT ${selector}._domainkey.${D}`, [text]]))

test('mail of a domain that publishes what it should is aligned by SPF and DKIM, from every address and in both forms', async () => {
  const { kind, found } = await tested()
  assert.deepEqual([kind, found], ['pass', 'both are, from 192.0.2.25, 192.0.2.26'])
  assert.equal((await tested({}, { returns: D })).found, 'both are, from 192.0.2.25, 192.0.2.26', 'and where the domain takes its bounces, all of it is')
})

test('without a record for it the return path of programs is at our host, and their DKIM alone is aligned', async () => {
  for (const elsewhere of [null, ['mx.lain.example']]) {
    const { kind, found } = await tested({ [`CNAME bounce.${D}`]: elsewhere })
    assert.deepEqual([kind, found], ['pass', 'both are, from 192.0.2.25, 192.0.2.26; of programs’ mail DKIM, whose return path is at our host'])
  }
})

test('an address that SPF does not know is told, with the record that mends it', async () => {
  const { kind, found, advice, records } = await tested({ [`TXT ${D}`]: ['v=spf1 ip4:192.0.2.25 ~all'] })
  assert.equal(kind, 'warn')
  assert.match(found, /^people’s mail from 192\.0\.2\.26, as it is: SPF is not aligned \(SPF softfail: .*; DKIM pass of toko\.example, pass of toko\.example\)$/)
  assert.deepEqual(records.map(({ name, type }) => [name, type]), [[D, 'TXT']])
  assert.match(advice?.id ?? '', /Lihat hasil pemeriksaan spf dan dkim/)
})

test('a key in DNS that is not the one that signs is told; without SPF as well nothing proves the mail', async () => {
  const others = await makeDkimKeys(nowMs, nowMs)
  const broken = await tested({ [`CNAME bounce.${D}`]: null }, { signing: others.map((key, at) => ({ ...key, selector: keys[at]?.selector ?? '' })) })
  assert.match(broken.found, /^programs’ mail from 192\.0\.2\.25, as it is: neither SPF nor DKIM is aligned \(SPF pass: .*; DKIM fail of/)
  assert.equal(broken.kind, 'fail')
  const revoked = await tested({ ...dkim('v=DKIM1; p='), [`TXT ${D}`]: null })
  assert.deepEqual([revoked.kind, /neither SPF nor DKIM is aligned/.test(revoked.found)], ['fail', true])
  assert.equal((await tested({}, { signing: [] })).kind, 'fail')
})

test('without a policy nothing is aligned, and a DNS that is silent proves nothing', async () => {
  const without = await tested({ [`TXT _dmarc.${D}`]: null })
  assert.deepEqual([without.kind, /no DMARC policy/.test(without.found)], ['unknown', true])
  assert.equal((await tested({}, { silent: '*' })).kind, 'unknown')
})

test('an address that nobody told us of is no fault', () => {
  const { kind, found } = judgeAlignment(subject, { kind: 'untried', why: 'no public address\u001b[2J' })
  assert.deepEqual([kind, found], ['unknown', 'no public address?[2J'])
})

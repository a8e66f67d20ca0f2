import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import fc from 'fast-check'
import type { Answer, Caa, Mx, Srv, Tlsa } from '../../../base/dns.ts'
import type { Domain } from '../../../base/brand.ts'
import { makeDkimKeys } from '../dkim.ts'
import type { House } from '../house.ts'
import type { Subject } from '../wanted-records.ts'
import { zoneLine } from '../zone-file.ts'
import { checkDomain } from './check-domain.ts'
import { CHECK_IDS, PARKED_IDS } from './finding.ts'
import type { DnsPort, OutsidePort } from './questions.ts'

const NOW_MS = Date.parse('2026-11-26T12:00:00Z')
const address = { address: '192.0.2.25', reverse: '25.2.0.192.in-addr.arpa' }
const house: House = {
  hostname: 'mx.rumah.example', otherNames: [], addresses: [address], sending: [{ ...address, ehlo: 'mx.rumah.example' }], families: [4],
  services: [{ name: 'imaps', port: 993 }], httpsPort: 443, linkHost: 'mx.rumah.example', certificate: null, nextKeyDigests: [], authority: 'ca.example', reportsTo: 'postmaster',
}

let subject: Subject
before(async () => {
  subject = { name: 'toko.example' as Domain, sts: 'enforce', keys: await makeDkimKeys(NOW_MS, NOW_MS), house, nowMs: NOW_MS }
})

/** What strangers publish: parts of honest records in any order, and anything else. */
const part = fc.constantFrom('v=spf1 ', 'v=DMARC1;', 'v=DKIM1; ', 'v=STSv1; id=', 'v=TLSRPTv1; rua=', 'v=BIMI1; l=', 'p=', 'p=none; ', 'np=reject;', 'rua=mailto:a@b.example!9m,', 'include:toko.example ', 'redirect=toko.example ', '+all', 'ptr ', 'ip4:0.0.0.0/0 ', 'a:%{i}.x ', ';', '"', '\\', '\n', '\u001b[2J', '\ud800', '__proto__=1;', 'psd=y;', ' ')
const text = fc.oneof(fc.array(part, { maxLength: 12 }).map((parts) => parts.join('')), fc.string({ unit: 'binary', maxLength: 600 }))
const name = fc.oneof(fc.constantFrom('', '.', 'mx.rumah.example', 'toko.example', '192.0.2.25', 'constructor', 'a\\046b', '\u001b[2J.example'), fc.string({ maxLength: 80 }))
const byte = fc.nat(255)

function answerOf<T>(record: fc.Arbitrary<T>): fc.Arbitrary<Answer<T>> {
  return fc.oneof(
    fc.record({ kind: fc.constant('found' as const), records: fc.array(record, { minLength: 1, maxLength: 25 }), name, aliases: fc.array(name, { maxLength: 2 }), authentic: fc.boolean(), ttlMs: fc.nat(), stale: fc.boolean() }),
    fc.record({ kind: fc.constant('none' as const), why: fc.constantFrom('nxdomain' as const, 'nodata' as const), name, aliases: fc.constant([]), authentic: fc.boolean(), ttlMs: fc.nat() }),
    fc.record({ kind: fc.constant('failed' as const), why: fc.constantFrom('servfail' as const, 'timeout' as const, 'alias-loop' as const, 'bad-name' as const), detail: text }),
  )
}

const world = fc.record({
  mx: answerOf<Mx>(fc.record({ preference: fc.nat(65_535), exchange: name })),
  addresses: answerOf(fc.constantFrom('192.0.2.25', '10.0.0.1', '2001:db8::1', 'x')),
  txt: fc.array(answerOf(text), { minLength: 1, maxLength: 6 }),
  ptr: answerOf(name),
  tlsa: answerOf<Tlsa>(fc.record({ usage: byte, selector: byte, matchingType: byte, data: fc.uint8Array({ maxLength: 40 }) })),
  srv: answerOf<Srv>(fc.record({ priority: byte, weight: byte, port: fc.nat(65_535), target: name })),
  caa: answerOf<Caa>(fc.record({ critical: fc.boolean(), tag: fc.constantFrom('issue', 'tbs', '__proto__'), value: text })),
  validates: fc.boolean(),
})

test('whatever strangers publish, every check ends with a finding that can be shown and records that fit on a line', async () => {
  await fc.assert(fc.asyncProperty(world, text, fc.boolean(), async (published, why, isParked) => {
    let asked = 0
    const say = <T>(answer: Answer<T>): Promise<Answer<T>> => {
      asked++
      return Promise.resolve(answer)
    }
    let at = 0
    const dns: DnsPort = {
      mx: () => say(published.mx), uncheckedMx: () => say(published.mx), addresses: () => say(published.addresses), ptr: () => say(published.ptr), tlsa: () => say(published.tlsa), srv: () => say(published.srv),
      txt: () => say(published.txt[at++ % published.txt.length] ?? published.txt[0] as Answer<string>), // There is one at least.
      cname: () => say(published.ptr), caa: () => say(published.caa), validates: published.validates,
    }
    const outside: OutsidePort = {
      policy: async () => ({ kind: 'failed', why }), web: async () => ({ kind: 'failed', why }), greet: async () => ({ kind: 'failed', why }), oneClick: async () => ({ kind: 'untrusted', why }), listed: async () => ({ kind: 'listed', lists: [why], weight: 'light' }), reaches: async () => false, isPublic: () => true,
    }
    const { findings } = await checkDomain(isParked ? { ...subject, parked: true } : subject, dns, outside, AbortSignal.any([]))
    assert.deepEqual(findings.map(({ id }) => id), [...(isParked ? PARKED_IDS : CHECK_IDS)])
    for (const { found, expected, kind, advice, records } of findings) {
      assert.doesNotMatch(`${found}${expected}`, /[\p{Cc}\p{Cf}\p{Cs}]/u)
      assert.ok(found.length < 20_000)
      assert.equal(kind === 'pass', advice === null)
      assert.doesNotMatch(`${advice?.en ?? ''}${advice?.id ?? ''}`, /[^\P{Cc}\n]/u)
      for (const record of records) assert.match(zoneLine(record), /^[ -~]*$/)
    }
    assert.ok(asked < 3_000)
  }), { numRuns: 200 })
})

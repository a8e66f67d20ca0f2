import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { isDmarcRecord, parseDmarcRecord } from './record.ts'
import { reportUris } from './report-uri.ts'

test('a full record is read, in any order and case of its words', () => {
  const record = parseDmarcRecord('v = DMARC1 ; sp=Quarantine; P=REJECT; np=none; psd=n; t=y; adkim=s; aspf=S; fo=1:d; rua=mailto:a@me.test!10m , mailto:b%2Bc@other.test?subject=x; ruf=mailto:f@me.test; pct=20; x-new=1;')
  assert.deepEqual(record, {
    text: record?.text,
    policy: 'reject', subdomains: 'quarantine', nonexistent: 'none', psd: 'n', testing: true, dkim: 'strict', spf: 'strict',
    aggregateTo: [{ address: 'a@me.test', domain: 'me.test' }, { address: 'b+c@other.test', domain: 'other.test' }],
    failureTo: [{ address: 'f@me.test', domain: 'me.test' }], failureOptions: '1:d', standing: 'valid',
  })
})

test('what is not said has its default, and what is not understood is passed over', () => {
  const record = parseDmarcRecord('v=DMARC1; nonsense; =x; psd=maybe; adkim=loose; t=perhaps; fo=\u00e9')
  assert.deepEqual([record?.policy, record?.subdomains, record?.psd, record?.testing, record?.dkim, record?.spf, record?.failureOptions, record?.standing], ['none', null, 'u', false, 'relaxed', 'relaxed', '0', 'valid'])
})

test('a record begins with its version, whose value has its case', () => {
  for (const text of ['v=DMARC1', 'V=DMARC1;p=none', 'v\t=\tDMARC1 ;', 'v=DMARC1; p=']) assert.ok(isDmarcRecord(text), text)
  for (const text of ['', ' v=DMARC1', 'v=DMARC12', 'v=DMARC1 p=none', 'v=dmarc1; p=none', 'p=none; v=DMARC1', 'v=DMARC']) assert.ok(!isDmarcRecord(text), text)
})

test('a tag that comes twice spoils the record', () => {
  assert.equal(parseDmarcRecord('v=DMARC1; p=none; p=reject'), null)
  assert.equal(parseDmarcRecord('v=DMARC1; p=none; v=DMARC1'), null)
})

test('only URIs are report addresses, and only mail is kept', () => {
  assert.deepEqual(reportUris('mailto:a@b.test,https://b.test/x,c@d.test, MAILTO:A@b.test, mailto:%, mailto:x@[192.0.2.1]'), {
    mail: [{ address: 'a@b.test', domain: 'b.test' }, { address: 'A@b.test', domain: 'b.test' }], count: 5,
  })
  assert.equal(reportUris('mailto:a@b.test,'.repeat(100)).mail.length, 1)
})

test('any text is a record or none, and is read without a throw', () => {
  const word = fc.constantFrom('v=DMARC1', ';', 'p=', 'reject', 'rua=', 'mailto:', 'a@b.test', ',', '!', '%', '__proto__=x', ' ', '\0')
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.array(word).map((words) => words.join('')), fc.array(word).map((words) => `v=DMARC1;${words.join('')}`))
  fc.assert(fc.property(text, (each) => {
    const record = parseDmarcRecord(each)
    if (record !== null) assert.ok(isDmarcRecord(each) && record.aggregateTo.length <= 10)
    reportUris(each)
  }))
  assert.equal(parseDmarcRecord(`v=DMARC1; p=reject;${' '.repeat(1e6)}`), null)
})

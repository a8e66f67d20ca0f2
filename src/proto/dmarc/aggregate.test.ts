import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { readAggregate, readingAggregate } from './aggregate-read.ts'
import type { AggregateReport } from './aggregate-report.ts'
import { writeAggregate } from './aggregate-write.ts'

const REPORT: AggregateReport = {
  organization: 'Home & <Sons>', email: 'reports@home.test', contact: null, id: '20260101.me.test@home.test', begin: 1767225600, end: 1767311999, generator: 'Merpati', errors: ['several records'],
  policy: { domain: 'me.test', policy: 'quarantine', subdomains: null, nonexistent: 'reject', dkim: 'r', spf: 's', failureOptions: '0', testing: true, discovery: 'treewalk' },
  records: [
    {
      source: '2001:db8::1', count: 7, disposition: 'quarantine', dkim: 'fail', spf: 'fail', reasons: [{ type: 'policy_test_mode', comment: 't=y' }], headerFrom: 'me.test', envelopeFrom: '', envelopeTo: null,
      signatures: [{ domain: 'list.test', selector: 's1', result: 'pass' }, { domain: 'me.test', selector: 's2', result: 'fail' }], spfCheck: { domain: 'list.test', result: 'pass' },
    },
    { source: '192.0.2.1', count: 1, disposition: 'pass', dkim: 'pass', spf: 'pass', reasons: [], headerFrom: 'sub.me.test', envelopeFrom: 'me.test', envelopeTo: 'home.test', signatures: [], spfCheck: null },
  ],
}

function read(xml: string): AggregateReport | string {
  const result = readAggregate(xml)
  return result.ok ? result.value.report : result.error
}

test('a report is written as RFC 9990 wants it, to the letter', () => {
  const [first] = REPORT.records
  assert.ok(first)
  assert.equal(writeAggregate({ ...REPORT, records: [first] }), `<?xml version="1.0" encoding="UTF-8"?>
<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">
  <version>1.0</version>
  <report_metadata>
    <org_name>Home &amp; &lt;Sons&gt;</org_name>
    <email>reports@home.test</email>
    <report_id>20260101.me.test@home.test</report_id>
    <date_range>
      <begin>1767225600</begin>
      <end>1767311999</end>
    </date_range>
    <error>several records</error>
    <generator>Merpati</generator>
  </report_metadata>
  <policy_published>
    <domain>me.test</domain>
    <discovery_method>treewalk</discovery_method>
    <p>quarantine</p>
    <np>reject</np>
    <fo>0</fo>
    <adkim>r</adkim>
    <aspf>s</aspf>
    <testing>y</testing>
  </policy_published>
  <record>
    <row>
      <source_ip>2001:db8::1</source_ip>
      <count>7</count>
      <policy_evaluated>
        <disposition>quarantine</disposition>
        <dkim>fail</dkim>
        <spf>fail</spf>
        <reason>
          <type>policy_test_mode</type>
          <comment>t=y</comment>
        </reason>
      </policy_evaluated>
    </row>
    <identifiers>
      <header_from>me.test</header_from>
      <envelope_from></envelope_from>
    </identifiers>
    <auth_results>
      <dkim>
        <domain>list.test</domain>
        <selector>s1</selector>
        <result>pass</result>
      </dkim>
      <dkim>
        <domain>me.test</domain>
        <selector>s2</selector>
        <result>fail</result>
      </dkim>
      <spf>
        <domain>list.test</domain>
        <scope>mfrom</scope>
        <result>pass</result>
      </spf>
    </auth_results>
  </record>
</feedback>
`)
})

test('what we write we read', () => {
  assert.deepEqual(read(writeAggregate(REPORT)), REPORT)
})

test('whatever a message said, the report is XML and says the same', () => {
  const text = fc.string({ unit: 'binary', maxLength: 80 })
  fc.assert(fc.property(text, text, (organization, comment) => {
    const clean = (each: string): string => each.toWellFormed().replace(/[\0-\x08\v\f\x0e-\x1f\x7f\ufffe\uffff]/g, '').replace(/\p{Cc}+/gu, ' ').trim()
    const [first] = REPORT.records
    assert.ok(first)
    const found = read(writeAggregate({ ...REPORT, organization, records: [{ ...first, reasons: [{ type: 'other', comment }] }] }))
    assert.ok(typeof found === 'object')
    assert.equal(found.organization, clean(organization))
    assert.equal(found.records[0]?.reasons[0]?.comment, clean(comment))
  }))
})

test('a report of RFC 7489 is read, with its own words and without what it does not know', () => {
  const old = `<?xml version="1.0" encoding="UTF-8" ?>
<feedback><report_metadata><org_name>big.test</org_name><email>noreply@big.test</email><report_id>123</report_id><date_range><begin>1</begin><end>86400</end></date_range></report_metadata>
<policy_published><domain>ME.test</domain><adkim>r</adkim><aspf>r</aspf><p>none</p><sp>none</sp><pct>100</pct></policy_published>
<record><row><source_ip>192.0.2.1</source_ip><count>2</count><policy_evaluated><disposition>none</disposition><dkim>fail</dkim><spf>pass</spf><reason><type>forwarded</type></reason></policy_evaluated></row>
<identifiers><header_from>me.test</header_from></identifiers><auth_results><dkim><domain>me.test</domain><result>fail</result></dkim><spf><domain>me.test</domain><result>pass</result></spf></auth_results></record></feedback>`
  const report = read(old)
  assert.ok(typeof report === 'object')
  assert.equal(report.policy.domain, 'me.test')
  assert.equal(report.policy.discovery, null)
  assert.deepEqual(report.records[0]?.signatures, [{ domain: 'me.test', selector: null, result: 'fail' }])
  assert.deepEqual(report.records[0]?.reasons, [{ type: 'forwarded', comment: null }])
})

test('a namespace may be missing, be another one, or be a prefix', () => {
  const xml = writeAggregate(REPORT)
  assert.deepEqual(read(xml.replace(/ xmlns="[^"]*"/, '')), REPORT)
  assert.deepEqual(read(xml.replace(/xmlns="[^"]*"/, 'xmlns="http://dmarc.org/dmarc-xml/0.1"')), REPORT)
  assert.deepEqual(read(xml.replace('xmlns=', 'xmlns:d=').replace(/<(\/?)(?=[a-z])/g, '<$1d:')), REPORT)
})

test('extensions are passed over', () => {
  const xml = writeAggregate(REPORT).replace('</policy_published>', '</policy_published><extension><e:x xmlns:e="urn:x">y</e:x></extension>').replaceAll('</auth_results>', '</auth_results><e:arc>z</e:arc>')
  assert.deepEqual(read(xml), REPORT)
})

test('what is no report is told, and documents that declare entities are not read', () => {
  const xml = writeAggregate(REPORT)
  assert.equal(read(''), 'no-metadata')
  assert.equal(read('<feedback>'), 'no-metadata')
  assert.equal(read(xml.replaceAll('policy_published', 'policy')), 'no-policy')
  assert.equal(read(xml.replaceAll('record>', 'rec>')), 'no-records')
  assert.equal(read(xml.replace('<begin>1767225600', '<begin>soon')), 'no-metadata')
  assert.equal(read(xml.replace('<feedback', '<!doctype f [<!ENTITY a "b">]><feedback')), 'dtd')
})

test('rows that make no sense are left out, and nesting without end is none', () => {
  const xml = writeAggregate(REPORT)
  const result = readAggregate(xml.replace('192.0.2.1', 'somewhere'))
  assert.ok(result.ok)
  assert.deepEqual([result.value.report.records.length, result.value.leftOut], [1, 1])
  const nested = readAggregate(xml.replace('</row>', `${'<a>'.repeat(5000)}</row>`))
  assert.ok(nested.ok)
  assert.equal(nested.value.leftOut, 1)
  assert.equal(read(xml.replaceAll('</record>', `${'x'.repeat(140_000)}</record>`)), 'no-records')
})

test('others have their turn after each row, whatever is in it', () => {
  const xml = writeAggregate(REPORT)
  const reading = readingAggregate(xml.replaceAll('</row>', `${'<x/>'.repeat(7_000)}</row>`))
  let turns = 0
  for (let step = reading.next(); step.done !== true; step = reading.next()) turns += 1
  assert.equal(turns, REPORT.records.length)
  assert.equal(read(xml.replaceAll('</row>', `${'<x/>'.repeat(8_200)}</row>`)), 'no-records')
})

test('names of JavaScript are names like others', () => {
  const xml = writeAggregate(REPORT).replaceAll('<row>', '<__proto__><count>9</count></__proto__><constructor>x</constructor><row>')
  const report = read(xml)
  assert.ok(typeof report === 'string' || report.records.every(({ count }) => count === 7 || count === 1))
})

test('any text is a report or a fault, in linear time', () => {
  const piece = fc.constantFrom('<record>', '</record>', '<row>', '</row>', '<report_metadata>', '</report_metadata>', '<policy_published>', '</policy_published>', '<domain>', 'me.test', '<![CDATA[', ']]>', '<!--', '-->', '&amp;', '&#x0;', '<', '>', '\0', '<?x?>')
  fc.assert(fc.property(fc.oneof(fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('')), fc.string({ unit: 'binary' })), (xml) => {
    readAggregate(xml)
    readAggregate(writeAggregate(REPORT).replace('</row>', () => `${xml}</row>`))
  }))
  for (const each of ['<record>', '<record ', '</record', '<a:record>', '<', '</']) readAggregate(each.repeat(100_000))
})

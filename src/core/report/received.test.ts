import assert from 'node:assert/strict'
import test from 'node:test'
import type { AggregateRecord, AggregateReport } from '../../proto/dmarc/aggregate-report.ts'
import type { TlsReport } from '../../proto/tlsrpt/report.ts'
import { ofAggregate, ofTls } from './received.ts'

const ROW: AggregateRecord = { source: '192.0.2.1', count: 1, disposition: 'none', dkim: 'fail', spf: 'fail', reasons: [], headerFrom: 'me.test', envelopeFrom: null, envelopeTo: null, signatures: [], spfCheck: null }
const REPORT: AggregateReport = {
  organization: '', email: 'reports@far.test', contact: null, id: '1', begin: 1, end: 86_400, generator: null, errors: [],
  policy: { domain: 'me.test', policy: 'none', subdomains: null, nonexistent: null, dkim: 'r', spf: 'r', failureOptions: null, testing: false, discovery: null }, records: [ROW],
}

test('a report is summed up, and rows with most messages are kept first', () => {
  const records = [ROW, { ...ROW, count: 5, dkim: 'pass' as const }, { ...ROW, count: 7, spf: 'pass' as const }]
  const { passed, failed, reporter, document } = ofAggregate({ ...REPORT, records })
  assert.deepEqual([passed, failed, reporter], [12, 1, 'reports@far.test'])
  assert.ok('records' in document)
  assert.deepEqual(document.records.map(({ count }) => count), [7, 5, 1])
})

test('what strangers count stays a number that a database takes, and what they write stays small', () => {
  const signatures = Array.from({ length: 100 }, () => ({ domain: 'x'.repeat(500), selector: 'x'.repeat(500), result: 'pass' }))
  const records = Array.from({ length: 20_000 }, () => ({ ...ROW, count: 999_999_999_999, signatures }))
  const { failed, document } = ofAggregate({ ...REPORT, records })
  assert.equal(failed, Number.MAX_SAFE_INTEGER)
  assert.ok(JSON.stringify(document).length < 1_100_000)
  const failures = Array.from({ length: 1000 }, () => ({ result: 'x'.repeat(500), sendingAddress: null, receivingHost: 'x'.repeat(500), receivingAddress: null, sessions: Number.MAX_SAFE_INTEGER, reason: null }))
  const policy = { type: 'sts', lines: [], domain: 'me.test', hosts: [], successful: 1, failed: Number.MAX_SAFE_INTEGER, failures } as const
  const tls: TlsReport = { organization: 'Far', contact: '', id: '1', beginMs: 0, endMs: 1, policies: [policy, policy, { ...policy, domain: 'other.test' }] }
  const [first, second, ...more] = ofTls(tls)
  assert.deepEqual([first?.domain, first?.failed, first?.passed, second?.domain, more.length], ['me.test', Number.MAX_SAFE_INTEGER, 2, 'other.test', 0])
  assert.ok(JSON.stringify(first?.document).length < 1_200_000)
})

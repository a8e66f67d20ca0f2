import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { MAX_REPORT_CHARS } from './limits.ts'
import { readTlsReport } from './read.ts'
import { tlsReportPages, tlsReportTo } from './record.ts'
import type { TlsReport } from './report.ts'
import { writeTlsReport } from './write.ts'

const REPORT: TlsReport = {
  organization: 'Home', contact: 'tls@home.test', id: '2026-01-01.me.test@home.test', beginMs: Date.UTC(2026, 0, 1), endMs: Date.UTC(2026, 0, 1, 23, 59, 59),
  policies: [
    {
      type: 'sts', lines: ['version: STSv1', 'mode: testing', 'mx: *.mail.me.test'], domain: 'me.test', hosts: ['*.mail.me.test'], successful: 5326, failed: 303,
      failures: [
        { result: 'certificate-expired', sendingAddress: '2001:db8:abcd:12::1', receivingHost: 'mx1.mail.me.test', receivingAddress: '192.0.2.9', sessions: 100, reason: null },
        { result: 'validation-failure', sendingAddress: null, receivingHost: null, receivingAddress: null, sessions: 203, reason: 'X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED' },
      ],
    },
    { type: 'no-policy-found', lines: [], domain: 'me.test', hosts: [], successful: 1, failed: 0, failures: [] },
  ],
}

test('a report is written in the words of RFC 8460 §4.4', () => {
  const written = JSON.parse(writeTlsReport(REPORT)) as Record<string, unknown>
  assert.deepEqual(Object.keys(written), ['organization-name', 'date-range', 'contact-info', 'report-id', 'policies'])
  assert.deepEqual(written['date-range'], { 'start-datetime': '2026-01-01T00:00:00Z', 'end-datetime': '2026-01-01T23:59:59Z' })
  assert.deepEqual((written['policies'] as unknown[])[1], {
    policy: { 'policy-type': 'no-policy-found', 'policy-domain': 'me.test' },
    summary: { 'total-successful-session-count': 1, 'total-failure-session-count': 0 },
  })
})

test('what we write we read', () => {
  assert.deepEqual(readTlsReport(writeTlsReport(REPORT)), { ok: true, value: REPORT })
})

test('a report may be sloppy, and what it does not say is empty', () => {
  const sloppy = { 'date-range': { 'start-datetime': '2026-01-01T00:00:00+07:00', 'end-datetime': '2026-01-02' }, policies: [{ policy: { 'policy-type': 'tlsa', 'policy-string': 'one' }, 'failure-details': [{}, { 'result-type': 'x', 'failed-session-count': '7' }] }, { policy: { 'policy-type': 'new' } }, null] }
  const read = readTlsReport(JSON.stringify(sloppy))
  assert.ok(read.ok)
  assert.deepEqual(read.value.policies, [{
    type: 'tlsa', lines: ['one'], domain: '', hosts: [], successful: 0, failed: 0,
    failures: [{ result: 'x', sendingAddress: null, receivingHost: null, receivingAddress: null, sessions: 0, reason: null }],
  }])
})

test('what is no report is told', () => {
  const error = (json: string): string => {
    const read = readTlsReport(json)
    return read.ok ? 'none' : read.error
  }
  assert.equal(error('<feedback/>'), 'no-json')
  assert.equal(error('[]'), 'no-json')
  assert.equal(error('{}'), 'no-range')
  assert.equal(error(writeTlsReport({ ...REPORT, policies: [] })), 'no-policies')
  assert.equal(error(' '.repeat(MAX_REPORT_CHARS + 1)), 'too-large')
})

test('any JSON, and any text, is a report or a fault', () => {
  fc.assert(fc.property(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), (text) => {
    readTlsReport(text)
  }))
  const inside = fc.jsonValue()
  fc.assert(fc.property(inside, inside, inside, (policy, summary, details) => {
    const root = { ...(JSON.parse(writeTlsReport(REPORT)) as object), policies: [{ policy, summary, 'failure-details': details }, { policy: { 'policy-type': 'sts', 'mx-host': policy }, summary, 'failure-details': [details] }] }
    assert.ok(readTlsReport(JSON.stringify(root)).ok)
  }))
})

test('where reports go is read of one record', () => {
  assert.deepEqual(tlsReportTo(['v=TLSRPTv1; rua=mailto:a@me.test,https://me.test/r', 'v=spf1 -all']).map(({ address }) => address), ['a@me.test'])
  assert.deepEqual(tlsReportPages(['v=TLSRPTv1; rua=mailto:a@me.test, https://me.test/r ,http://me.test/,https://a:b@me.test/,HTTPS://me.test/s,https://me.test/t']).map(({ href }) => href), ['https://me.test/r', 'https://me.test/s'])
  assert.deepEqual(tlsReportTo(['v=TLSRPTv1;rua=mailto:a@me.test', 'v=TLSRPTv1;rua=mailto:b@me.test']), [])
  for (const text of ['', 'v=TLSRPTv1', 'v=TLSRPTv12; rua=mailto:a@me.test', 'v=TLSRPTv1; x=y', 'v=TLSRPTv1; rua=a@me.test']) assert.deepEqual(tlsReportTo([text]), [], text)
})

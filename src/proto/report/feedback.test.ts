import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, test } from 'node:test'
import { readReport } from './read-report.ts'
import type { FeedbackReport } from './report.ts'

const MESSAGE = 'Return-Path: <b-token@mail.toko.example>\r\nDKIM-Signature: v=1; d=toko.example; s=k1\r\nFrom: hai@toko.example\r\nSubject: Promo\r\n\r\nHalo'

function complaint(machine: readonly string[]): FeedbackReport {
  const report = readReport(Buffer.from(
    `From: feedback@arf.far.example\r\nSubject: Promo\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=f\r\n\r\n--f\r\n\r\nThis is an email abuse report.\r\n--f\r\nContent-Type: message/feedback-report\r\n\r\n${machine.join('\r\n')}\r\n--f\r\nContent-Type: message/rfc822\r\n\r\n${MESSAGE}\r\n--f--\r\n`,
  ))
  assert.ok(report.kind === 'feedback')
  return report
}

describe('a complaint', () => {
  test('tells whom and what it is about', () => {
    const report = complaint([
      'Feedback-Type: abuse', 'User-Agent: Far/1', 'Version: 1', 'Original-Mail-From: <b-token@mail.toko.example>', 'Original-Rcpt-To: <budi@far.example>',
      'Original-Rcpt-To: siti@far.example', 'Arrival-Date: Tue, 3 Mar 2026 10:00:00 +0700', 'Source-IP: 203.0.113.5', 'Reported-Domain: toko.example',
    ])
    assert.deepEqual({ ...report, returned: report.returned?.from }, {
      kind: 'feedback',
      type: 'abuse',
      originalFrom: 'b-token@mail.toko.example',
      originalRecipients: ['budi@far.example', 'siti@far.example'],
      sourceIp: '203.0.113.5',
      reportedDomain: 'toko.example',
      arrivedMs: Date.UTC(2026, 2, 3, 3),
      userAgent: 'Far/1',
      returned: 'hai@toko.example',
    })
  })
  test('keeps what the provider hides hidden, and the header of the message', () => {
    const report = complaint(['Feedback-Type: abuse', 'Version: 1', 'Original-Rcpt-To: redacted'])
    assert.deepEqual(report.originalRecipients, [])
    assert.deepEqual(report.returned?.fields[0], { name: 'return-path', value: '<b-token@mail.toko.example>' })
  })
  const types = [['abuse', 'abuse'], ['Fraud', 'fraud'], ['virus', 'virus'], ['not-spam', 'not-spam'], ['auth-failure', 'auth-failure'], ['opt-out', 'opt-out'], ['opt-out-list:7', 'opt-out'], ['x-new', 'other'], ['', 'other']] as const
  for (const [written, type] of types) {
    test(`of the type '${written}' is ${type}`, () => assert.equal(complaint([`Feedback-Type: ${written}`]).type, type))
  }
  test('without a machine part encloses the message and names its recipient in a field', () => {
    const report = readReport(Buffer.from(
      `From: staff@far.example\r\nSubject: complaint about message from 203.0.113.5\r\nContent-Type: multipart/mixed; boundary=f\r\n\r\n--f\r\nContent-Type: message/rfc822\r\n\r\nX-HmXmrOriginalRecipient: budi@far.example\r\n${MESSAGE}\r\n--f--\r\n`,
    ))
    assert.ok(report.kind === 'feedback')
    assert.deepEqual([report.type, report.originalRecipients, report.sourceIp, report.originalFrom], ['abuse', ['budi@far.example'], '203.0.113.5', 'b-token@mail.toko.example'])
  })
})

import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, test } from 'node:test'
import { readReport } from './read-report.ts'
import type { DeliveryReport } from './report.ts'

/** A report as RFC 3464 wants it, with the given machine part and text. */
function report(machine: string, text = 'It did not work.'): DeliveryReport {
  const lines = [
    'From: MAILER-DAEMON@mx.far.example',
    'To: b-token@mail.toko.example',
    'Subject: Undelivered Mail Returned to Sender',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="=b"',
    '',
    '--=b',
    'Content-Type: text/plain; charset=utf-8',
    '',
    text,
    '--=b',
    'Content-Type: message/delivery-status',
    '',
    machine.trim(),
    '--=b',
    'Content-Type: text/rfc822-headers',
    '',
    'Return-Path: <b-token@mail.toko.example>',
    'From: Toko <hai@toko.example>',
    'To: budi@far.example, "Siti" <siti@far.example>',
    'Subject: =?utf-8?q?Pesanan_=E2=9C=93?=',
    'Message-ID: <m1@toko.example>',
    '--=b--',
  ]
  const read = readReport(Buffer.from(lines.join('\r\n')))
  assert.ok(read.kind === 'delivery')
  return read
}

const ABOUT = 'Reporting-MTA: dns; mx.far.example\nOriginal-Envelope-Id: q7\n\n'

describe('a delivery report with a machine part', () => {
  test('tells each recipient apart', () => {
    const { reportingMta, envid, recipients } = report(
      `${ABOUT}Final-Recipient: rfc822; budi@far.example\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; in.far.example\nDiagnostic-Code: smtp; 550 5.1.1 No\n such user\n\nFinal-Recipient: rfc822;siti@far.example\nAction: delayed\nStatus: 4.4.1\n`,
    )
    assert.deepEqual([reportingMta, envid], ['mx.far.example', 'q7'])
    assert.deepEqual(recipients, [
      { recipient: 'budi@far.example', original: null, action: 'failed', status: '5.1.1', code: 550, text: '550 5.1.1 No such user', host: 'in.far.example' },
      { recipient: 'siti@far.example', original: null, action: 'delayed', status: '4.4.1', code: null, text: '', host: null },
    ])
  })

  test('tells what came back of the message', () => {
    const { returned } = report(`${ABOUT}Final-Recipient: rfc822; budi@far.example\nAction: failed\nStatus: 5.0.0`)
    assert.deepEqual(
      [returned?.from, returned?.to, returned?.subject, returned?.messageId],
      ['hai@toko.example', ['budi@far.example', 'siti@far.example'], 'Pesanan ✓', '<m1@toko.example>'],
    )
    assert.deepEqual(returned?.fields[0], { name: 'return-path', value: '<b-token@mail.toko.example>' })
  })

  test('keeps both addresses when the mail was passed on', () => {
    const [one] = report(`${ABOUT}Original-Recipient: rfc822;budi+2Bpromo@far.example\nFinal-Recipient: rfc822; box7@in.far.example\nAction: failed\nStatus: 5.2.2`).recipients
    assert.deepEqual([one?.original, one?.recipient], ['budi+promo@far.example', 'box7@in.far.example'])
  })

  const addresses: readonly (readonly [string, string | null])[] = [
    ['utf-8; \\x{6211}@far.example', '我@far.example'],
    ['utf-8;我@far.example', '我@far.example'],
    ['rfc822;<budi@far.example>', 'budi@far.example'],
    ['budi@far.example', 'budi@far.example'],
    ['RFC822; @relay.example:budi@far.example', 'budi@far.example'],
    ['rfc822; "budi s"@far.example', '"budi s"@far.example'],
    ['rfc822; budi@far.example (Budi)', 'budi@far.example'],
    ['rfc822; redacted', null],
  ]
  for (const [written, read] of addresses) {
    test(`reads the recipient ${written}`, () => {
      const [one] = report(`${ABOUT}Final-Recipient: ${written}\nAction: failed\nStatus: 5.1.1`).recipients
      assert.equal(one?.recipient, read)
    })
  }

  const actions: readonly (readonly [string, string, string])[] = [
    ['failed', '5.1.1', 'failed'],
    ['Failed (retries)', '4.4.7', 'failed'],
    ['delayed', '4.2.0', 'delayed'],
    ['delivered', '2.1.5', 'delivered'],
    ['relayed', '2.1.9', 'relayed'],
    ['expanded', '2.0.0', 'expanded'],
    ['', '2.1.5', 'delivered'],
    ['', '5.2.1', 'failed'],
  ]
  for (const [word, status, action] of actions) {
    test(`takes Action: ${word} with ${status} for ${action}`, () => {
      const [one] = report(`${ABOUT}Final-Recipient: rfc822; a@far.example\nAction: ${word}\nStatus: ${status}`).recipients
      assert.equal(one?.action, action)
    })
  }

  test('believes the words of the server over a status that says nothing', () => {
    const [one] = report(`${ABOUT}Final-Recipient: rfc822; a@far.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550-5.2.1 Off\n 550 5.2.1 for good`).recipients
    assert.deepEqual([one?.status, one?.code], ['5.2.1', 550])
  })

  test('looks into the part for people where the machine part is silent', () => {
    const text = '<a@far.example>: host in.far.example[192.0.2.1] said: 552 5.2.2\n    Mailbox is full (in reply to RCPT TO command)\n\n<b@far.example>: unknown'
    const [one] = report(`${ABOUT}Final-Recipient: rfc822; a@far.example\nAction: failed\nStatus: 5.0.0`, text).recipients
    assert.deepEqual([one?.status, one?.code], ['5.2.2', 552])
    assert.match(one?.text ?? '', /^552 5\.2\.2 Mailbox is full/)
  })

  test('is read without empty lines between recipients', () => {
    const { recipients } = report('Reporting-MTA: dns; x\nFinal-Recipient: rfc822; a@x.example\nAction: failed\nFinal-Recipient: rfc822; b@x.example\nAction: delayed\n')
    assert.deepEqual(recipients.map(({ recipient, action }) => [recipient, action]), [['a@x.example', 'failed'], ['b@x.example', 'delayed']])
  })

  test('is read with empty lines inside a recipient', () => {
    const { recipients } = report(`${ABOUT}\n\nFinal-Recipient: rfc822; a@x.example\nAction: failed\n\nStatus: 5.7.1\nDiagnostic-Code: smtp; 554 5.7.1 Spam`)
    assert.deepEqual(recipients.map(({ recipient, status, code }) => [recipient, status, code]), [['a@x.example', '5.7.1', 554]])
  })

  test('speaks of a hundred recipients at most', () => {
    const { recipients } = report(ABOUT + Array.from({ length: 300 }, (_, n) => `Final-Recipient: rfc822; u${n}@x.example\nAction: failed\nStatus: 5.1.1`).join('\n\n'))
    assert.equal(recipients.length, 100)
  })
})

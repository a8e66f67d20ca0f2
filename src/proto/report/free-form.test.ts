import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, test } from 'node:test'
import { readReport } from './read-report.ts'

interface Sample {
  readonly name: string
  readonly head?: readonly string[]
  readonly from?: string
  readonly subject: string
  readonly text: string
  /** Recipient, action, code, status. */
  readonly says: readonly (readonly [string | null, string, number | null, string | null])[]
}

const COPY = '\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <hai@toko.example>\nFrom: hai@toko.example\nTo: budi@far.example\nSubject: Halo\n\nHalo 550 5.1.1 wrong@copy.example'

const SAMPLES: readonly Sample[] = [
  {
    name: 'qmail, two recipients',
    subject: 'failure notice',
    text: `Hi. This is the qmail-send program at far.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\n<budi@far.example>:\n192.0.2.9 does not like recipient.\nRemote host said: 550 5.1.1 No such user\nGiving up on 192.0.2.9.\n\n<siti@far.example>:\nSorry, no mailbox here by that name. (#5.1.1)${COPY}`,
    says: [['budi@far.example', 'failed', 550, '5.1.1'], ['siti@far.example', 'failed', null, '5.1.1']],
  },
  {
    name: 'Exim',
    head: ['X-Failed-Recipients: budi@far.example'],
    subject: 'Mail delivery failed: returning message to sender',
    text: 'This message was created automatically by mail delivery software.\n\n  budi@far.example\n    host in.far.example [192.0.2.9]\n    SMTP error from remote mail server after RCPT TO:<budi@far.example>:\n    552 5.2.2 Mailbox full\n\n------ This is a copy of the message, including all the headers. ------\n\nReturn-path: <hai@toko.example>',
    says: [['budi@far.example', 'failed', 552, '5.2.2']],
  },
  {
    name: 'Exim, late',
    from: 'Mail Delivery System <Mailer-Daemon@far.example>',
    subject: 'Warning: message 1abc delayed 24 hours',
    text: 'A message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue.\n\nThe address to which the message has not yet been delivered is:\n\n  budi@far.example\n    Delay reason: Connection timed out\n\nNo action is required on your part.',
    says: [['budi@far.example', 'delayed', null, null]],
  },
  {
    name: 'Exchange, text only',
    from: 'Microsoft Outlook <postmaster@far.example>',
    subject: 'Undeliverable: Halo',
    text: 'Delivery has failed to these recipients or groups:\n\nbudi@far.example\nThe email address you entered could not be found.\n\nDiagnostic information for administrators:\nGenerating server: EX1.far.example\n\nbudi@far.example\nRemote Server returned \'550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found\'',
    says: [['budi@far.example', 'failed', 550, '5.1.10']],
  },
  {
    name: 'Postfix, the part for people alone',
    subject: 'Undelivered Mail Returned to Sender',
    text: 'This is the mail system at host mx.toko.example.\n\nFor further assistance, please send mail to postmaster@toko.example.\n\n<budi@far.example>: host in.far.example[192.0.2.9] said: 554 5.7.1 Service\n    unavailable; Client host [203.0.113.5] blocked (in reply to RCPT TO command)',
    says: [['budi@far.example', 'failed', 554, '5.7.1']],
  },
  {
    name: 'sendmail, a transcript for two',
    from: 'Mail Delivery Subsystem <MAILER-DAEMON@far.example>',
    subject: 'Returned mail: see transcript for details',
    text: '   ----- The following addresses had permanent fatal errors -----\n<budi@far.example>\n<siti@far.example>\n\n   ----- Transcript of session follows -----\n... while talking to in.far.example.:\n>>> RCPT To:<budi@far.example>\n<<< 550 5.1.1 Who?\n>>> RCPT To:<siti@far.example>\n<<< 552 5.2.2 Full',
    says: [['budi@far.example', 'failed', 550, '5.1.1'], ['siti@far.example', 'failed', 552, '5.2.2']],
  },
  {
    name: 'a server in Indonesia',
    from: 'Sistem Surat <mailer-daemon@jauh.example>',
    subject: 'Pengiriman surat gagal',
    text: 'Surat Anda tidak dapat dikirim ke alamat berikut:\n\n  budi@jauh.example\n    550 5.1.1 Pengguna tidak ditemukan\n',
    says: [['budi@jauh.example', 'failed', 550, '5.1.1']],
  },
  {
    name: 'a server in Germany',
    from: 'Postmaster <postmaster@fern.example>',
    subject: 'Unzustellbar: Hallo',
    text: 'Die Nachricht konnte nicht zugestellt werden.\n\nEmpfänger: budi@fern.example\nGrund: 550 5.1.1 Empfänger unbekannt',
    says: [['budi@fern.example', 'failed', 550, '5.1.1']],
  },
  {
    name: 'a report that names nobody: the message it returns does',
    subject: 'Delivery failure',
    text: `Your message could not be delivered. 554 5.7.1 Rejected.${COPY}`,
    says: [['budi@far.example', 'failed', 554, '5.7.1']],
  },
  {
    name: 'a report that names nobody and returns nothing',
    subject: 'Undeliverable mail',
    text: 'The mail could not be delivered.',
    says: [[null, 'failed', null, null]],
  },
  {
    name: 'a machine part written as text',
    subject: 'Delivery Status Notification (Failure)',
    text: 'Delivery failed.\n\nReporting-MTA: dns; far.example\n\nFinal-Recipient: rfc822; budi@far.example\nAction: failed\nStatus: 5.4.1\nDiagnostic-Code: smtp; 550 5.4.1 Access denied',
    says: [['budi@far.example', 'failed', 550, '5.4.1']],
  },
]

function message({ head = [], from = 'MAILER-DAEMON@far.example', subject, text }: Sample): Uint8Array {
  const fields = [`From: ${from}`, 'To: hai@toko.example', `Subject: ${subject}`, 'Content-Type: text/plain; charset=utf-8', ...head]
  return Buffer.from([...fields, '', ...text.split('\n')].join('\r\n'))
}

describe('a delivery report in words', () => {
  for (const sample of SAMPLES) {
    test(`is read: ${sample.name}`, () => {
      const report = readReport(message(sample))
      assert.ok(report.kind === 'delivery')
      assert.deepEqual(report.recipients.map(({ recipient, action, code, status }) => [recipient, action, code, status]), sample.says)
    })
  }

  test('in HTML is read as people see it', () => {
    const html = '<html><head><style>p{x:550}</style></head><body><p>Your message couldn&#39;t be delivered to</p><p><b>budi@far.example</b></p><p>550&nbsp;5.1.1 Unknown &lt;budi@far.example&gt;</p></body></html>'
    const head = 'From: postmaster@far.example\r\nSubject: Undeliverable: Halo\r\nContent-Type: text/html; charset=utf-8\r\n\r\n'
    const report = readReport(Buffer.from(head + html))
    assert.ok(report.kind === 'delivery')
    assert.deepEqual(report.recipients.map(({ recipient, code, status }) => [recipient, code, status]), [['budi@far.example', 550, '5.1.1']])
  })

  test('put into a letter of a gateway is found inside it', () => {
    const inner = 'Content-Type: multipart/report; boundary=i\r\n\r\n--i\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; budi@far.example\r\nAction: failed\r\nStatus: 5.2.2\r\n--i--\r\n'
    const outer = `From: postmaster@gw.example\r\nSubject: Delivery failure\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\nA report is attached.\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n${inner}\r\n--o--\r\n`
    const report = readReport(Buffer.from(outer))
    assert.ok(report.kind === 'delivery')
    assert.deepEqual(report.recipients.map(({ recipient, status }) => [recipient, status]), [['budi@far.example', '5.2.2']])
  })

  test('that a person quotes is a reply', () => {
    const text = 'This came back, what now?\n\n> I was not able to deliver your message\n> <budi@far.example>: 550 5.1.1 No such user'
    assert.equal(readReport(message({ name: '', from: 'Siti <siti@far.example>', subject: 'Fwd: failure notice', text, says: [] })).kind, 'reply')
  })
})

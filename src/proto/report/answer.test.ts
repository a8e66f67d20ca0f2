import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, test } from 'node:test'
import { readReport } from './read-report.ts'

function letter(head: readonly string[], text: string): string {
  return readReport(Buffer.from(['From: Budi <budi@far.example>', 'To: hai@toko.example', ...head, '', text].join('\r\n'))).kind
}

describe('a message that tells of no delivery', () => {
  const machines: readonly (readonly string[])[] = [
    ['Subject: Re: Halo', 'Auto-Submitted: auto-replied'],
    ['Subject: Re: Halo', 'Auto-Submitted: auto-replied (vacation)', 'Precedence: bulk'],
    ['Subject: Re: Halo', 'X-Autoreply: yes'],
    ['Subject: Re: Halo', 'X-Autorespond: Halo'],
    ['Subject: Re: Halo', 'Precedence: auto_reply'],
    ['Subject: Automatic reply: Halo'],
    ['Subject: Out of Office: Halo'],
    ['Subject: Balasan otomatis: Halo'],
    ['Subject: Sedang cuti sampai Senin'],
    ['Subject: Abwesenheitsnotiz'],
    ['Subject: =?utf-8?q?R=C3=A9ponse_automatique_=3A_Halo?='],
    ['Subject: =?utf-8?b?6Ieq5YuV5b+c562U?='],
  ]
  for (const head of machines) {
    test(`is the answer of a machine: ${head.join(', ')}`, () => {
      assert.equal(letter(head, 'I am away. I could not read your mail. Call 550 5555.'), 'auto-reply')
    })
  }

  test('is a reply, though it says no to machines', () => {
    assert.equal(letter(['Subject: Re: Halo', 'Auto-Submitted: no'], 'Thanks! The 550 pieces came, 4.5.6 as well.'), 'reply')
  })
  test('asks the sender to prove itself', () => {
    assert.equal(letter(['Subject: Please confirm your message'], 'To confirm that you sent this message click the link below so that it can be delivered.'), 'challenge')
  })
  for (const text of ['unsubscribe', 'Please remove me from your list', 'Berhenti berlangganan', 'STOP']) {
    test(`asks for no more: ${text}`, () => assert.equal(letter(['Subject: Re: Halo'], text), 'unsubscribe'))
  }
  test('is a reply when only the text it quotes speaks of unsubscribing', () => {
    assert.equal(letter(['Subject: Re: Halo'], 'Nice, thank you.\r\n\r\nSee you on Monday.\r\nBudi\r\n\r\n> To unsubscribe click here'), 'reply')
  })
  test('is nothing we know when it is empty', () => {
    assert.equal(letter(['Subject: '], ''), 'unclassified')
    assert.equal(readReport(new Uint8Array()).kind, 'unclassified')
  })
  test('tells that it was read', () => {
    const report = readReport(Buffer.from(
      'From: budi@far.example\r\nSubject: Read: Halo\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary=d\r\n\r\n--d\r\n\r\nRead.\r\n--d\r\nContent-Type: message/disposition-notification\r\n\r\nFinal-Recipient: rfc822; budi@far.example\r\nOriginal-Message-ID: <m1@toko.example>\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n--d--\r\n',
    ))
    assert.deepEqual(report, { kind: 'disposition', recipient: 'budi@far.example', disposition: 'displayed', originalMessageId: '<m1@toko.example>' })
  })
})

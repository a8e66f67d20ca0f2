import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ImapClient } from '../support/imap-client.ts'
import { type MailNetwork, startNetwork } from '../support/mail-network.ts'

let network: MailNetwork
before(async () => {
  network = await startNetwork({
    names: {
      '@': { MX: ['10 mx2'] },
      mx2: { A: ['127.0.0.2'] },
      plain: { MX: ['10 mx3'] },
      mx3: { A: ['127.0.0.3'] },
    },
    peers: {
      2: { script: (stage, line) => (stage === 'rcpt' && line.includes('nobody') ? '550 5.1.1 No such person' : null) },
      3: { offers: ['PIPELINING', '8BITMIME', 'SIZE 1000000'] },
    },
  })
})
after(() => network[Symbol.asyncDispose]())

/** The newest report that ani has of a subject, as soon as it is there. */
async function report(subject: string): Promise<string> {
  using client = await ImapClient.login({ port: network.demo.ports.imap }, 'ani@merpati.test', 'merpati')
  await client.ok('SELECT INBOX')
  for (;;) {
    const { untagged } = await client.ok(`UID SEARCH FROM "mailer-daemon" SUBJECT "${subject}"`)
    const uid = untagged.map(({ text }) => /^\* SEARCH.* (\d+)$/.exec(text)?.[1]).find((found) => found !== undefined)
    if (uid !== undefined) {
      const fetched = await client.ok(`UID FETCH ${uid} BODY.PEEK[]`)
      return fetched.untagged.flatMap(({ literals }) => literals).map(String).join('')
    }
    await client.ok('NOOP')
  }
}

const withSubject = (subject: string): string => `From: ani@merpati.test\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@laptop.test>\r\n\r\nRahasia.\r\n`

test('a refused recipient is reported to the sender: in her language, with fields for programs and the header of her message', async () => {
  await network.submit(['nobody@far.test', 'budi@far.test'], withSubject('satu'), { mail: 'RET=HDRS ENVID=QQ314159', rcpt: 'ORCPT=rfc822;N+2Bobody@far.test' })
  const text = await report('satu')
  assert.match(text, /^Return-Path: <>\r\n/)
  assert.match(text, /^From: Mail Delivery System <MAILER-DAEMON@mx\.merpati\.test>\r$/m)
  assert.match(text, /^Subject: Tidak terkirim: satu\r$/m)
  assert.match(text, /^Auto-Submitted: auto-replied\r$/m)
  assert.match(text, /^In-Reply-To: <satu@laptop\.test>\r$/m)
  assert.match(text, /^Content-Type: multipart\/report; report-type=delivery-status;/m)
  assert.match(text, /Pesan Anda tidak dapat dikirim[\s\S]*nobody@far\.test[\s\S]*Alamatnya tidak ada/)
  const fields = /^Reporting-MTA: dns; mx\.merpati\.test\r\nOriginal-Envelope-Id: QQ314159\r\nArrival-Date: .*\r\n\r\n([\s\S]*?)\r\n\r\n--/m.exec(text)?.[1] ?? ''
  assert.deepEqual(
    fields.split('\r\n').filter((line) => !line.startsWith('Last-Attempt-Date')),
    [
      'Original-Recipient: rfc822; N+obody@far.test',
      'Final-Recipient: rfc822; nobody@far.test',
      'Action: failed',
      'Status: 5.1.1',
      'Remote-MTA: dns; mx2.far.test',
      'Diagnostic-Code: smtp; 550 5.1.1 No such person',
    ],
  )
  assert.match(text, /Content-Type: text\/rfc822-headers\r\n\r\n[\s\S]*Subject: satu/)
  assert.doesNotMatch(text, /Rahasia|budi@far\.test/)
})

test('the whole message comes back when that was asked for', async () => {
  await network.submit('nobody@far.test', withSubject('dua'), { mail: 'RET=FULL' })
  assert.match(await report('dua'), /Content-Type: message\/rfc822\r\n\r\n[\s\S]*Subject: dua[\s\S]*Rahasia\./)
})

test('two recipients of one message are in one report', async () => {
  await network.submit(['nobody1@far.test', 'nobody2@far.test'], withSubject('tiga'))
  assert.equal((await report('tiga')).match(/^Final-Recipient: /gm)?.length, 2)
})

test('who asked for success hears of it when the next server makes no reports', async () => {
  await network.submit('budi@plain.far.test', withSubject('empat'), { rcpt: 'NOTIFY=SUCCESS,FAILURE' })
  const text = await report('empat')
  assert.match(text, /^Subject: Diteruskan: empat\r$/m)
  assert.match(text, /^Action: relayed\r\nStatus: 2\.0\.0\r$/m)
})

test('a server that makes reports itself is given the wishes, and we say nothing', async () => {
  const heard: string[] = []
  network.peer(2).script = (stage, line) => {
    if (stage === 'rcpt' || stage === 'mail') heard.push(line)
    return stage === 'rcpt' && line.includes('nobody') ? '550 5.1.1 No such person' : null
  }
  await network.submit('budi@far.test', withSubject('lima'), { mail: 'ENVID=X1 RET=HDRS', rcpt: 'NOTIFY=SUCCESS' })
  await network.submit('nobody@far.test', withSubject('enam'))
  await report('enam') // Whatever there was to say of the first has been said by now.
  assert.match(heard.join('\n'), /MAIL FROM:<ani@merpati\.test> .*RET=HDRS ENVID=X1[\s\S]*RCPT TO:<budi@far\.test> NOTIFY=SUCCESS/)
  using client = await ImapClient.login({ port: network.demo.ports.imap }, 'ani@merpati.test', 'merpati')
  await client.ok('SELECT INBOX')
  assert.deepEqual((await client.ok('SEARCH SUBJECT "lima"')).untagged.map(({ text }) => text), ['* SEARCH'])
})

test('who wants to hear nothing hears nothing', async () => {
  await network.submit('nobody@far.test', withSubject('tujuh'), { rcpt: 'NOTIFY=NEVER' })
  await network.submit('nobody@far.test', withSubject('delapan'))
  await report('delapan')
  using client = await ImapClient.login({ port: network.demo.ports.imap }, 'ani@merpati.test', 'merpati')
  await client.ok('SELECT INBOX')
  assert.deepEqual((await client.ok('SEARCH SUBJECT "tujuh"')).untagged.map(({ text }) => text), ['* SEARCH'])
})

test('who asked for success hears that her message is in a mailbox here', async () => {
  await network.submit('budi@merpati.test', withSubject('sembilan'), { rcpt: 'NOTIFY=SUCCESS' })
  const text = await report('sembilan')
  assert.match(text, /^Subject: Terkirim: sembilan\r$/m)
  assert.match(text, /^Final-Recipient: rfc822; budi@merpati\.test\r\nAction: delivered\r\nStatus: 2\.0\.0\r$/m)
})

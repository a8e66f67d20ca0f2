import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { until } from '../../bench/tool/wait.ts'
import { type MailNetwork, startNetwork } from '../support/mail-network.ts'
import { SmtpClient } from '../support/smtp-client.ts'
import { storyOf, type Told, toldOf } from '../support/story.ts'

let network: MailNetwork
before(async () => {
  network = await startNetwork({ names: { null: { MX: ['0 .'] }, '@': { MX: ['10 mx'] }, mx: { A: ['127.0.0.2'] } }, peers: { 2: { script: (stage, line) => (stage === 'rcpt' && line.includes('tiada@') ? '550 5.1.1 No such user' : null) } } })
})
after(() => network[Symbol.asyncDispose]())

/** A newsletter. */
const PROGRAM = 'From: ani@merpati.test\r\nX-Merpati-Stream: broadcast\r\nSubject: x\r\n\r\nx\r\n'

const told = (id: string, ...types: readonly string[]): Promise<Told> => toldOf(network.demo, id, ...types)

/** Sends as a program does; resolves with the message's id and its return path, when it has arrived. */
async function send(to: string, stream = 'transactional'): Promise<{ readonly id: string; readonly returnPath: string }> {
  const id = await network.submit(to, `From: ani@merpati.test\r\nX-Merpati-Stream: ${stream}\r\nSubject: Pesanan\r\n\r\nTerima kasih.\r\n`)
  await told(id, 'delivery.delivered')
  const message = network.peer(2).messages.findLast((each) => each.to.includes(to))
  return { id, returnPath: message?.from ?? '' }
}

/** Brings a report to an address; resolves with the answer. */
async function bring(to: string, text: string): Promise<string> {
  using client = await SmtpClient.open({ port: network.demo.ports.smtp })
  await client.command('EHLO mx.far.test')
  const reply = await client.send({ from: '', to: [to], data: `${text.replaceAll('\n', '\r\n')}\r\n` })
  return reply.text
}

const dsn = (recipient: string, action: string, status: string, words: string): string =>
  `From: MAILER-DAEMON@mx.far.test\nSubject: Undelivered Mail Returned to Sender\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nIt did not work.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; in.far.test\n\nFinal-Recipient: rfc822; ${recipient}\nAction: ${action}\nStatus: ${status}\nRemote-MTA: dns; store.far.test\nDiagnostic-Code: smtp; ${words}\n--b--`

test("programs' mail leaves under a return path of its own, people's under their name", async () => {
  const { returnPath } = await send('budi@far.test')
  assert.match(returnPath, /^b-[a-z2-7]{40}@/)
  const id = await network.submit('budi@far.test')
  await told(id, 'delivery.delivered')
  const message = network.peer(2).messages.at(-1)
  assert.equal(message?.from, 'ani@merpati.test')
  assert.doesNotMatch(message?.text ?? '', /X-Merpati-Stream/i)
})

test('a failure that is reported later stands in the trace with its category, and nobody is written to there again', async () => {
  const { id, returnPath } = await send('hilang@far.test')
  assert.match(await bring(returnPath, dsn('hilang@far.test', 'failed', '5.1.1', '550 5.1.1 No such user here')), /^250 2\.0\.0 Ok: r/)
  const { data } = await told(id, 'delivery.bounced')
  assert.deepEqual(
    [data['recipient'], data['category'], data['status'], data['reply'], data['host']],
    ['hilang@far.test', 'bad-mailbox', '5.1.1', '550 5.1.1 No such user here', 'store.far.test'],
  )
  await told(id, 'suppression.added')
  const list = JSON.parse((await network.demo.cli(['suppression', 'list', '--json'])).stdout) as { readonly address: string; readonly category: string }[]
  assert.deepEqual(list.map(({ address, category }) => [address, category]), [['hilang@far.test', 'bad-mailbox']])
  const again = await network.submit('Hilang@far.test', PROGRAM)
  assert.equal((await told(again, 'delivery.suppressed')).data['category'], 'bad-mailbox')
  const trace = (await network.demo.cli(['trace', id])).stdout
  assert.match(trace, /delivery\.bounced[^]*category +bad-mailbox[^]*suppression\.added/)
})

test('a person may still write there, and hears from the other server', async () => {
  const id = await network.submit('hilang@far.test')
  await told(id, 'delivery.delivered')
})

test('a refusal in the session has a category too, and so has a domain that takes no mail', async () => {
  const refused = await network.submit('tiada@far.test', PROGRAM)
  const { data } = await told(refused, 'delivery.failed')
  assert.deepEqual([data['category'], data['reply']], ['bad-mailbox', '550 5.1.1 No such user'])
  await told(refused, 'suppression.added')
  const lost = await network.submit('budi@null.far.test', PROGRAM)
  assert.equal((await told(lost, 'delivery.failed')).data['category'], 'bad-domain')
})

test('the trace tells of a domain that DNS does not know', async () => {
  const lost = await network.submit('budi@tiada.far.test', PROGRAM)
  assert.equal((await told(lost, 'delivery.deferred', 'delivery.failed')).data['missing'], 'tiada.far.test')
})

test('a block of our own address is nobody’s fault over there: it is told and stops nobody', async () => {
  const { id, returnPath } = await send('budi@far.test')
  await bring(returnPath, dsn('budi@far.test', 'failed', '5.7.1', '554 5.7.1 Service unavailable; Client host [203.0.113.5] blocked using zen.spamhaus.org'))
  assert.equal((await told(id, 'delivery.bounced')).data['category'], 'block-dnsbl')
  await send('budi@far.test')
})

test('a report of delay and an absent recipient are told and are no failures', async () => {
  const late = await send('lambat@far.test')
  await bring(late.returnPath, dsn('lambat@far.test', 'delayed', '4.4.1', '421 4.4.1 Busy'))
  const delay = await told(late.id, 'delivery.reported')
  assert.deepEqual([delay.data['action'], delay.data['category']], ['delayed', null])
  const away = await send('cuti@far.test')
  await bring(away.returnPath, 'From: cuti@far.test\nSubject: Balasan otomatis: Pesanan\nAuto-Submitted: auto-replied\n\nSaya sedang cuti.')
  assert.equal((await told(away.id, 'delivery.answered')).data['category'], 'auto-reply')
  await send('cuti@far.test')
})

test('a complaint that hides its recipient finds the delivery by its return path, and ends newsletters only', async () => {
  const { id, returnPath } = await send('kesal@far.test', 'broadcast')
  const host = returnPath.slice(returnPath.indexOf('@') + 1)
  const arf = `From: feedback@arf.far.test\nSubject: FW: Pesanan\nContent-Type: multipart/report; report-type=feedback-report; boundary=f\n\n--f\n\nAbuse.\n--f\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\nUser-Agent: far/1\n--f\nContent-Type: message/rfc822\n\nReturn-Path: <${returnPath}>\nFrom: ani@merpati.test\nSubject: Pesanan\n\nx\n--f--`
  assert.match(await bring(`fbl@${host}`, arf), /^250/)
  assert.equal((await told(id, 'delivery.complained')).data['category'], 'complaint')
  await told(id, 'suppression.added')
  const more = await network.submit('kesal@far.test', PROGRAM)
  await told(more, 'delivery.suppressed')
  await send('kesal@far.test')
})

test('a complaint that hides everything but the fields of RFC 9477 finds the delivery, too; DKIM vouches for them', async () => {
  const { id, returnPath } = await send('sebal@far.test', 'broadcast')
  const text = network.peer(2).messages.findLast(({ to }) => to.includes('sebal@far.test'))?.text ?? ''
  const [, address = '', feedbackId = ''] = /^CFBL-Address: (\S+); report=arf\r\nCFBL-Feedback-ID: (\S+)\r\nFeedback-ID: :o\S+:broadcast:m[0-9a-f]{11}\r\n/m.exec(text) ?? []
  assert.equal(`${feedbackId}@${address.slice(address.indexOf('@') + 1)}`, returnPath)
  assert.match(text.replaceAll(/\r\n[ \t]+/g, ''), /DKIM-Signature:.*h=[^;]*feedback-id:[^;]*cfbl-address:cfbl-feedback-id/i)
  const arf = `From: fbl@far.test\nContent-Type: multipart/report; report-type=feedback-report; boundary=f\n\n--f\n\nx\n--f\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\nUser-Agent: far/1\n--f\nContent-Type: text/rfc822-headers\n\nFrom: ani@merpati.test\nTo: redacted@far.test\nCFBL-Address: ${address}; report=arf\nCFBL-Feedback-ID: ${feedbackId}\n--f--`
  assert.match(await bring(address, arf), /^250/)
  assert.equal((await told(id, 'delivery.complained')).data['recipient'], 'sebal@far.test')
  await told(id, 'suppression.added')
  await told(await network.submit('sebal@far.test', PROGRAM), 'delivery.suppressed')
})

test('what says itself how complaints are counted keeps its own word and is told of all the same, and people are not asked at all', async () => {
  const own = await network.submit('sendiri@far.test', 'From: ani@merpati.test\r\nX-Merpati-Stream: broadcast\r\nFeedback-ID: a:b:c:mine\r\nSubject: x\r\n\r\nx\r\n')
  await told(own, 'delivery.delivered')
  const plain = await network.submit('orang@far.test')
  await told(plain, 'delivery.delivered')
  const texts = ['sendiri@far.test', 'orang@far.test'].map((address) => network.peer(2).messages.findLast(({ to }) => to.includes(address))?.text ?? '')
  assert.deepEqual(texts.map((text) => text.match(/^(?:Feedback-ID|CFBL-[a-z-]+)(?=:)/gim)?.toSorted() ?? []), [['CFBL-Address', 'CFBL-Feedback-ID', 'Feedback-ID'], []])
  assert.match(texts[0] ?? '', /^Feedback-ID: a:b:c:mine\r$/m)
})

test('a return path that we did not make is no address', async () => {
  const { returnPath } = await send('budi@far.test')
  const forged = returnPath.replace(/^b-(.)/, (_, first: string) => `b-${first === 'a' ? 'b' : 'a'}`)
  assert.match(await bring(forged, 'x'), /^550 .*5\.1\.1 No such mailbox/)
})

test('the same report brought twenty-five times is kept twenty times', async () => {
  const { id, returnPath } = await send('gema@far.test')
  const report = dsn('gema@far.test', 'failed', '5.1.1', '550 5.1.1 No')
  for (let round = 0; round < 25; round++) assert.match(await bring(returnPath, report), /^250/)
  const bounced = async (): Promise<number> => (await storyOf(network.demo, id)).filter(({ type }) => type === 'delivery.bounced').length
  // On PostgreSQL the log shows an event once every older transaction has ended.
  await until('all reports to be told', async () => (await bounced()) >= 20, 60_000)
  assert.equal(await bounced(), 20)
})

test('what a person answers goes to nobody outside the organization that sent the message', async () => {
  for (const args of [['organization', 'add', 'Toko'], ['domain', 'add', 'toko.test', '--organization', 'Toko'], ['alias', 'add', 'info@toko.test', 'budi@merpati.test', '--organization', 'Toko']]) {
    const { code, stderr } = await network.demo.cli(args)
    assert.equal(code, 0, stderr)
  }
  const id = await network.submit('jawab@far.test', 'From: ani@merpati.test\r\nReply-To: asing@far.test, info@toko.test\r\nX-Merpati-Stream: transactional\r\nSubject: Pesanan\r\n\r\nTerima kasih.\r\n')
  await told(id, 'delivery.delivered')
  const to = network.peer(2).messages.findLast((each) => each.to.includes('jawab@far.test'))?.from ?? ''
  using client = await SmtpClient.open({ port: network.demo.ports.smtp })
  await client.command('EHLO mx.far.test')
  const { text } = await client.send({ from: 'jawab@far.test', to: [to], data: 'From: jawab@far.test\r\nSubject: Re: Pesanan\r\n\r\nSama-sama.\r\n' })
  assert.match(text, /^250 2\.0\.0 Ok: r/)
  assert.equal((await told(id, 'delivery.answered')).data['passed_to'], 'ani@merpati.test')
  assert.ok(network.peer(2).messages.every((each) => !each.to.includes('asing@far.test')))
})

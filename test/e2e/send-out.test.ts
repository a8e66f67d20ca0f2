import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Verifier } from '../../src/proto/dkim/verify.ts'
import { type ApiAnswer, askApi, makeApiKey } from '../support/api.ts'
import { unquoted } from '../support/domain-zone.ts'
import { ImapClient } from '../support/imap-client.ts'
import { until } from '../../bench/tool/wait.ts'
import { zone } from '../support/dns/zone.ts'
import { SmtpClient } from '../support/smtp-client.ts'
import { type MailNetwork, startNetwork, submit } from '../support/mail-network.ts'
import { storyOf, toldOf } from '../support/story.ts'

let network: MailNetwork
before(async () => {
  network = await startNetwork({
    names: { '@': { MX: ['10 mx2'] }, mx2: { A: ['127.0.0.2'] } },
    zones: [zone('merpati.test', { bounce: { CNAME: ['mx'] }, mx: { A: ['127.0.0.1'] } })],
    peers: { 2: { script: (stage, line) => (stage === 'rcpt' && line.includes('hilang@') ? '550 5.1.1 No such user' : null) } },
  })
})
after(() => network[Symbol.asyncDispose]())

const HALO = { from: 'Ani <ani@merpati.test>', subject: 'Halo', text: 'Halo' }
const send = (json: object): Promise<ApiAnswer> => askApi(network.demo, '/v1/emails', { json: { ...HALO, ...json } })

test('what a program sends arrives elsewhere, signed, with a return path of ours', async () => {
  const { body } = await send({ to: 'Budi <budi@far.test>', bcc: 'cici@far.test', tags: { kind: 'x' } })
  await toldOf(network.demo, String(body['id']), 'delivery.delivered')
  await network.peer(2).given(1)
  const message = network.peer(2).messages.at(-1)
  // One record below the author's domain lets SPF be aligned with it; reports come back there, too.
  assert.match(message?.from ?? '', /^b-[a-z2-7]{40}@bounce\.merpati\.test$/)
  using client = await SmtpClient.open({ port: network.demo.ports.smtp })
  await client.command('EHLO mx.far.test')
  for (const [to, code] of [[message?.from ?? '', 250], [`b-${'a'.repeat(40)}@bounce.merpati.test`, 550]] as const) {
    await client.command('RSET')
    await client.command('MAIL FROM:<>')
    assert.equal((await client.command(`RCPT TO:<${to}>`)).code, code, to)
  }
  assert.match(message?.text ?? '', /^DKIM-Signature: [\s\S]*d=merpati\.test[\s\S]*\r\nFrom: Ani <ani@merpati\.test>\r\nTo: Budi <budi@far\.test>\r\n/)
  assert.doesNotMatch(message?.text ?? '', /cici/)
})

test('what comes to a return path may have a megabyte: more is refused by what it says of its size, or at its end', async () => {
  const { body } = await send({ to: 'ukuran@far.test' })
  await toldOf(network.demo, String(body['id']), 'delivery.delivered')
  const to = network.peer(2).messages.findLast((each) => each.to.includes('ukuran@far.test'))?.from ?? ''
  using client = await SmtpClient.open({ port: network.demo.ports.smtp })
  await client.command('EHLO mx.far.test')
  await client.command(`MAIL FROM:<> SIZE=${1024 * 1024 + 1}`)
  assert.match((await client.command(`RCPT TO:<${to}>`)).text, /^552 5\.3\.4 /)
  await client.command('RSET')
  const bring = async (bytes: number): Promise<string> => {
    const head = 'From: MAILER-DAEMON@far.test\r\nSubject: Undelivered\r\n\r\n'
    const lines = `${'x'.repeat(62)}\r\n`.repeat(Math.ceil((bytes - head.length) / 64))
    return (await client.send({ from: '', to: [to], data: `${head}${lines.slice(-(bytes - head.length))}` })).text
  }
  assert.match(await bring(1024 * 1024), /^250 2\.0\.0 Ok: r/)
  assert.match(await bring(1024 * 1024 + 1), /^552 5\.3\.4 /)
  assert.match(await bring(2_000), /^250 /)
})

/** Sends to an address, and gives what an answer needs: the message's id and its return path. */
async function answerable(to: string, over: object = {}): Promise<{ readonly id: string; readonly path: string }> {
  const { body } = await send({ to, ...over })
  await toldOf(network.demo, String(body['id']), 'delivery.delivered')
  return { id: String(body['id']), path: network.peer(2).messages.findLast((each) => each.to.includes(to))?.from ?? '' }
}

/** Writes to a return path. Resolves with what was said, and the address that the answer was passed on to. */
async function answer({ id, path }: Awaited<ReturnType<typeof answerable>>, { from = 'budi@far.test', more = '', text = 'Terima kasih, kapan dikirim?' } = {}): Promise<readonly [said: string, passedTo: unknown]> {
  const before = (await storyOf(network.demo, id)).length
  using client = await SmtpClient.open({ port: network.demo.ports.smtp })
  await client.command('EHLO mx.far.test')
  const said = (await client.send({ from, to: [path], data: `From: Budi <budi@far.test>\r\nTo: ${path}\r\n${more}Subject: Re: Halo\r\n\r\n${text}\r\n` })).text
  let story = await storyOf(network.demo, id)
  // What was taken is in the trace a moment later.
  await until('the trace of what was taken', async () => !said.startsWith('250 ') || (story = await storyOf(network.demo, id)).length > before, 30_000)
  return [said.slice(0, 9), story.findLast(({ type }) => type === 'delivery.answered')?.data['passed_to'] ?? null]
}

/** The newest message in the inbox of an account. */
async function newestOf(login: string): Promise<string> {
  using imap = await ImapClient.login({ port: network.demo.ports.imap }, login, 'merpati')
  await imap.ok('SELECT INBOX')
  return (await imap.ok('FETCH * BODY[]')).untagged.flatMap(({ literals }) => literals)[0]?.toString('latin1') ?? ''
}

test('what a person writes to a return path is passed on as it stands to the author of the message, and the trace says so', async () => {
  const sent = await answerable('jawab@far.test')
  assert.deepEqual(await answer(sent), ['250 2.0.0', 'ani@merpati.test'])
  assert.match(await newestOf('ani@merpati.test'), /^Return-Path: <budi@far\.test>\r\nDelivered-To: ani@merpati\.test\r\n[^]*Received: from mx\.far\.test[^]*From: Budi <budi@far\.test>\r\nTo: b-[^]*\r\n\r\nTerima kasih, kapan dikirim\?\r\n$/)
  const other = await answerable('jawab2@far.test', { reply_to: 'Layanan <budi@merpati.test>' })
  assert.deepEqual(await answer(other, { text: 'Halo, layanan.' }), ['250 2.0.0', 'budi@merpati.test'])
  assert.match(await newestOf('budi@merpati.test'), /Halo, layanan\.\r\n$/)
})

test('machines are not passed on, nor is more than people write', async () => {
  const sent = await answerable('jawab4@far.test')
  for (const over of [{ from: '' }, { from: sent.path }, { more: 'Auto-Submitted: auto-replied\r\n' }, { text: 'unsubscribe' }]) assert.deepEqual(await answer(sent, over), ['250 2.0.0', null], JSON.stringify(over))
  for (let at = 4; at < 20; at++) assert.equal((await answer(sent))[0], '250 2.0.0')
  assert.deepEqual(await answer(sent), ['550 5.7.1', 'ani@merpati.test'])
})

test('an answer that has gone round too often goes no further', async () => {
  const sent = await answerable('jawab5@far.test')
  assert.deepEqual(await answer(sent, { more: 'Received: from a by b; Thu, 26 Nov 2026 01:00:00 +0000\r\n'.repeat(50) }), ['554 5.4.6', null])
})

test('each recipient of what goes to many has an address of his own to unsubscribe at, which our signature covers', async () => {
  const { body } = await send({ to: ['satu@far.test', 'dua@far.test'], stream: 'broadcast' })
  for (const { id } of body['recipients'] as readonly { readonly id: string }[]) await toldOf(network.demo, id, 'delivery.delivered')
  const records = JSON.parse((await network.demo.cli(['dns', 'records', 'merpati.test', '--json'])).stdout) as readonly { readonly name: string; readonly value: string }[]
  const messages = network.peer(2).messages.filter(({ text }) => /^To: satu@far\.test, dua@far\.test\r$/m.test(text))
  assert.equal(messages.length, 2)
  for (const { text } of messages) {
    assert.match(text, /^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m)
    const verifier = new Verifier()
    verifier.push(Buffer.from(text, 'latin1'))
    const found = await verifier.finish(async (name) => ({ kind: 'texts', texts: records.filter((record) => record.name === name).map(({ value }) => unquoted(value)) }), Date.now(), new AbortController().signal)
    assert.ok(found.length > 0)
    assert.deepEqual(new Set(found.map(({ result }) => result)), new Set(['pass']))
    assert.match(text.replace(/\r\n[ \t]+/g, ''), /\bh=[^;]*:list-unsubscribe:list-unsubscribe-post:/)
  }
  assert.equal(new Set(messages.map(({ text }) => /^List-Unsubscribe: <(https:[^>]+)>,\r$/m.exec(text)?.[1])).size, 2)
})

test('who writes to the address that his message names for it gets no more, and an address that we did not make is none', async () => {
  const sent = await send({ to: ['surat@far.test'], stream: 'broadcast' })
  await toldOf(network.demo, String(sent.body['id']), 'delivery.delivered')
  const text = network.peer(2).messages.findLast(({ to }) => to.includes('surat@far.test'))?.text ?? ''
  const [, local = '', host = ''] = /^ <mailto:(unsubscribe\+[a-z2-7]{48})@([^?>]+)\?subject=unsubscribe>\r$/m.exec(text) ?? []
  using client = await SmtpClient.open({ port: network.demo.ports.smtp })
  await client.command('EHLO mx.far.test')
  const bring = async (to: string): Promise<string> => (await client.send({ from: 'surat@far.test', to: [to], data: 'From: surat@far.test\r\nSubject: stop\r\n\r\n' })).text
  assert.match(await bring(`${local.slice(0, -1)}${local.endsWith('a') ? 'b' : 'a'}@${host}`), /^5/)
  assert.match(await bring(`${local.toUpperCase()}@${host}`), /^250/)
  const told = await toldOf(network.demo, String(sent.body['id']), 'email.unsubscribed')
  assert.deepEqual([told.data['recipient'], told.data['by']], ['surat@far.test', 'mail'])
  const more = await send({ to: ['surat@far.test'], stream: 'broadcast' })
  assert.equal((more.body['recipients'] as readonly { readonly status: string }[])[0]?.status, 'suppressed')
})

test('what is submitted to many by SMTP can be stopped like what the API sends, unless its sender offers one click', async () => {
  const text = (more = ''): string => `From: ani@merpati.test\r\nTo: banyak@far.test\r\nX-Merpati-Stream: broadcast\r\n${more}Subject: Kabar SMTP\r\n\r\nHalo.\r\n`
  for (const id of [await submit(network.demo, ['tiga@far.test', 'empat@far.test'], text()), await submit(network.demo, ['lima@far.test'], text('List-Unsubscribe: <https://merpati.test/stop>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n')), await submit(network.demo, ['enam@far.test'], text('List-Unsubscribe: <mailto:stop@merpati.test>\r\n'))]) await toldOf(network.demo, id, 'delivery.delivered')
  await until('all four', () => network.peer(2).messages.filter((each) => each.text.includes('Kabar SMTP')).length === 4, 60_000)
  const messages = network.peer(2).messages.filter((each) => each.text.includes('Kabar SMTP'))
  const urls = messages.flatMap((each) => /^List-Unsubscribe: <https:\/\/[^/]+(\/t\/u\/[^>]+)>,\r$/m.exec(each.text)?.[1] ?? [])
  assert.equal(new Set(urls).size, 3)
  assert.equal(messages.filter((each) => /^List-Unsubscribe: <https:\/\/merpati\.test\/stop>\r$/m.test(each.text)).length, 1)
  assert.ok(messages.every((each) => each.text.match(/^List-Unsubscribe(?:-Post)?:/gm)?.length === 2))
  for (const path of urls) {
    const answer = await fetch(`http://127.0.0.1:${network.demo.ports.http}${path}`, { method: 'POST', body: 'List-Unsubscribe=One-Click', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
    assert.equal(answer.status, 200)
  }
  const again = await send({ to: ['tiga@far.test', 'empat@far.test', 'enam@far.test', 'lima@far.test'], stream: 'broadcast' })
  assert.deepEqual((again.body['recipients'] as readonly { readonly status: string }[]).map(({ status }) => status), ['suppressed', 'suppressed', 'suppressed', 'queued'])
})

test('a refused recipient is a bounce with the words of the server, and its sender gets no report by mail', async () => {
  const { body } = await send({ to: 'hilang@far.test' })
  const id = String(body['id'])
  await toldOf(network.demo, id, 'delivery.failed')
  const found = (await askApi(network.demo, `/v1/emails/${id}`)).body
  const [recipient] = found['recipients'] as readonly { readonly status: string; readonly last: { readonly text: string } }[]
  assert.equal(found['last_event'], 'bounced')
  assert.equal(recipient?.status, 'bounced')
  assert.match(recipient?.last.text ?? '', /550 5\.1\.1 No such user/)
})

test('what waits for its time goes when it is moved to now', async () => {
  const { body } = await send({ to: 'nanti@far.test', scheduled_at: 'in 3 days' })
  const id = String(body['id'])
  assert.equal((await askApi(network.demo, `/v1/emails/${id}`)).body['last_event'], 'scheduled')
  assert.equal((await askApi(network.demo, `/v1/emails/${id}`, { method: 'PATCH', json: { scheduled_at: 'in 0 seconds' } })).status, 200)
  await toldOf(network.demo, id, 'delivery.delivered')
})

test('what was answered 202 is sent although the program is killed at once', async () => {
  const answers = Array.from({ length: 40 }, (_, at) => send({ to: `k${at}@far.test`, scheduled_at: 'in 1 second' }).catch(() => null))
  await Promise.any(answers.slice(10))
  await network.demo.kill()
  const taken = (await Promise.all(answers)).flatMap((answer) => (answer?.status === 202 ? [String(answer.body['id'])] : []))
  assert.ok(taken.length > 0)
  await network.demo.restart()
  for (const id of taken) await toldOf(network.demo, id, 'delivery.delivered')
})

test('a key that may only read sends nothing', async () => {
  const key = await makeApiKey(network.demo, '--scope', 'read')
  const { status, body } = await askApi(network.demo, '/v1/emails', { key, json: { ...HALO, to: 'budi@far.test' } })
  assert.deepEqual([status, body['code']], [403, 'missing_scope'])
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { createTransport } from 'nodemailer'
import { Resend } from 'resend'
import { demoKey } from '../support/api.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { toldOf } from '../support/story.ts'

let demo: Demo
let resend: Resend
before(async () => {
  demo = await startDemo()
  resend = new Resend(demoKey(demo), { baseUrl: `http://127.0.0.1:${demo.ports.http}/v1` })
})
after(() => demo[Symbol.asyncDispose]())

const HALO = { from: 'Ani <ani@merpati.test>', to: ['budi@luar.test'], subject: 'Halo', html: '<p>Halo</p>' }

/** What a call gave; throws the fault that it gave instead. */
function given<T>({ data, error }: { readonly data: T | null; readonly error: unknown }): T {
  if (data === null) throw new Error(JSON.stringify(error))
  return data
}

/** A server on this machine with files by path. */
async function startFiles(byPath: Readonly<Record<string, string>>): Promise<AsyncDisposable & { url(path: string): string; asked(): number }> {
  let asked = 0
  const server = createServer((request, response) => {
    asked += 1
    const file = byPath[request.url ?? '']
    response.writeHead(file === undefined ? 404 : 200).end(file)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: (path) => `http://127.0.0.1:${port}${path}`,
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

test('the client of another service sends through us with only its address changed', async () => {
  const attachments = [{ filename: 'catatan.txt', content: Buffer.from('isi') }]
  const { id } = given(await resend.emails.send({ ...HALO, replyTo: 'balas@merpati.test', cc: 'cici@luar.test', headers: { 'X-Nomor': '7' }, tags: [{ name: 'jenis', value: 'halo' }], attachments }))
  const email = given(await resend.emails.get(id))
  assert.deepEqual([email.object, email.id, email.from, email.to, email.cc, email.reply_to, email.subject, email.last_event], ['email', id, HALO.from, HALO.to, ['cici@luar.test'], ['balas@merpati.test'], 'Halo', 'queued'])
  const { data } = given(await resend.emails.list({ limit: 1 }))
  assert.equal(data[0]?.id, id)
})

test('it sends batches, and knows what it has sent already', async () => {
  const { data } = given(await resend.batch.send([HALO, { ...HALO, subject: 'Dua' }], { idempotencyKey: 'kelompok' }))
  assert.equal(data.length, 2)
  assert.deepEqual(given(await resend.batch.send([HALO, { ...HALO, subject: 'Dua' }], { idempotencyKey: 'kelompok' })).data, data)
  const changed = await resend.batch.send([HALO], { idempotencyKey: 'kelompok' })
  assert.deepEqual([changed.error?.name, changed.error?.statusCode], ['invalid_idempotent_request', 409])
  const permissive = given(await resend.batch.send([HALO, { ...HALO, to: 'x' }], { batchValidation: 'permissive' }))
  assert.deepEqual([permissive.data.length, permissive.errors.map(({ index }) => index)], [1, [1]])
})

test('a file that it names by its address is fetched before the message is taken, and one that cannot be had refuses it', async () => {
  await using files = await startFiles({ '/surat.pdf': 'isi surat' })
  const { id } = given(await resend.emails.send({ ...HALO, attachments: [{ path: files.url('/surat.pdf') }, { filename: 'nama.txt', path: files.url('/surat.pdf') }] }))
  const raw = await (await fetch(`http://127.0.0.1:${demo.ports.http}/v1/emails/${id}/raw`, { headers: { authorization: `Bearer ${demoKey(demo)}` } })).text()
  assert.match(raw, /Content-Type: application\/pdf; name=surat\.pdf\r\n[^]*Content-Type: text\/plain; name=nama\.txt\r\n/)
  assert.equal(raw.split(Buffer.from('isi surat').toString('base64')).length, 3)
  for (const [path, why] of [[files.url('/tidak-ada'), /^attachments\.0\.path: could not be fetched: it answered 404$/], ['http://10.0.0.1/', /10\.0\.0\.1 is no address of the Internet/]] as const) {
    const { error } = await resend.emails.send({ ...HALO, attachments: [{ path }] })
    assert.deepEqual([error?.name, error?.statusCode], ['validation_error', 422])
    assert.match(error?.message ?? '', why)
  }
  assert.match((await resend.batch.send([{ ...HALO, attachments: [{ path: files.url('/surat.pdf') }] } as typeof HALO])).error?.message ?? '', /attachments\.0\.path: .*in a batch give content/)
  assert.equal(files.asked(), 3)
})

test('it schedules, changes and cancels', async () => {
  const { id } = given(await resend.emails.send({ ...HALO, scheduledAt: 'in 1 hour' }))
  const scheduledAt = new Date(Date.now() + 86_400_000).toISOString()
  assert.deepEqual(given(await resend.emails.update({ id, scheduledAt })), { object: 'email', id })
  assert.equal(given(await resend.emails.get(id)).scheduled_at, scheduledAt)
  given(await resend.emails.cancel(id))
  assert.equal(given(await resend.emails.get(id)).last_event, 'canceled')
})

test('it is told what is wrong', async () => {
  const { error } = await resend.emails.send({ ...HALO, from: 'x@luar.test' })
  assert.deepEqual([error?.name, error?.statusCode], ['validation_error', 422])
  assert.match(error?.message ?? '', /^from: luar\.test is no domain of your organization/)
  assert.equal((await new Resend('re_123', { baseUrl: `http://127.0.0.1:${demo.ports.http}/v1` }).emails.send(HALO)).error?.name, 'invalid_api_key')
})

test('nodemailer submits over SMTP', async () => {
  const transport = createTransport({ host: '127.0.0.1', port: demo.ports.submission, requireTLS: true, tls: { rejectUnauthorized: false }, auth: { user: 'ani@merpati.test', pass: 'merpati' } })
  const sent = await transport.sendMail({ from: 'ani@merpati.test', to: 'budi@merpati.test', subject: 'Dari nodemailer', text: 'Halo', attachments: [{ filename: 'a.txt', content: 'isi' }] })
  assert.deepEqual([sent.accepted, sent.rejected], [['budi@merpati.test'], []])
  assert.equal((await toldOf(demo, sent.messageId, 'mail.arrived')).type, 'mail.arrived')
  transport.close()
})

import assert from 'node:assert/strict'
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

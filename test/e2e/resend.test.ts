import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { createTransport } from 'nodemailer'
import { Resend } from 'resend'
import { demoKey } from '../support/api.ts'
import { startHooks } from '../support/hook-server.ts'
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

/** Asks until an answer is as wanted. */
async function until<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  for (const giveUp = AbortSignal.timeout(20_000); ; giveUp.throwIfAborted()) {
    const answer = await ask()
    if (isWanted(answer)) return answer
  }
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
  assert.deepEqual([email.html, email.text], ['<p>Halo</p>', null])
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

test('it makes keys, calls them something else and ends them', async () => {
  const { id, token } = given(await resend.apiKeys.create({ name: 'Toko', permission: 'sending_access' }))
  const shop = new Resend(token, { baseUrl: `http://127.0.0.1:${demo.ports.http}/v1` })
  given(await shop.emails.send(HALO))
  assert.match((await shop.emails.list()).error?.message ?? '', /needs the scope "read" and has "send"/)
  given(await resend.apiKeys.update(id, { name: 'Toko Maju' }))
  const first = given(await resend.apiKeys.list({ limit: 1 }))
  assert.deepEqual([first.object, first.has_more], ['list', true])
  const { data } = given(await resend.apiKeys.list({ after: first.data[0]?.id ?? '' }))
  assert.deepEqual(data.filter((key) => key.id === id).map(({ name, last_used_at: used }) => [name, typeof used]), [['Toko Maju', 'string']])
  assert.deepEqual(given(await resend.apiKeys.remove(id)), { object: 'api_key', id, deleted: true })
  assert.equal((await shop.emails.send(HALO)).error?.name, 'invalid_api_key')
  const [{ id: domain } = { id: '' }] = given(await resend.domains.list()).data
  const bound = given(await resend.apiKeys.create({ name: 'Satu', permission: 'sending_access', domain_id: domain }))
  assert.deepEqual((bound as unknown as { readonly domains: unknown }).domains, ['merpati.test']) // A field of ours, which its types do not know.
})

test('it makes domains with the records they want, and is told where we are asked for what it says of them', async () => {
  const { id, name, status, records } = given(await resend.domains.create({ name: 'toko.example', region: 'eu-west-1' }))
  assert.deepEqual([name, status], ['toko.example', 'verified']) // The key of the demo is an operator's.
  assert.deepEqual(records.map(({ record, type, name: owner }) => [record, type, owner.replace(/^[a-z0-9]+(?=\._domainkey)/, 'key')]), [
    ['Receiving', 'MX', 'toko.example'], ['SPF', 'TXT', 'toko.example'], ['DKIM', 'TXT', 'key._domainkey.toko.example'], ['DKIM', 'TXT', 'key._domainkey.toko.example'], ['DMARC', 'TXT', '_dmarc.toko.example'],
  ])
  assert.deepEqual([records[0]?.value, records.every(({ value }) => !value.includes('"'))], ['mx.merpati.test', true])
  const shown = given(await resend.domains.get(id))
  assert.deepEqual([shown.object, shown.records], ['domain', records])
  assert.equal(given(await resend.domains.list({ after: given(await resend.domains.list({ limit: 1 })).data[0]?.id ?? '' })).data.at(-1)?.id, id)
  assert.match((await resend.domains.update({ id, openTracking: true })).error?.message ?? '', /^open_tracking: whether openings are counted is said in each message/)
  assert.match((await resend.domains.create({ name: 'kedai.example', customReturnPath: 'x' })).error?.message ?? '', /^custom_return_path: the return path is ours/)
  assert.equal(given(await resend.domains.verify(id)).object, 'domain')
  assert.deepEqual(given(await resend.domains.remove(id)), { object: 'domain', id, deleted: true })
})

test('it is told of events at an endpoint, proves them with the secret, and reads what was sent there', async () => {
  await using hooks = await startHooks()
  const { id, signing_secret: webhookSecret } = given(await resend.webhooks.create({ endpoint: hooks.url('/kabar'), events: ['email.suppressed'] }))
  const { status, endpoint, events } = given(await resend.webhooks.get(id))
  assert.deepEqual([status, endpoint, events], ['enabled', hooks.url('/kabar'), ['email.suppressed']])
  assert.equal(given(await resend.webhooks.list({ limit: 100 })).data.at(-1)?.id, id)
  given(await resend.suppressions.add({ email: 'tidak@luar.test' }))
  const { id: email } = given(await resend.emails.send({ ...HALO, to: 'tidak@luar.test' }))
  const [event] = await until(async () => given(await resend.webhooks.events.list({ webhookId: id })).data, (all) => all.some((each) => each.status === 'success'))
  const { payload, next_attempt_at: next } = given(await resend.webhooks.events.get({ webhookId: id, eventId: event?.id ?? '' }))
  assert.deepEqual([payload.type, (payload.data as { readonly email_id?: string }).email_id, next], ['email.suppressed', email, null])
  const [call] = hooks.at('/kabar')
  const headers = { id: String(call?.headers['webhook-id']), timestamp: String(call?.headers['webhook-timestamp']), signature: String(call?.headers['webhook-signature']) }
  assert.deepEqual(resend.webhooks.verify({ payload: call?.body ?? '', headers, webhookSecret }), payload)
  assert.deepEqual(given(await resend.webhooks.events.attempts.list({ webhookId: id, eventId: event?.id ?? '' })).data.map(({ http_status_code: code, response }) => [code, response]), [[200, 'ok']])
  assert.deepEqual(given(await resend.webhooks.events.replay({ webhookId: id, eventId: event?.id ?? '' })), { object: 'webhook_event', id: event?.id })
  assert.notEqual(given(await resend.webhooks.rotateSigningSecret(id)).signing_secret, webhookSecret)
  given(await resend.webhooks.update(id, { endpoint: hooks.url('/lain'), events: ['email.bounced'], status: 'disabled' }))
  assert.deepEqual([given(await resend.webhooks.get(id)).endpoint, given(await resend.webhooks.get(id)).status], [hooks.url('/lain'), 'disabled'])
  assert.deepEqual(given(await resend.webhooks.remove(id)), { object: 'webhook', id, deleted: true })
})

test('it makes templates, copies them and sends by them', async () => {
  const variables = [{ key: 'NAMA', type: 'string' as const, fallbackValue: 'kawan' }]
  const { id } = given(await resend.templates.create({ name: 'Salam', subject: 'Halo {{NAMA}}', html: '<p>Halo {{{NAMA}}}</p>', variables }).publish())
  const copy = given(await resend.templates.duplicate(id).publish())
  const { name, status, html } = given(await resend.templates.get(copy.id))
  assert.deepEqual([name, status, html], ['Salam (copy)', 'published', '<p>Halo {{{NAMA}}}</p>'])
  given(await resend.templates.update(copy.id, { subject: 'Selamat {{NAMA}}' }))
  assert.deepEqual(given(await resend.templates.publish(copy.id)), { object: 'template', id: copy.id, version: 2 })
  assert.deepEqual(given(await resend.templates.list({ after: id })).data.map((each) => each.id), [copy.id])
  const sent = given(await resend.emails.send({ from: HALO.from, to: HALO.to, template: { id: copy.id, variables: { NAMA: 'Budi' } } }))
  assert.equal(given(await resend.emails.get(sent.id)).subject, 'Selamat Budi')
  assert.deepEqual(given(await resend.templates.remove(copy.id)), { object: 'template', id: copy.id, deleted: true })
})

test('it keeps the list of who is not written to, one by one and many at once', async () => {
  const emails = ['satu@batas.test', 'dua@batas.test']
  assert.deepEqual(given(await resend.suppressions.batch.add({ emails })).data, emails.map((id) => ({ object: 'suppression', id })))
  const [one, two] = given(await resend.suppressions.list({ after: 'b' })).data
  assert.deepEqual([one?.email, one?.origin, two?.email], ['dua@batas.test', 'manual', 'satu@batas.test'])
  assert.deepEqual(given(await resend.suppressions.list({ after: 'dua@batas.test' })).data[0], two)
  assert.equal(given(await resend.suppressions.get('satu@batas.test')).object, 'suppression')
  assert.deepEqual(given(await resend.suppressions.remove('satu@batas.test')), { object: 'suppression', id: 'satu@batas.test', deleted: true })
  const { data } = given(await resend.suppressions.batch.remove({ emails }))
  assert.deepEqual(data.map(({ id, deleted }) => [id, deleted]), [['satu@batas.test', false], ['dua@batas.test', true]])
})

test('the files of a message are listed, and each is fetched by an address that works without a key for an hour', async () => {
  const { id } = given(await resend.emails.send({ ...HALO, html: '<img src="cid:logo">', attachments: [{ filename: 'caf\u00e9.txt', content: Buffer.from('isi') }, { filename: 'logo.png', content: Buffer.from([0, 1, 2]), contentId: 'logo' }] }))
  const { data, has_more: more } = given(await resend.emails.attachments.list({ emailId: id }))
  assert.deepEqual([more, data.map(({ id: number, filename, size, content_type: type, content_disposition: how, content_id: cid }) => [number, filename, size, type, how, cid])], [false, [
    ['1', 'logo.png', 3, 'image/png', 'inline', 'logo'], // Beside the text that shows it.
    ['2', 'caf\u00e9.txt', 3, 'text/plain', 'attachment', null],
  ]])
  const one = given(await resend.emails.attachments.get({ emailId: id, id: '1' }))
  assert.deepEqual([one.object, one.filename], ['attachment', 'logo.png'])
  const { pathname, search } = new URL(one.download_url)
  const fetched = await fetch(`http://127.0.0.1:${demo.ports.http}${pathname}${search}`)
  assert.deepEqual([fetched.status, fetched.headers.get('content-type'), fetched.headers.get('content-disposition'), [...new Uint8Array(await fetched.arrayBuffer())]], [200, 'application/octet-stream', 'attachment', [0, 1, 2]])
  for (const [from, to] of [['.1.', '.2.'], [/\.(\d{13})\./, '.9999999999999.'], [/token=.*/, 'token=x'], [/.$/, '']] as const) {
    assert.equal((await fetch(`http://127.0.0.1:${demo.ports.http}${pathname}${search.replace(from, to)}`)).status, 404, String(from))
  }
  assert.equal((await resend.emails.attachments.get({ emailId: id, id: '3' })).error?.statusCode, 404)
  assert.equal((await resend.emails.attachments.list({ emailId: 'm-none' })).error?.statusCode, 404)
})

/** Methods that the tests of this file call, and those that ask no server. */
const CALLED = new Set([
  ...['send', 'create', 'get', 'list', 'update', 'cancel', 'attachments.list', 'attachments.get'].map((name) => `emails.${name}`), 'batch.send', 'batch.create', ...['create', 'list', 'update', 'remove'].map((name) => `apiKeys.${name}`),
  ...['create', 'list', 'get', 'update', 'remove', 'verify'].map((name) => `domains.${name}`), ...['create', 'get', 'list', 'update', 'remove', 'rotateSigningSecret', 'verify'].map((name) => `webhooks.${name}`),
  ...['list', 'get', 'replay', 'attempts.list'].map((name) => `webhooks.events.${name}`), ...['create', 'get', 'list', 'update', 'remove', 'duplicate', 'publish', 'performCreate'].map((name) => `templates.${name}`),
  ...['add', 'list', 'get', 'remove', 'batch.add', 'batch.remove'].map((name) => `suppressions.${name}`), 'usage.get',
  ...['forwardPassthrough', 'forwardWrapped', 'downloadRaw'].map((name) => `emails.receiving.${name}`), ...['buildCreateFormData', 'buildColumnMap', 'appendField'].map((name) => `contacts.imports.${name}`),
])

/** What some methods want first. */
const ARGUMENT: Readonly<Record<string, unknown>> = { 'emails.metrics': {}, 'emails.share': 'x' }

type Method = (...args: readonly unknown[]) => Promise<{ readonly data: unknown; readonly error: { readonly name: string; readonly statusCode: number | null; readonly message: string } | null }>

/** Every method of the client, by its name. */
function methodsOf(holder: object, above = ''): readonly (readonly [name: string, call: Method])[] {
  return Object.entries(holder).flatMap(([name, part]) => {
    if (typeof part !== 'object' || part === null || part instanceof Headers || name === 'resend') return []
    const own = Object.getOwnPropertyNames(Object.getPrototypeOf(part)).filter((each) => each !== 'constructor')
    return [...own.map((each) => [`${above}${name}.${each}`, (part as Readonly<Record<string, Method>>)[each]?.bind(part) as Method] as const), ...methodsOf(part, `${above}${name}.`)]
  })
}

test('what we do not have is said with what to do instead, for every other method that it has', async () => {
  given(await resend.usage.get())
  const others = methodsOf(resend).filter(([name]) => !CALLED.has(name))
  assert.ok(others.length > 60)
  const anything = { id: 'x', email: 'x@luar.test', emailId: 'x', contactId: 'x', segmentId: 'x', inboxId: 'x', threadId: 'x', draftId: 'x', labelId: 'x', automationId: 'x', runId: 'x', steps: [], connections: [], labels: [], name: 'x', file: new Blob(['x']), key: 'x', type: 'opened', query: 'x' }
  for (const [name, call] of others) {
    const { error } = await call(ARGUMENT[name] ?? anything, anything)
    assert.deepEqual([error?.name, error?.statusCode], ['not_found', 404], `${name}: ${error?.message}`)
    assert.match(error?.message ?? '', /^[A-Z].*(?:\/v1\/|IMAP)/, name)
    assert.doesNotMatch(error?.message ?? '', /lists what there is/, name)
  }
})

test('nodemailer submits over SMTP', async () => {
  const transport = createTransport({ host: '127.0.0.1', port: demo.ports.submission, requireTLS: true, tls: { rejectUnauthorized: false }, auth: { user: 'ani@merpati.test', pass: 'merpati' } })
  const sent = await transport.sendMail({ from: 'ani@merpati.test', to: 'budi@merpati.test', subject: 'Dari nodemailer', text: 'Halo', attachments: [{ filename: 'a.txt', content: 'isi' }] })
  assert.deepEqual([sent.accepted, sent.rejected], [['budi@merpati.test'], []])
  assert.equal((await toldOf(demo, sent.messageId, 'mail.arrived')).type, 'mail.arrived')
  transport.close()
})

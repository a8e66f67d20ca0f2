import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ApiAnswer, type ApiAsk, askApi } from '../support/api.ts'
import { ImapClient } from '../support/imap-client.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { toldOf } from '../support/story.ts'

let demo: Demo
before(async () => {
  demo = await startDemo()
})
after(() => demo[Symbol.asyncDispose]())

const ask = (path: string, asked: ApiAsk = {}): Promise<ApiAnswer> => askApi(demo, path, asked)
const HALO = { from: 'Ani <ani@merpati.test>', to: 'budi@luar.test', subject: 'Halo', text: 'Halo dari sebuah program.' }

async function sent(over: object = {}): Promise<string> {
  const { status, body } = await ask('/v1/emails', { json: { ...HALO, ...over } })
  assert.equal(status, 202, JSON.stringify(body))
  return String(body['id'])
}

/** The newest message in the inbox of budi. */
async function newest(): Promise<string> {
  using imap = await ImapClient.login({ port: demo.ports.imap }, 'budi@merpati.test', 'merpati')
  await imap.ok('SELECT INBOX')
  const { untagged } = await imap.ok('FETCH * BODY[]')
  return untagged.flatMap(({ literals }) => literals)[0]?.toString('latin1') ?? ''
}

const eventOf = async (id: string): Promise<unknown> => (await ask(`/v1/emails/${id}`)).body['last_event']

test('a message to somebody here and somebody elsewhere is taken, arrives, and is found again', async () => {
  const { status, body } = await ask('/v1/emails', { json: { ...HALO, to: ['budi@merpati.test', 'Cici <cici@luar.test>'], bcc: 'dodi@luar.test', tags: [{ name: 'kind', value: 'welcome' }], metadata: { order: '7' } } })
  assert.equal(status, 202)
  assert.equal(body['status'], 'queued')
  const recipients = body['recipients'] as readonly { readonly email: string; readonly id: string; readonly status: string }[]
  assert.deepEqual(recipients.map(({ email, status: each }) => `${email} ${each}`), ['budi@merpati.test queued', 'cici@luar.test queued', 'dodi@luar.test queued'])
  const id = String(body['id'])
  await toldOf(demo, id, 'delivery.delivered')
  const found = (await ask(`/v1/emails/${id}`)).body
  assert.deepEqual([found['from'], found['to'], found['bcc'], found['subject'], found['tags'], found['metadata'], found['stream']], [
    'Ani <ani@merpati.test>', ['budi@merpati.test', 'Cici <cici@luar.test>'], ['dodi@luar.test'], 'Halo', [{ name: 'kind', value: 'welcome' }], { order: '7' }, 'transactional',
  ])
  assert.deepEqual([found['text'], found['html']], [HALO.text, null])
  assert.equal(found['last_event'], 'delivered')
  assert.deepEqual((found['recipients'] as readonly { readonly status: string }[]).map((each) => each.status), ['delivered', 'queued', 'queued'])
  const delivery = (await ask(`/v1/queue/${recipients[1]?.id ?? ''}`)).body
  assert.match(String(delivery['from']), /^b-[a-z2-7]{40}@/)
  assert.deepEqual([delivery['stream'], delivery['state'], delivery['message']], ['transactional', 'captured', id])
  const text = await newest()
  assert.match(text, /\r\nFrom: Ani <ani@merpati\.test>\r\nTo: budi@merpati\.test, Cici <cici@luar\.test>\r\nSubject: Halo\r\nMessage-ID: <m-[^>]+>\r\n/)
  assert.doesNotMatch(text, /dodi|order/)
})

test('what is wrong is named field by field, and nothing is sent', async () => {
  const faults: readonly (readonly [over: object, field: string])[] = [
    [{ from: 'ani@luar.test' }, 'from'],
    [{ from: 'Ani' }, 'from'],
    [{ return_path: 'ani@merpati.test' }, 'return_path'],
    [{ pool: 'main' }, 'pool'],
    [{ priority: 'high' }, 'priority'],
    [{ topic_id: 'news' }, 'topic_id'],
    [{ to: [] }, 'to'],
    [{ to: ['cici@luar.test', 'cici@'] }, 'to.1'],
    [{ to: 'a@luar.test, b@luar.test' }, 'to'],
    [{ to: Array.from({ length: 51 }, (_, at) => `a${at}@luar.test`) }, 'to'],
    [{ subject: 'Halo\r\nBcc: x@luar.test' }, 'subject'],
    [{ from: 'Ani\r\nX: y <ani@merpati.test>' }, 'from'],
    [{ headers: { 'X-Ok': 'a\nb' } }, 'headers.X-Ok'],
    [{ headers: { Bcc: 'x@luar.test' } }, 'headers.Bcc'],
    [{ headers: { 'X: Y': 'z' } }, 'headers.X: Y'],
    [{ text: undefined }, 'html'],
    [{ attachments: [{ filename: 'a.txt', content: '???' }] }, 'attachments.0.content'],
    [{ attachments: [{ filename: 'a\r\nb', content: '' }] }, 'attachments.0.filename'],
    [{ attachments: [{ filename: 'a', path: 'http://169.254.169.254/' }] }, 'attachments.0.path'],
    [{ attachments: [{ filename: 'a', content: '', content_id: 'a>b' }] }, 'attachments.0.content_id'],
    [{ scheduled_at: 'soon' }, 'scheduled_at'],
    [{ scheduled_at: 'in 5 weeks' }, 'scheduled_at'],
    [{ sbject: 'x' }, 'sbject'],
    [{ metadata: Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`k${at}`, ''])) }, 'metadata'],
    [{ attachments: Array.from({ length: 200_000 }, () => 1) }, ''],
  ]
  for (const [over, field] of faults) {
    const { status, body } = await ask('/v1/emails', { json: { ...HALO, ...over } })
    const errors = body['errors'] as readonly { readonly field: string }[]
    assert.deepEqual([status, body['name'], errors.map((each) => each.field)], [422, 'validation_error', [field]], JSON.stringify(over).slice(0, 200))
  }
  assert.equal((await ask('/v1/emails', { body: '{"from":' })).status, 400)
  assert.equal((await ask('/v1/emails', { body: Uint8Array.of(0x22, 0xff, 0x22) })).status, 400)
  const large = await ask('/v1/emails', { json: { ...HALO, text: 'x'.repeat(30_000_000) } })
  assert.deepEqual([large.status, large.body['code']], [413, 'too_large'])
})

test('a message with files of some megabytes goes, whole', async () => {
  const content = Buffer.alloc(3_000_000, 'berkas ').toString('base64')
  const id = await sent({ to: 'budi@merpati.test', html: '<p>Gambar <img src="cid:foto"></p>', attachments: [{ filename: 'foto.png', content, content_id: 'foto' }, { filename: 'Daftar harga.pdf', content }] })
  await toldOf(demo, id, 'delivery.delivered')
  const text = await newest()
  assert.ok(text.length > 8_000_000)
  assert.match(text, /Content-Type: multipart\/mixed/)
  assert.match(text, /Content-ID: <foto>/)
})

test('a request that comes again is done once, and a key belongs to one request', async () => {
  const again = (json: object, key: string): Promise<ApiAnswer> => ask('/v1/emails', { json, headers: { 'idempotency-key': key } })
  const [first, ...others] = await Promise.all(Array.from({ length: 8 }, () => again(HALO, 'pesanan-1')))
  assert.equal(first?.status, 202)
  for (const other of others) assert.deepEqual([other.status, other.body], [202, first.body])
  await demo.kill()
  await demo.restart()
  const later = await again(HALO, 'pesanan-1')
  assert.deepEqual([later.status, later.body, later.headers.get('idempotent-replayed')], [202, first.body, 'true'])
  const other = await again({ ...HALO, subject: 'Lain' }, 'pesanan-1')
  assert.deepEqual([other.status, other.body['name']], [409, 'invalid_idempotent_request'])
  assert.notEqual((await again(HALO, 'pesanan-2')).body['id'], first.body['id'])
  assert.equal((await again(HALO, 'x'.repeat(257))).body['name'], 'invalid_idempotency_key')
  const batch = { json: [HALO, HALO], headers: { 'idempotency-key': 'pesanan-3' } }
  assert.deepEqual((await ask('/v1/emails/batch', batch)).body, (await ask('/v1/emails/batch', batch)).body)
})

test('a batch is taken whole, or as far as it is right', async () => {
  const many = Array.from({ length: 500 }, (_, at) => ({ ...HALO, to: `orang${at}@luar.test` }))
  const { status, body } = await ask('/v1/emails/batch', { json: many })
  const taken = body['data'] as readonly { readonly id: string; readonly recipients: readonly { readonly email: string }[] }[]
  assert.deepEqual([status, taken.length, taken[499]?.recipients[0]?.email], [202, 500, 'orang499@luar.test'])
  assert.equal((await ask('/v1/emails/batch', { json: [...many, HALO] })).status, 422)
  const mixed = [HALO, { ...HALO, to: 'x' }, HALO]
  const strict = await ask('/v1/emails/batch', { json: mixed })
  assert.deepEqual([strict.status, (strict.body['errors'] as readonly { readonly field: string }[]).map(({ field }) => field)], [422, ['1.to']])
  const permissive = await ask('/v1/emails/batch', { json: mixed, headers: { 'x-batch-validation': 'permissive' } })
  assert.deepEqual([permissive.status, (permissive.body['data'] as readonly unknown[]).length], [202, 2])
  assert.deepEqual((permissive.body['errors'] as readonly { readonly index: number }[]).map(({ index }) => index), [1])
})

test('a message can wait for its time, be given another, and be given up', async () => {
  const id = await sent({ scheduled_at: 'in 10 minutes' })
  assert.equal(await eventOf(id), 'scheduled')
  const scheduledAt = new Date(Date.now() + 7_200_000).toISOString()
  assert.equal((await ask(`/v1/emails/${id}`, { method: 'PATCH', json: { scheduled_at: scheduledAt } })).status, 200)
  assert.equal((await ask(`/v1/emails/${id}`)).body['scheduled_at'], scheduledAt)
  assert.deepEqual((await ask(`/v1/emails/${id}/cancel`, { method: 'POST' })).body, { object: 'email', id })
  assert.equal(await eventOf(id), 'canceled')
  assert.equal((await ask(`/v1/emails/${id}/cancel`, { method: 'POST' })).status, 409)
  assert.equal((await ask(`/v1/emails/${id}`, { method: 'PATCH', json: { scheduled_at: scheduledAt } })).status, 409)
  assert.equal((await ask('/v1/emails/m-none')).status, 404)
})

test('a bounce is told, and the next message to that address is suppressed', async () => {
  const id = await sent({ to: 'bounced@luar.test' })
  await toldOf(demo, id, 'suppression.added')
  assert.equal(await eventOf(id), 'bounced')
  const { status, body } = await ask('/v1/emails', { json: { ...HALO, to: ['bounced@luar.test', 'lain@luar.test'] } })
  assert.deepEqual([status, body['status'], (body['recipients'] as readonly { readonly status: string }[]).map((each) => each.status)], [202, 'queued', ['suppressed', 'queued']])
  assert.equal((await ask('/v1/emails', { json: { ...HALO, to: 'bounced@luar.test' } })).body['status'], 'suppressed')
})

test('a list goes back in time, page by page', async () => {
  const newest = [await sent({ subject: 'satu' }), await sent({ subject: 'dua' }), await sent({ subject: 'tiga' })].reverse()
  const first = (await ask('/v1/emails?limit=2')).body
  const ids = ({ data }: Record<string, unknown>): readonly string[] => (data as readonly { readonly id: string }[]).map(({ id }) => id)
  assert.deepEqual([first['object'], first['has_more'], ids(first)], ['list', true, newest.slice(0, 2)])
  assert.equal(ids((await ask(`/v1/emails?limit=1&cursor=${String(first['next_cursor'])}`)).body)[0], newest[2])
  assert.equal(ids((await ask(`/v1/emails?limit=1&after=${newest[1] ?? ''}`)).body)[0], newest[2])
})

test('a composed message goes to whom it names, without its Bcc', async () => {
  const mime = 'From: ani@merpati.test\nTo: budi@merpati.test\nBcc: rahasia@luar.test\nSubject: Mentah\n\nHalo\n'
  const { status, body } = await ask('/v1/emails/raw', { body: mime, headers: { 'content-type': 'message/rfc822' } })
  assert.equal(status, 202, JSON.stringify(body))
  assert.deepEqual((body['recipients'] as readonly { readonly email: string }[]).map(({ email }) => email), ['budi@merpati.test', 'rahasia@luar.test'])
  await toldOf(demo, String(body['id']), 'delivery.delivered')
  const text = await newest()
  assert.match(text, /\r\nDate: [^\r]+\r\nMessage-ID: <m-[^>]+>\r\nFrom: ani@merpati\.test\r\nTo: budi@merpati\.test\r\nSubject: Mentah\r\n\r\nHalo\r\n$/)
  for (const author of ['ani@luar.test', 'ani@merpati.test, x@luar.test', 'ani@merpati.test\nSender: x@luar.test']) {
    assert.equal((await ask('/v1/emails/raw', { body: mime.replace('ani@merpati.test', author), headers: { 'content-type': 'message/rfc822' } })).status, 422, author)
  }
})

test('the key of another organization sends from none of our domains and finds none of our messages', async () => {
  const id = await sent()
  assert.equal((await demo.cli(['organization', 'add', 'Lain'])).code, 0)
  const { stdout } = await demo.cli(['key', 'create', 'x', '--json', '--organization', 'Lain', '--scope', '*'])
  const { key } = JSON.parse(stdout) as { readonly key: string }
  assert.equal((await ask('/v1/emails', { json: HALO, key })).status, 422)
  for (const [path, method] of [[`/v1/emails/${id}`, 'GET'], [`/v1/emails/${id}/cancel`, 'POST']] as const) assert.equal((await ask(path, { key, method })).status, 404)
  assert.deepEqual((await ask('/v1/emails', { key })).body['data'], [])
})

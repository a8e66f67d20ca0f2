import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { availableParallelism } from 'node:os'
import { after, before, test } from 'node:test'
import { CHECK_MESSAGE } from '../../src/core/track/token.ts'
import { urlOf } from '../../src/core/track/url.ts'
import { NOTED_A_MINUTE } from '../../src/core/track/limits.ts'
import { type ApiAnswer, type ApiAsk, askApi } from '../support/api.ts'
import { ImapClient } from '../support/imap-client.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { storyOf, toldOf } from '../support/story.ts'

let demo: Demo
before(async () => {
  demo = await startDemo()
})
after(() => demo[Symbol.asyncDispose]())

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0'
const NEWS = { from: 'Ani <ani@merpati.test>', to: 'budi@merpati.test', subject: 'Kabar', html: '<body><p><a href="https://toko.test/promo?a=1&amp;b=2">Promo</a></p></body>', text: 'Promo: https://toko.test/promo', stream: 'broadcast' }

const ask = (path: string, asked: ApiAsk = {}): Promise<ApiAnswer> => askApi(demo, path, asked)

async function sent(over: object = {}): Promise<ApiAnswer['body']> {
  const { status, body } = await ask('/v1/emails', { json: { ...NEWS, ...over } })
  assert.equal(status, 202, JSON.stringify(body))
  return body
}

/** The newest message in the inbox of budi, lines joined. */
async function newest(): Promise<string> {
  using imap = await ImapClient.login({ port: demo.ports.imap }, 'budi@merpati.test', 'merpati')
  await imap.ok('SELECT INBOX')
  const { untagged } = await imap.ok('FETCH * BODY[]')
  return (untagged.flatMap(({ literals }) => literals)[0]?.toString('latin1') ?? '').replaceAll('=\r\n', '').replaceAll('=46', 'F').replaceAll('=3D', '=')
}

/** Asks for an address that stands in a message, at the plain listener of this demo. */
async function visit(url: string, init: RequestInit = {}): Promise<Response> {
  assert.ok(url.startsWith(`https://localhost:${demo.ports.https}/t/`), url)
  return await fetch(url.replace(`https://localhost:${demo.ports.https}`, `http://127.0.0.1:${demo.ports.http}`), { redirect: 'manual', ...init, headers: { 'user-agent': BROWSER, ...(init.headers as Record<string, string> | undefined) } })
}

const addressIn = (text: string, shape: RegExp): string => shape.exec(text)?.[1] ?? ''

async function tracked(): Promise<{ readonly id: string; readonly text: string; readonly open: string; readonly click: string; readonly stop: string }> {
  const id = String((await sent())['id'])
  await toldOf(demo, id, 'delivery.delivered')
  const text = await newest()
  return { id, text, open: addressIn(text, /<img src="([^"]+)"/), click: addressIn(text, /<a href="([^"]+)">Promo/), stop: addressIn(text, /\r\nList-Unsubscribe: <([^>]+)>,\r\n/) }
}

test('a reader chooses among streams by name, and takes it back', async () => {
  assert.equal((await ask('/v1/streams/broadcast.kabar', { method: 'PUT', json: { title: { id: 'Kabar' } } })).status, 200)
  const set = await demo.cli(['stream', 'set', 'broadcast.promo', '--title-id', 'Promo', '--organization', 'Merpati demo'])
  assert.deepEqual([set.code, set.stdout], [0, 'mail may be sent in broadcast.promo, and its readers choose whether they get it\n'])
  assert.match((await demo.cli(['stream', 'set', 'promo', '--title', 'x'])).stderr, /promo is no stream that goes to many: write broadcast, or broadcast\./)
  const { body: { streams } } = await ask('/v1/streams')
  assert.deepEqual((streams as readonly { readonly id: string }[]).map(({ id }) => id), ['broadcast.kabar', 'broadcast.promo'])
  // The link of a copy for a mailbox here: what is sent elsewhere has one like it.
  const body = await sent({ stream: 'broadcast.kabar' })
  const id = String(body['id'])
  await toldOf(demo, id, 'delivery.delivered')
  const link = addressIn(await newest(), /\r\nList-Unsubscribe: <([^>]+)>,\r\n/)
  const page = await visit(link, { headers: { 'accept-language': 'id' } })
  assert.equal(page.headers.get('referrer-policy'), 'no-referrer')
  assert.match(await page.text(), /<html lang="id">.*<label for="s0"><bdi>Kabar<\/bdi><\/label>/s)
  // So a browser sends it that tells nobody where it was.
  const press = async (fields: readonly (readonly [string, string])[]): Promise<number> => (await visit(link, { method: 'POST', headers: { origin: 'null' }, body: new URLSearchParams([['form', 'preferences'], ...fields].map(([name = '', value = '']) => [name, value])) })).status
  const statusOf = async (stream: string): Promise<unknown> => {
    const { id: other, status } = await sent({ stream })
    if (status === 'queued') await toldOf(demo, String(other), 'delivery.delivered') // Other tests look at the newest message.
    return status
  }
  assert.equal(await press([['was.broadcast.kabar', 'on'], ['was.broadcast.promo', 'on'], ['want.broadcast.promo', 'on'], ['do', 'save']]), 200)
  assert.deepEqual([await statusOf('broadcast.kabar'), await statusOf('broadcast.promo'), await statusOf('transactional')], ['suppressed', 'queued', 'queued'])
  assert.equal(await press([['was.broadcast.kabar', 'off'], ['want.broadcast.kabar', 'on'], ['do', 'save']]), 200)
  assert.equal(await statusOf('broadcast.kabar'), 'queued')
  const told = (await storyOf(demo, id)).filter(({ type }) => /subscribed/.test(type)).map(({ type, data }) => [type, data['scope'], data['by']])
  assert.deepEqual(told, [['email.unsubscribed', 'stream:broadcast.kabar', 'page'], ['email.resubscribed', 'stream:broadcast.kabar', 'page']])
  const [consent] = (await ask('/v1/consents?email=budi@merpati.test')).body['data'] as readonly Readonly<Record<string, unknown>>[]
  assert.deepEqual([consent?.['source'], consent?.['stream'], consent?.['withdrawn_at']], ['preference page', 'broadcast.kabar', null])
})

test('who opens a newsletter, follows its link and unsubscribes is told of, and gets no other one', async () => {
  const { id, text, open, click, stop } = await tracked()
  assert.match(text, /\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n/)
  assert.match(text, /Promo: https:\/\/toko\.test\/promo\r\n/)
  assert.doesNotMatch(`${open} ${click} ${stop}`, /budi|@|toko/)

  const pixel = await visit(open)
  assert.deepEqual([pixel.status, pixel.headers.get('content-type'), pixel.headers.get('cache-control'), (await pixel.arrayBuffer()).byteLength], [200, 'image/gif', 'no-store, private', 43])
  const opened = await toldOf(demo, id, 'email.opened')
  assert.equal((await ask(`/v1/emails/${id}`)).body['last_event'], 'opened')
  assert.deepEqual([opened.data['recipient'], opened.data['class'], opened.data['human_opens']], ['budi@merpati.test', 'human', 1])

  const followed = await visit(`${click}?to=https://evil.test/`)
  assert.deepEqual([followed.status, followed.headers.get('location'), followed.headers.get('cache-control'), followed.headers.get('set-cookie')], [302, 'https://toko.test/promo?a=1&b=2', 'no-store, private', null])
  const clicked = await toldOf(demo, id, 'email.clicked')
  assert.equal((await ask(`/v1/emails/${id}`)).body['last_event'], 'clicked')
  assert.deepEqual([clicked.data['url'], clicked.data['class']], ['https://toko.test/promo?a=1&b=2', 'human'])

  const looked = await visit(stop)
  const page = await looked.text()
  assert.deepEqual([looked.status, looked.headers.get('set-cookie')], [200, null])
  assert.match(page, /Unsubscribe/)
  assert.match(await (await visit(`${stop}?lang=id`)).text(), /Berhenti (?:berlangganan|dari semuanya)/)
  assert.doesNotMatch(page, /budi|<script/)
  assert.equal((await visit(stop, { method: 'HEAD' })).status, 200)
  assert.equal((await sent())['status'], 'queued')

  const form = new FormData()
  form.set('List-Unsubscribe', 'One-Click')
  for (const body of [new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }), form, undefined]) {
    const done = await visit(stop, { method: 'POST', ...(body === undefined ? {} : { body }) })
    assert.deepEqual([done.status, done.headers.get('location'), done.headers.get('set-cookie')], [200, null, null])
  }
  const left = await toldOf(demo, id, 'email.unsubscribed')
  assert.deepEqual([left.data['recipient'], left.data['by']], ['budi@merpati.test', 'one-click'])
  assert.equal((await storyOf(demo, id)).filter(({ type }) => type === 'email.unsubscribed').length, 1)
  assert.equal((await sent())['status'], 'suppressed')
  assert.equal((await sent({ stream: 'transactional' }))['status'], 'queued')
})

test('what is no address of ours leads nowhere, and tells nothing', async () => {
  const base = `http://127.0.0.1:${demo.ports.http}`
  const answers = await Promise.all(['/t', '/t/', `/t/o/${'A'.repeat(44)}.gif`, `/t/c/${'A'.repeat(44)}`, `/t/u/${'A'.repeat(44)}`, '/t/c/x', '/t/x/y', '/t/c/%00'].map((path) => fetch(base + path)))
  assert.deepEqual(new Set(await Promise.all(answers.map(async (answer) => `${answer.status} ${await answer.text()}`))), new Set(['404 Not found.\n']))
})

test('the address that shows whether unsubscribing works answers, and unsubscribes nobody', async () => {
  const secret = Buffer.from(readFileSync(join(demo.dataDir, 'secret'), 'utf8'), 'hex')
  const url = urlOf({ kind: 'unsubscribe', message: CHECK_MESSAGE, recipient: 0, link: 0 }, { origin: `https://localhost:${demo.ports.https}`, secret })
  assert.equal((await visit(url, { method: 'POST', body: 'List-Unsubscribe=One-Click' })).status, 200)
  assert.deepEqual(await storyOf(demo, CHECK_MESSAGE), [])
})

test('an address is good for what it was made for only, and only in the ways that fit', async () => {
  const body = await sent({ stream: 'transactional', tracking: { clicks: true, opens: true } })
  await toldOf(demo, String(body['id']), 'delivery.delivered')
  const text = await newest()
  const click = addressIn(text, /<a href="([^"]+)">Promo/)
  assert.doesNotMatch(text, /List-Unsubscribe/)
  assert.equal((await visit(click.replace('/t/c/', '/t/u/'), { method: 'POST' })).status, 404)
  assert.equal((await visit(click, { method: 'POST' })).status, 405)
  const head = await visit(click, { method: 'HEAD', headers: { 'user-agent': 'scanner' } })
  assert.equal(head.status, 302)
  const told = await toldOf(demo, String(body['id']), 'email.clicked')
  assert.deepEqual([told.data['class'], told.data['reason'], told.data['human_clicks']], ['bot', 'head', 0])
})

test('a flood at one address writes little', async () => {
  const body = await sent({ stream: 'transactional', tracking: { opens: true } })
  const id = String(body['id'])
  await toldOf(demo, id, 'delivery.delivered')
  const open = addressIn(await newest(), /<img src="([^"]+)"/)
  const answers = await Promise.all(Array.from({ length: 200 }, () => visit(open)))
  assert.ok(answers.every(({ status }) => status === 200))
  await toldOf(demo, id, 'email.opened')
  // Each worker notes a few, and a minute may end meanwhile.
  assert.ok((await storyOf(demo, id)).filter(({ type }) => type === 'email.opened').length <= 2 * NOTED_A_MINUTE * availableParallelism())
})

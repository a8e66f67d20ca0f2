import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { until } from '../../bench/tool/wait.ts'
import { runWell } from '../support/program.ts'
import { type HookAnswer, type Hooked, type HookServer, startHooks } from '../support/hook-server.ts'
import { submit } from '../support/mail-network.ts'
import { type Demo, startDemo } from '../support/server.ts'

const WITHIN_MS = 60_000

/** Verifies signatures with a library that is not ours. */
const PEER = join(import.meta.dirname, '../interop/webhook-peer.py')

const ANSWERS: Readonly<Record<string, HookAnswer>> = { '/mute': 'silence', '/gone': 410, '/moved': { status: 302, headers: { location: '/good' } } }

let demo: Demo
let hooks: HookServer
let key = ''
let other = ''
before(async () => {
  demo = await startDemo()
  hooks = await startHooks(({ path }, earlier) => (path === '/broken' && earlier === 0 ? { status: 500, body: 'not yet' } : (ANSWERS[path] ?? 200)))
  key = /^API key +(sk_test_\w+)$/m.exec(demo.output())?.[1] ?? ''
  assert.equal((await demo.cli(['organization', 'add', 'Tetangga'])).code, 0)
  other = (await json(['key', 'create', 'test', '--organization', 'Tetangga', '--live', '--scope', 'read', 'admin']))['key'] as string
})
after(async () => {
  await demo[Symbol.asyncDispose]()
  await hooks[Symbol.asyncDispose]()
})

type Fields = Record<string, unknown>

async function json(args: readonly string[]): Promise<Fields> {
  const { code, stdout, stderr } = await demo.cli([...args, '--json'])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as Fields
}

async function ask(method: string, path: string, body?: unknown, own = key): Promise<{ readonly status: number; readonly body: Fields }> {
  const response = await fetch(`http://127.0.0.1:${demo.ports.http}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${own}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Fields }
}

/** Makes a webhook, and gives its id and secret. */
async function make(path: string, over: Fields = {}, own = key): Promise<{ readonly id: string; readonly secret: string }> {
  const { status, body } = await ask('POST', '/webhooks', { url: hooks.url(path), ...over }, own)
  assert.equal(status, 201, JSON.stringify(body))
  return { id: String(body['id']), secret: String(body['secret']) }
}

async function callsOf(id: string, query = ''): Promise<readonly Fields[]> {
  return (await ask('GET', `/webhooks/${id}/deliveries${query}`)).body['data'] as readonly Fields[]
}

/** Waits until there are so many calls at a path. */
const arrived = (path: string, count: number): Promise<void> => until(`${count} calls at ${path}`, () => hooks.at(path).length >= count, WITHIN_MS)

test('an endpoint is told what became of mail, signed for the published verifier, and others get none of it', async () => {
  const { secret } = await make('/good', { events: ['email.queued', 'email.sent', 'email.delivered', 'email.bounced'] })
  await make('/bounces', { events: ['email.bounced'], description: 'only bounces' })
  await make('/tetangga', {}, other)
  const message = await submit(demo, ['delivered@luar.test', 'bounced@luar.test'])
  await arrived('/good', 6)
  const calls = hooks.at('/good')
  for (const { body, headers } of calls) {
    assert.deepEqual(new Webhook(secret).verify(body, headers as Record<string, string>), JSON.parse(body))
    assert.equal(headers['svix-id'], headers['webhook-id'])
  }
  const told = calls.map(({ told: { type, data } }) => `${type} ${String(data['recipient'])}`).toSorted()
  const both = ['bounced', 'delivered'].flatMap((who) => [`email.queued ${who}@luar.test`, `email.sent ${who}@luar.test`])
  assert.deepEqual(told, [...both, 'email.bounced bounced@luar.test', 'email.delivered delivered@luar.test'].toSorted())
  assert.deepEqual(calls.map(({ told: { data } }) => data['email_id']), calls.map(() => message))
  assert.deepEqual(calls.map(({ told: { sequence } }) => sequence).toSorted((a, b) => a - b), [1, 2, 3, 4, 5, 6])
  await arrived('/bounces', 1)
  assert.deepEqual(hooks.at('/bounces').map(({ told: { type, data } }) => [type, data['enhanced_code'], data['class'], data['permanent']]), [['email.bounced', '5.1.1', 'hard', true]])
  assert.deepEqual(hooks.at('/tetangga'), [])
})

test('what a program calls its message comes back with each event of it', async () => {
  await make('/labels', { events: ['email.delivered', 'email.complained'] })
  const sent = await ask('POST', '/emails', { from: 'ani@merpati.test', to: 'complained@luar.test', subject: 'Halo', text: 'Halo', tags: [{ name: 'campaign', value: 'mei' }], metadata: { order: '7' } })
  assert.equal(sent.status, 202)
  await arrived('/labels', 2)
  assert.deepEqual(hooks.at('/labels').map(({ told: { type, data } }) => [type, data['tags'], data['metadata']]).toSorted(), ['email.complained', 'email.delivered'].map((type) => [type, { campaign: 'mei' }, { order: '7' }]))
  assert.equal((await ask('GET', `/emails/${String(sent.body['id'])}`)).body['last_event'], 'complained')
})

test('mail that comes in is told of, and the text of it is not', async () => {
  await make('/inbound', { events: ['email.received'] })
  await submit(demo, ['budi@merpati.test'], 'From: ani@merpati.test\r\nMessage-ID: <hook-1@merpati.test>\r\nSubject: Rahasia\r\n\r\nJangan bocor.\r\n')
  await arrived('/inbound', 1)
  const [call] = hooks.at('/inbound')
  assert.deepEqual([call?.told.data['recipient'], call?.told.data['message_id']], ['budi@merpati.test', 'hook-1@merpati.test'])
  assert.doesNotMatch(call?.body ?? '', /Rahasia|bocor/)
})

test('an endpoint that never answers does not keep another waiting', async () => {
  const { id } = await make('/mute', { events: ['email.queued'] })
  await make('/quick', { events: ['email.queued'] })
  for (let i = 0; i < 20; i++) await submit(demo, [`orang${i}@luar.test`])
  await arrived('/quick', 20)
  assert.ok(hooks.at('/mute').length <= 8, 'it was not called more often than it may be at a time')
  const states = (await callsOf(id)).map(({ state }) => state)
  assert.deepEqual([states.length, states.filter((state) => state !== 'calling' && state !== 'waiting')], [20, []])
  assert.equal((await ask('DELETE', `/webhooks/${id}`)).status, 200)
})

test('a try that fails is made again with the same id, and both are in the log', async () => {
  const { id, secret } = await make('/broken', { events: ['email.suppressed'] })
  const sent = await ask('POST', `/webhooks/${id}/test`)
  assert.equal(sent.status, 202)
  await arrived('/broken', 2)
  assert.deepEqual(hooks.at('/broken').map(({ headers }) => headers['webhook-id']), [sent.body['id'], sent.body['id']])
  for (const { body, headers } of hooks.at('/broken')) assert.equal((new Webhook(secret).verify(body, headers as Record<string, string>) as Fields)['type'], 'webhook.test')
  await until('it to be written down', async () => (await callsOf(id))[0]?.['state'] === 'delivered', WITHIN_MS)
  const { body } = await ask('GET', `/webhooks/${id}/deliveries/${String(sent.body['id'])}`)
  assert.deepEqual((body['tries'] as readonly Fields[]).map(({ status, error, response }) => [status, error, response]), [[200, null, 'ok'], [500, 'it answered 500', 'not yet']])
  assert.deepEqual((await ask('GET', `/webhooks/${id}`)).body['failing_since'], null)
  const replayed = await json(['webhook', 'replay', id, String(sent.body['id']), '--organization', 'Merpati demo'])
  assert.deepEqual(replayed, { id: sent.body['id'] })
  await arrived('/broken', 3)
  await until('it to be written down', async () => (await callsOf(id))[0]?.['attempts'] === 3, WITHIN_MS)
  assert.deepEqual((await ask('POST', `/webhooks/${id}/replay`, { since: '2020-01-01T00:00:00Z', which: 'all' })).body, { deliveries: 1 })
  await arrived('/broken', 4)
})

test('410 switches it off, a redirect is a failure, and another webhook hears of the end', async () => {
  await make('/watch', { events: ['webhook.disabled'] })
  const { id: gone } = await make('/gone')
  const { id: moved } = await make('/moved')
  await ask('POST', `/webhooks/${gone}/test`)
  await ask('POST', `/webhooks/${moved}/test`)
  await arrived('/watch', 1)
  assert.deepEqual([hooks.at('/watch')[0]?.told.data['webhook_id'], hooks.at('/watch')[0]?.told.data['reason']], [gone, 'gone'])
  const { body } = await ask('GET', `/webhooks/${gone}`)
  assert.deepEqual([body['state'], body['disabled_reason']], ['disabled', 'gone'])
  assert.equal((await ask('POST', `/webhooks/${gone}/test`)).status, 409)
  await until('the redirect to be written down', async () => (await callsOf(moved))[0]?.['last'] !== null, WITHIN_MS)
  assert.match(JSON.stringify((await callsOf(moved))[0]?.['last']), /302, and redirects are not followed/)
  assert.equal((await ask('PATCH', `/webhooks/${gone}`, { enabled: true, url: hooks.url('/back') })).body['state'], 'enabled')
  await ask('POST', `/webhooks/${gone}/test`)
  await arrived('/back', 1)
})

test('a new secret signs beside the old one', async () => {
  const { id, secret } = await make('/rotated', { events: ['email.held'] })
  const rotated = await ask('POST', `/webhooks/${id}/rotate`, { overlap_hours: 1 })
  await ask('POST', `/webhooks/${id}/test`)
  await arrived('/rotated', 1)
  const [call] = hooks.at('/rotated')
  for (const each of [secret, String(rotated.body['secret'])]) new Webhook(each).verify(call?.body ?? '', call?.headers as Record<string, string>)
  await ask('POST', `/webhooks/${id}/rotate`, { overlap_hours: 0 })
  await ask('POST', `/webhooks/${id}/test`)
  await arrived('/rotated', 2)
  const [, last] = hooks.at('/rotated')
  for (const each of [secret, String(rotated.body['secret'])]) assert.throws(() => new Webhook(each).verify(last?.body ?? '', last?.headers as Record<string, string>))
  for (const path of ['', '?limit=100']) assert.doesNotMatch(JSON.stringify((await ask('GET', `/webhooks${path}`)).body), /whsec_/)
})

test('who verifies with the public key needs no secret, and may come from one without a gap', async () => {
  const { id, secret } = await make('/keys', { events: ['email.held'] })
  const rotated = (await ask('POST', `/webhooks/${id}/rotate`, { signature: 'v1a' })).body
  assert.deepEqual([rotated['signature'], rotated['secret']], ['v1a', null])
  assert.deepEqual((await ask('GET', `/webhooks/${id}`)).body['public_key'], rotated['public_key'])
  await ask('POST', `/webhooks/${id}/test`)
  await arrived('/keys', 1)
  const [both] = hooks.at('/keys')
  new Webhook(secret).verify(both?.body ?? '', both?.headers as Record<string, string>)
  const made = (await ask('POST', '/webhooks', { url: hooks.url('/pair'), events: ['email.held'], signature: 'v1a' })).body
  assert.deepEqual([made['signature'], made['secret']], ['v1a', null])
  await ask('POST', `/webhooks/${String(made['id'])}/test`)
  await arrived('/pair', 1)
  const call = ({ headers, body }: Hooked, over: Fields = {}): Fields => ({ id: headers['webhook-id'], timestamp: headers['webhook-timestamp'], signature: headers['webhook-signature'], body, ...over })
  const holding = async (publicKey: unknown, calls: readonly Fields[]): Promise<unknown> => JSON.parse((await runWell('/usr/bin/python3', [PEER], { input: JSON.stringify({ public_key: publicKey, calls }) })).stdout)
  const [pair] = hooks.at('/pair')
  assert.ok(both !== undefined && pair !== undefined)
  assert.deepEqual(await holding(rotated['public_key'], [call(both), call(both, { body: `${both.body} ` }), call(both, { id: 'i-1' }), call(both, { timestamp: '1' }), call(pair)]), [true, false, false, false, false])
  assert.deepEqual(await holding(made['public_key'], [call(pair), call(both)]), [true, false])
  assert.equal((await ask('POST', '/webhooks', { url: hooks.url('/'), signature: 'v2' })).status, 422)
})

test('what may not be an endpoint is refused with a reason', async () => {
  const refused: readonly (readonly [body: Fields, detail: RegExp])[] = [
    [{ url: 'ftp://example.org/' }, /^url: want an address that begins with https/],
    [{ url: 'http://10.0.0.1:8000/' }, /^url: 10\.0\.0\.1 is no address of the Internet/],
    [{ url: 'http://169.254.169.254/latest/meta-data' }, /no address of the Internet/],
    [{ url: 'https://nowhere.example/' }, /nowhere\.example has no address/],
    [{ url: 'http://a:b@127.0.0.1:8000/' }, /name or password/],
    [{ url: hooks.url('/'), events: ['email.eaten'] }, /^events\.0: /],
    [{ url: hooks.url('/'), events: [] }, /^events: /],
    [{ url: hooks.url('/'), description: 'two\nlines' }, /^description: want one line/],
    [{ url: hooks.url('/'), secret: 'x' }, /^secret: there is no such field/],
  ]
  for (const [body, detail] of refused) {
    const answer = await ask('POST', '/webhooks', body)
    assert.equal(answer.status, 422, JSON.stringify(body))
    assert.match(String(answer.body['detail']), detail)
  }
  const reader = String((await json(['key', 'create', 'reader', '--scope', 'read', '--organization', 'Merpati demo']))['key'])
  assert.equal((await ask('POST', '/webhooks', { url: hooks.url('/') }, reader)).status, 403)
})

test('an organization sees and changes nothing of another', async () => {
  const { id } = await make('/own', { events: ['email.held'] })
  const sent = await ask('POST', `/webhooks/${id}/test`)
  const delivery = String(sent.body['id'])
  for (const [method, path, body] of [
    ['GET', ''], ['PATCH', '', { enabled: false }], ['DELETE', ''], ['POST', '/rotate', {}], ['POST', '/test'], ['GET', '/deliveries'], ['GET', `/deliveries/${delivery}`],
    ['POST', `/deliveries/${delivery}/replay`], ['POST', '/replay', { since: '2020-01-01T00:00:00Z' }],
  ] as const) {
    assert.equal((await ask(method, `/webhooks/${id}${path}`, body, other)).status, 404, `${method} ${path}`)
  }
  assert.ok(((await ask('GET', '/webhooks', undefined, other)).body['data'] as readonly Fields[]).every((each) => each['id'] !== id))
  assert.equal((await ask('GET', `/webhooks/${id}`)).body['state'], 'enabled')
})

test('the command line does the same', async () => {
  const made = await json(['webhook', 'add', hooks.url('/cli'), '--event', 'email.held', 'email.queued', '--description', 'mine', '--organization', 'Tetangga'])
  const id = String(made['id'])
  const own = ['--organization', 'Tetangga']
  assert.match(String(made['secret']), /^whsec_/)
  assert.deepEqual((await json(['webhook', 'show', id, ...own]))['events'], ['email.held', 'email.queued'])
  assert.equal((await json(['webhook', 'set', id, '--disable', '--all-events', ...own]))['state'], 'disabled')
  assert.equal((await demo.cli(['webhook', 'test', id, ...own])).code, 1)
  assert.equal((await json(['webhook', 'set', id, '--enable', ...own]))['events'], null)
  const { id: call } = await json(['webhook', 'test', id, ...own])
  await arrived('/cli', 1)
  await until('it to be written down', async () => (await json(['webhook', 'log', id, String(call), ...own]))['state'] === 'delivered', WITHIN_MS)
  assert.deepEqual(await json(['webhook', 'replay', id, '--since', '2020-01-01T00:00:00Z', ...own]), { deliveries: 0 })
  assert.match(String((await json(['webhook', 'rotate', id, ...own]))['secret']), /^whsec_/)
  assert.match(String((await json(['webhook', 'rotate', id, '--signature', 'v1a', ...own]))['publicKey']), /^whpk_/)
  assert.equal((await json(['webhook', 'show', id, ...own]))['signature'], 'v1a')
  assert.equal((await demo.cli(['webhook', 'add', 'http://10.1.2.3/', ...own])).code, 2)
  assert.equal((await demo.cli(['webhook', 'show', id, '--organization', 'nobody'])).code, 1)
  assert.equal((await demo.cli(['webhook', 'remove', id, ...own])).code, 2)
  assert.deepEqual(await json(['webhook', 'remove', id, '--yes', ...own]), { id })
  assert.ok((await demo.cli(['webhook', 'list', ...own])).stdout.split('\n').every((line) => !line.includes(id)))
})

test('what webhooks do is counted', async () => {
  const text = await (await fetch(`http://127.0.0.1:${demo.ports.http}/metrics`)).text()
  for (const line of [/^merpati_webhook_tries_total\{outcome="delivered"\} \d+$/m, /^merpati_webhook_tries_total\{outcome="retry"\} \d+$/m, /^merpati_webhook_duration_seconds_count \d+$/m, /^merpati_webhook_lag_seconds \d/m]) assert.match(text, line)
})

test('a chat is told in its own form, made over HTTP or on the command line', async () => {
  const made = (await ask('POST', '/webhooks', { url: hooks.url('/telegram'), chat: { kind: 'telegram', chat_id: '-100' } })).body
  assert.deepEqual([made['chat'], made['events']], [{ kind: 'telegram', chat_id: '-100' }, ['alert.raised', 'alert.resolved', 'account.suspicious', 'webhook.disabled']])
  assert.equal((await ask('POST', '/webhooks', { url: hooks.url('/telegram'), chat: { kind: 'telegram', chat_id: '../x' } })).status, 422)
  const slack = await json(['webhook', 'add', hooks.url('/slack'), '--slack', '--organization', 'Merpati demo'])
  assert.equal(slack['chat'], 'slack')
  for (const { id, path } of [{ id: made['id'], path: '/telegram' }, { id: slack['id'], path: '/slack' }]) {
    assert.equal((await ask('POST', `/webhooks/${String(id)}/test`)).status, 202)
    await until(`a call to ${path}`, () => hooks.at(path).length > 0, WITHIN_MS)
    const body = JSON.parse(String(hooks.at(path)[0]?.body)) as Fields
    assert.match(String(body['text']), /^webhook\.test: .*This is a test/)
    assert.equal(body['chat_id'], path === '/telegram' ? '-100' : undefined)
    await ask('DELETE', `/webhooks/${String(id)}`)
  }
})

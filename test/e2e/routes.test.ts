import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { until } from '../../bench/tool/wait.ts'
import { type ApiAnswer, type ApiAsk, askApi, demoKey, makeApiKey } from '../support/api.ts'
import { type HookServer, startHooks } from '../support/hook-server.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { SmtpClient } from '../support/smtp-client.ts'

const WITHIN_MS = 60_000

let demo: Demo
let hooks: HookServer
let other = ''
let webhook = ''
let secret = ''
before(async () => {
  demo = await startDemo()
  hooks = await startHooks((_, earlier) => (earlier === 0 ? 500 : 200))
  await demo.cli(['organization', 'add', 'Tetangga'])
  other = await makeApiKey(demo, '--organization', 'Tetangga', '--live', '--scope', '*')
  const { body } = await ask('/v1/webhooks', { json: { url: hooks.url('/inbound'), events: ['email.bounced'] } })
  webhook = String(body['id'])
  secret = String(body['secret'])
})
after(async () => {
  await demo[Symbol.asyncDispose]()
  await hooks[Symbol.asyncDispose]()
})

const ask = (path: string, asked: ApiAsk = {}): Promise<ApiAnswer> => askApi(demo, path, { key: demoKey(demo), ...asked })

/** Hands a message in as a stranger; the codes that its recipients and its end got. */
async function bring(to: readonly string[], text = 'Subject: Halo\r\n\r\nHalo\r\n'): Promise<readonly number[]> {
  using client = await SmtpClient.open({ port: demo.ports.smtp })
  const codes: number[] = []
  for (const line of ['EHLO far.test', 'MAIL FROM:<ani@far.test>']) await client.command(line)
  for (const address of to) codes.push((await client.command(`RCPT TO:<${address}>`)).code)
  if (codes.every((code) => code >= 400)) return codes
  await client.command('DATA')
  return [...codes, (await client.command(`${text}.`)).code]
}

const FILE = 'From: Ani <ani@far.test>\r\nTo: support@merpati.test\r\nSubject: Tiket\r\nMessage-ID: <t1@far.test>\r\nBcc: hidden@far.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nBoleh.\r\n\r\nPada Sel, 3 Mar 2026 pukul 10.11 Support <support@merpati.test> menulis:\r\n> Jadi?\r\n--b\r\nContent-Type: text/plain; name=a.txt\r\nContent-Transfer-Encoding: base64\r\n\r\naGFsbw==\r\n--b--\r\n'

test('a message for a route is answered 250 and told to its webhook, parsed and signed, until it is taken', async () => {
  const made = await ask('/v1/routes', { json: { address: 'Ticket-*@merpati.test', targets: ['budi@merpati.test'], webhook } })
  assert.deepEqual([made.status, made.body['address']], [201, 'ticket-*@merpati.test'])
  assert.deepEqual(await bring(['ticket-7@merpati.test'], FILE), [250, 250])
  await until('the second call', () => hooks.at('/inbound').length === 2, WITHIN_MS)
  const [first, second] = hooks.at('/inbound')
  assert.equal(first?.body, second?.body)
  assert.equal(first?.headers['webhook-id'], second?.headers['webhook-id'])
  new Webhook(secret).verify(second?.body ?? '', second?.headers as Record<string, string>)
  assert.ok(second)
  const { type, data } = second.told
  assert.deepEqual([type, data['recipient'], data['route_id'], data['subject'], data['stripped_text']], ['email.routed', 'ticket-7@merpati.test', made.body['id'], 'Tiket', 'Boleh.'])
  assert.deepEqual((data['envelope'] as Record<string, unknown>)['from'], 'ani@far.test')
  assert.equal((data['spam'] as Record<string, unknown>)['verdict'], 'accept')
  assert.deepEqual((data['attachments'] as readonly Record<string, unknown>[]).map(({ filename, content }) => [filename, content]), [['a.txt', 'aGFsbw==']])
  const [kept] = (await ask(`/v1/webhooks/${webhook}/deliveries?type=email.routed`)).body['data'] as readonly { readonly id: string }[]
  const path = `/v1/webhooks/${webhook}/deliveries/${kept?.id ?? ''}`
  assert.equal((await ask(path)).body['body'], second?.body)
  const response = await fetch(`http://127.0.0.1:${demo.ports.http}${path}/attachments/1`, { headers: { authorization: `Bearer ${demoKey(demo)}` } })
  assert.deepEqual([await response.text(), response.headers.get('content-disposition')], ['halo', 'attachment'])
  assert.equal((await ask(`${path}/attachments/1`, { key: other })).status, 404)
  const clean = await demo.cli(['verify'])
  assert.match(clean.stdout, /^clean: /, clean.stdout)
})

test('the most exact route counts, accounts and aliases come first, and one that leads nowhere refuses', async () => {
  assert.equal((await demo.cli(['route', 'add', 'ticket-closed@merpati.test', '--none', '--organization', 'Merpati demo'])).code, 0)
  assert.deepEqual(await bring(['ticket-closed@merpati.test', 'ticket-@merpati.test', 'nobody@merpati.test']), [550, 250, 550, 250])
  assert.equal((await ask('/v1/routes', { json: { address: 'ani@merpati.test', webhook } })).status, 409)
  assert.equal((await ask('/v1/routes', { json: { address: 'ticket-*@merpati.test', webhook } })).status, 409)
  assert.match((await demo.cli(['route', 'list', '--organization', 'Merpati demo'])).stdout, /ticket-closed@merpati\.test/)
  await until('the other call', () => hooks.at('/inbound').length === 3, WITHIN_MS)
})

test('mail of programs reaches the webhook of a route as well', async () => {
  const sent = await ask('/v1/emails', { json: { from: 'ani@merpati.test', to: 'ticket-api@merpati.test', subject: 'From a program', text: 'Halo' } })
  assert.equal(sent.status, 202)
  await until('the call', () => hooks.at('/inbound').some(({ told }) => told.data['subject'] === 'From a program'), WITHIN_MS)
})

test('routes are an organization’s own, and hold what they lead to', async () => {
  const [route] = (await ask('/v1/routes')).body['data'] as readonly { readonly id: string }[]
  const path = `/v1/routes/${route?.id ?? ''}`
  for (const method of ['GET', 'DELETE']) assert.equal((await ask(path, { key: other, method })).status, 404)
  assert.deepEqual((await ask('/v1/routes', { key: other })).body['data'], [])
  assert.equal((await ask('/v1/routes', { key: other, json: { address: '*@merpati.test' } })).body['code'], 'validation_error')
  assert.equal((await ask('/v1/routes', { json: { address: '*@merpati.test', webhook: 'h-none' } })).body['code'], 'validation_error')
  assert.equal((await ask(`/v1/webhooks/${webhook}`, { method: 'DELETE' })).body['code'], 'in_use')
  assert.deepEqual((await ask(path, { method: 'PATCH', json: { webhook: null } })).body['webhook'], null)
  assert.equal((await ask(`/v1/webhooks/${webhook}`, { method: 'DELETE' })).status, 200)
  assert.match((await demo.cli(['verify'])).stdout, /^clean: /)
  assert.equal((await ask(path, { method: 'DELETE' })).status, 200)
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { until } from '../../bench/tool/wait.ts'
import { type HookServer, startHooks } from '../support/hook-server.ts'
import { type MailNetwork, startNetwork } from '../support/mail-network.ts'
import { type Collected, collectedBy } from '../support/otlp.ts'

const WITHIN_MS = 60_000

let network: MailNetwork
let hooks: HookServer
before(async () => {
  hooks = await startHooks()
  network = await startNetwork({ names: { '@': { MX: ['10 mx2'] }, mx2: { A: ['127.0.0.2'] } }, env: { MERPATI_OTLP: hooks.url('') }, peers: { 2: { script: () => null } } })
})
after(async () => {
  await network[Symbol.asyncDispose]()
  await hooks[Symbol.asyncDispose]()
})

async function post(path: string, body: unknown): Promise<Readonly<Record<string, unknown>>> {
  const { demo } = network
  const key = /^API key +(sk_test_\w+)$/m.exec(demo.output())?.[1] ?? ''
  const response = await fetch(`http://127.0.0.1:${demo.ports.http}/v1${path}`, { method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'request-id': `mine${path.replace('/', '-')}` }, body: JSON.stringify(body) })
  assert.ok(response.ok, String(response.status))
  return (await response.json()) as Readonly<Record<string, unknown>>
}

/** Waits for the spans of a message: so many of them. */
async function spansOf(message: string, count: number): Promise<readonly Collected[]> {
  const found = (): readonly Collected[] => collectedBy(hooks).filter(({ attributes }) => attributes['merpati.message'] === message)
  await until(`${count} spans of ${message}`, () => found().length >= count, WITHIN_MS)
  return found()
}

test('a message, the tries to deliver it and what webhooks are told of it are one trace, whoever it came from', async () => {
  await post('/webhooks', { url: hooks.url('/told'), events: ['email.delivered'] })
  const submitted = await network.submit('rahasia@far.test', 'From: ani@merpati.test\r\nSubject: Diam\r\n\r\nJangan bocor.\r\n')
  const sent = String((await post('/emails', { from: 'ani@merpati.test', to: 'rahasia@far.test', subject: 'Diam', text: 'Jangan bocor.' }))['id'])
  for (const [message, by] of [[submitted, 'smtp'], [sent, 'api']] as const) {
    const spans = await spansOf(message, 3)
    const [root, attempt, call] = ['message accepted', 'delivery attempt', 'webhook call'].map((wanted) => spans.find(({ name }) => name === wanted))
    assert.deepEqual([root?.attributes['merpati.by'], root?.attributes['merpati.recipients.remote'], root?.parentSpanId], [by, '1', undefined])
    assert.deepEqual([attempt?.attributes['merpati.outcome'], attempt?.attributes['server.address'], attempt?.attributes['merpati.provider'], attempt?.status], ['delivered', 'mx2.far.test', 'other', {}])
    assert.deepEqual([call?.attributes['merpati.event'], call?.attributes['http.response.status_code']], ['email.delivered', '200'])
    assert.deepEqual([attempt, call].map((span) => [span?.traceId, span?.parentSpanId]), [[root?.traceId, root?.spanId], [root?.traceId, root?.spanId]])
  }
  await until('the request', () => collectedBy(hooks).some(({ attributes }) => attributes['merpati.request'] === 'mine-emails'), WITHIN_MS)
  const request = collectedBy(hooks).find(({ attributes }) => attributes['merpati.request'] === 'mine-emails')
  assert.deepEqual(request?.attributes, { 'http.request.method': 'POST', 'http.route': '/v1/emails', 'http.response.status_code': '202', 'merpati.request': 'mine-emails' })
})

test('no address and nothing of the content is told to the collector', async () => {
  const message = await network.submit('rahasia@far.test', 'From: ani@merpati.test\r\nSubject: Diam\r\n\r\nJangan bocor.\r\n')
  await spansOf(message, 2)
  for (const { body } of hooks.at('/v1/traces')) assert.doesNotMatch(body, /@|rahasia|Diam|bocor/i)
})

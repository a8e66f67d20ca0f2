import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { until } from '../../bench/tool/wait.ts'
import { zone } from '../support/dns/zone.ts'
import { type HookServer, startHooks } from '../support/hook-server.ts'
import { type MailNetwork, startNetwork } from '../support/mail-network.ts'
import { type Collected, collectedBy } from '../support/otlp.ts'
import type { PeerScript } from '../support/smtp-peer.ts'

const WITHIN_MS = 60_000

/** Refuses one recipient for good and puts another off. */
const script: PeerScript = (stage, line) => {
  if (stage !== 'rcpt') return null
  if (line.includes('tiada@')) return '550 5.1.1 No such user'
  return line.includes('nanti@') ? '451 4.3.0 Later' : null
}

let network: MailNetwork
let hooks: HookServer
before(async () => {
  hooks = await startHooks()
  network = await startNetwork({ names: { '@': { MX: ['10 mx2'] }, mx2: { A: ['127.0.0.2'] } }, zones: [zone('telkom.net', { '@': { MX: ['10 mx2.far.test.'] } })], env: { MERPATI_OTLP: hooks.url('') }, peers: { 2: { script } } })
})
after(async () => {
  await network[Symbol.asyncDispose]()
  await hooks[Symbol.asyncDispose]()
})

async function asked(path: string, body: unknown): Promise<Response> {
  const { demo } = network
  const key = /^API key +(sk_test_\w+)$/m.exec(demo.output())?.[1] ?? ''
  return await fetch(`http://127.0.0.1:${demo.ports.http}/v1${path}`, { method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'request-id': `mine${path.replace('/', '-')}` }, body: JSON.stringify(body) })
}

async function post(path: string, body: unknown): Promise<Readonly<Record<string, unknown>>> {
  const response = await asked(path, body)
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

/** Waits until the metrics have this line, whose value is a whole number. */
async function counted(line: string): Promise<void> {
  await until(line, async () => (await (await fetch(`http://127.0.0.1:${network.demo.ports.http}/metrics`)).text()).split('\n').includes(line), WITHIN_MS)
}

test('what became of deliveries, how long they took, bounces and what waits are counted by provider', async () => {
  await network.submit(['ani@telkom.net', 'tiada@telkom.net', 'nanti@telkom.net'])
  for (const outcome of ['delivered', 'failed', 'deferred']) await counted(`merpati_outbound_outcomes_total{outcome="${outcome}",provider="id-telkom"} 1`)
  await counted('merpati_outbound_duration_seconds_count{provider="id-telkom"} 1')
  await counted('merpati_bounces_total{class="hard",provider="id-telkom"} 1')
  await counted('merpati_queue_deliveries{provider="id-telkom"} 1')
})

test('what a plan refuses is counted by why, over SMTP as over the API', async () => {
  assert.equal((await network.demo.cli(['organization', 'plan', 'Merpati demo', '--sandbox', 'on'])).code, 0)
  assert.equal((await asked('/emails', { from: 'ani@merpati.test', to: 'budi@far.test', subject: 'x', text: 'x' })).status, 403)
  await assert.rejects(network.submit('budi@far.test'))
  await counted('merpati_plan_refusals_total{why="sandboxed",of="organization"} 2')
})

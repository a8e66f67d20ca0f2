import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ApiAnswer, type ApiAsk, askApi } from '../support/api.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { SmtpClient } from '../support/smtp-client.ts'
import { storyOf, toldOf } from '../support/story.ts'

let demo: Demo
before(async () => {
  demo = await startDemo()
})
after(() => demo[Symbol.asyncDispose]())

const ask = (path: string, asked: ApiAsk = {}): Promise<ApiAnswer> => askApi(demo, path, asked)

const BRAND = { from: 'Bank Mandiri <ani@merpati.test>', to: ['budi@merpati.test', 'cici@luar.test'], subject: 'Akun Anda', text: 'Mohon konfirmasi akun Anda.' }

async function submit(data: string): Promise<string> {
  using client = await SmtpClient.open({ port: demo.ports.submissions, tls: true })
  await client.command('EHLO laptop.test')
  await client.login('ani@merpati.test', 'merpati')
  const { code, text } = await client.send({ from: 'ani@merpati.test', to: ['budi@merpati.test', 'cici@luar.test'], data: `From: Ani <ani@merpati.test>\r\nTo: budi@merpati.test\r\nSubject: Halo\r\n\r\n${data}\r\n` })
  assert.equal(code, 250, text)
  return /m-[\w-]+/.exec(text)?.[0] ?? ''
}

async function json<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await demo.cli([...args, '--json'])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as T
}

interface Listed {
  readonly id: string
  readonly message: string
  readonly to: string
  readonly state: string
  readonly held_for: string | null
}

const deliveriesOf = async (message: string): Promise<readonly Listed[]> => (await ask(`/v1/queue?message=${message}`)).body['data'] as readonly Listed[]

test('a submission like spam is taken and held, for mailboxes here too; its reason is told, and the command lets it go', async () => {
  const id = await submit(['XJS*C4JDBQADN1.NSBN3*2IDNEN*', 'GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL', '*C.34X'].join(''))
  const held = await deliveriesOf(id)
  assert.deepEqual(held.map(({ to, state, held_for: why }) => [to, state, why]).toSorted(), [['budi@merpati.test', 'held', 'score 1000.0: GTUBE'], ['cici@luar.test', 'held', 'score 1000.0: GTUBE']])
  const [told] = await json<readonly { readonly verdict: string; readonly by: string; readonly reasons: readonly { readonly rule: string }[] }[]>('explain', id)
  assert.deepEqual([told?.verdict, told?.by, told?.reasons[0]?.rule], ['hold', 'score', 'GTUBE'])
  assert.deepEqual((await storyOf(demo, id)).flatMap(({ type, data }) => (type === 'delivery.held' ? [data['why']] : [])), ['score 1000.0: GTUBE', 'score 1000.0: GTUBE'])
  assert.deepEqual(await json('queue', 'release', '--message', id), { operation: 'release', deliveries: 2, dryRun: false })
  await toldOf(demo, id, 'delivery.delivered')
  assert.deepEqual((await deliveriesOf(id)).map(({ to, state }) => [to, state]), [['cici@luar.test', 'captured']])
})

test('what a key sends in the name of a bank is taken and held, and no key releases it', async () => {
  const { status, body } = await ask('/v1/emails', { json: BRAND })
  assert.equal(status, 202)
  const id = String(body['id'])
  assert.deepEqual((await deliveriesOf(id)).map(({ state, held_for: why }) => [state, why]), [['held', 'brand: BRAND_NAME'], ['held', 'brand: BRAND_NAME']])
  assert.deepEqual((await ask('/v1/queue/release', { json: { message: id } })).body['deliveries'], 0)
  assert.deepEqual((await ask('/v1/queue/cancel', { json: { message: id } })).body['deliveries'], 2)
  const raw = await ask('/v1/emails/raw', { body: `From: Bank Mandiri <ani@merpati.test>\r\nTo: cici@luar.test\r\nSubject: Akun\r\n\r\nHalo\r\n`, headers: { 'content-type': 'message/rfc822' } })
  assert.equal((await deliveriesOf(String(raw.body['id'])))[0]?.state, 'held', JSON.stringify(raw.body))
})

test('ordinary mail of accounts and keys goes, with links that we follow too', async () => {
  const id = await submit('Halo, ini surat biasa: https://www.example.org/')
  assert.deepEqual((await deliveriesOf(id)).map(({ to, state }) => [to, state]), [['cici@luar.test', 'captured']])
  const { body } = await ask('/v1/emails', { json: { ...BRAND, from: 'Ani <ani@merpati.test>', text: undefined, html: '<p>Halo <a href="https://www.example.org/a">www.example.org</a></p>', tracking: { clicks: true, opens: true } } })
  assert.ok((await deliveriesOf(String(body['id']))).every(({ state }) => state !== 'held'), JSON.stringify(body))
  assert.match(await (await fetch(`http://127.0.0.1:${demo.ports.http}/metrics`)).text(), /merpati_outgoing_verdicts_total\{verdict="hold",by="brand"\} 2/)
})

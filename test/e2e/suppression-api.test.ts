import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Resend } from 'resend'
import { type ApiAnswer, type ApiAsk, askApi, demoKey } from '../support/api.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { toldOf } from '../support/story.ts'

let demo: Demo
before(async () => {
  demo = await startDemo()
})
after(() => demo[Symbol.asyncDispose]())

const ask = (path: string, asked: ApiAsk = {}): Promise<ApiAnswer> => askApi(demo, path, asked)
const send = (to: string, stream = 'transactional'): Promise<ApiAnswer> => ask('/v1/emails', { json: { from: 'ani@merpati.test', to, subject: 'x', text: 'x', stream } })

test('an address that is added is not written to, within its scope, until it is removed', async () => {
  assert.deepEqual((await ask('/v1/suppressions', { json: { email: 'Cici@luar.test', scope: 'broadcast', reason: 'asked by phone' } })).body, { object: 'suppression', id: 'cici@luar.test' })
  assert.deepEqual([(await send('cici@luar.test')).body['status'], (await send('cici@luar.test', 'broadcast')).body['status']], ['queued', 'suppressed'])
  const { body } = await ask('/v1/suppressions/CICI@luar.test')
  assert.deepEqual([body['email'], body['scope'], body['origin'], body['reason'], body['expires_at']], ['cici@luar.test', 'broadcast', 'manual', 'asked by phone', null])
  assert.equal((await ask('/v1/suppressions/cici@luar.test', { method: 'DELETE' })).body['deleted'], true)
  assert.equal((await ask('/v1/suppressions/cici@luar.test')).status, 404)
  assert.equal((await send('cici@luar.test', 'broadcast')).body['status'], 'queued')
  assert.deepEqual((await ask('/v1/suppressions', { json: { email: 'cici' } })).status, 422)
})

test('who has complained is removed only when that is confirmed, and stays when they complain again', async () => {
  const complaint = async (): Promise<void> => void (await toldOf(demo, String((await send('complained@luar.test', 'broadcast')).body['id']), 'suppression.added'))
  await complaint()
  const path = '/v1/suppressions/complained@luar.test'
  const refused = await ask(path, { method: 'DELETE' })
  assert.deepEqual([refused.status, refused.body['code']], [409, 'confirm_needed'])
  assert.equal((await ask(`${path}?confirm=true`, { method: 'DELETE' })).status, 200)
  await complaint()
  assert.equal((await ask(`${path}?confirm=true`, { method: 'DELETE' })).body['code'], 'locked')
})

test('a list is read page by page, by the client of another service too', async () => {
  for (const scope of ['all', 'broadcast']) for (const name of ['a', 'b', 'c']) await ask('/v1/suppressions', { json: { email: `${name}@daftar.test`, scope } })
  const seen: string[] = []
  for (let cursor: unknown = ''; cursor !== null; ) {
    const { body } = await ask(`/v1/suppressions?limit=4${cursor === '' ? '' : `&cursor=${String(cursor)}`}`)
    seen.push(...(body['data'] as readonly { readonly email: string; readonly scope: string }[]).map(({ email, scope }) => `${email} ${scope}`))
    cursor = body['next_cursor']
  }
  assert.deepEqual(seen.filter((each) => each.includes('@daftar.test')), ['a', 'b', 'c'].flatMap((name) => [`${name}@daftar.test all`, `${name}@daftar.test broadcast`]))
  const resend = new Resend(demoKey(demo), { baseUrl: `http://127.0.0.1:${demo.ports.http}/v1` })
  assert.equal((await resend.suppressions.add({ email: 'd@daftar.test' })).data?.id, 'd@daftar.test')
  assert.equal((await resend.suppressions.get('d@daftar.test')).data?.origin, 'manual')
  assert.equal((await resend.suppressions.remove('d@daftar.test')).data?.deleted, true)
})

test('an operator writes down who agreed, and ends it for whoever asks: nothing that goes to many is sent then', async () => {
  const email = 'setuju@luar.test'
  const add = (...more: readonly string[]) => demo.cli(['consent', 'add', email, '--source', 'kasir', '--wording', 'Kirimi saya kabar', ...more])
  assert.deepEqual((await add('--given', 'kemarin')).code, 2)
  assert.match((await add('--client', '192.0.2.0/24')).stderr, /^merpati: client_address: is no IP address such as 192\.0\.2\.1$/m)
  assert.match((await add('--given', '2026-01-31T12:00:00Z')).stdout, /^g\S+: setuju@luar\.test agreed to broadcast on 2026-01-31T12:00:00\.000Z$/m)
  assert.equal((await send(email, 'broadcast')).body['status'], 'queued')
  assert.match((await demo.cli(['consent', 'withdraw', email, '--reason', 'by phone'])).stdout, /^nothing that goes to many is sent to setuju@luar\.test any more; records that ended: 1$/m)
  assert.equal((await send(email, 'broadcast')).body['status'], 'suppressed')
  const [record, ...none] = JSON.parse((await demo.cli(['consent', 'list', 'SETUJU@luar.test', '--json'])).stdout) as Record<string, unknown>[]
  assert.deepEqual([record?.['source'], record?.['withdrawn_by'], none], ['kasir', 'request', []])
  assert.match((await add('--given', '2026-01-30T12:00:00Z')).stdout, /; it ended on \S+ \(unsubscribe\)$/m)
})

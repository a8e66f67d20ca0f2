import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ApiHouse, type Asked, openApiHouse } from '../support/api-house.ts'
import type { ApiAnswer } from '../support/api.ts'

let house: ApiHouse
let admin = ''
let operator = ''
before(async () => {
  house = await openApiHouse()
  admin = await house.key(house.home, { scopes: ['*'] })
  operator = await house.key(house.home, { scopes: ['read', 'admin', 'operator'] })
})
after(() => house[Symbol.asyncDispose]())

const ask = (path: string, asked: Asked = {}): Promise<ApiAnswer> => house.ask(admin, `/v1${path}`, asked)
const run = (path: string, asked: Asked = {}): Promise<ApiAnswer> => house.ask(operator, `/v1${path}`, asked)
const rows = ({ body }: ApiAnswer): readonly Record<string, unknown>[] => body['data'] as readonly Record<string, unknown>[]
const away = { method: 'DELETE' }
const everybody = '?platform=true'

test('operators alone keep the list of those to whom nobody writes, and it is not the one of their organization', async () => {
  const json = { email: 'tidak@luar.example', reason: 'asked the platform' }
  for (const [path, asked] of [['/suppressions', {}], ['/suppressions', { json }], ['/suppressions/tidak@luar.example', away], ['/suppressions/tidak@luar.example', {}]] as const) {
    const { status, body } = await ask(`${path}${everybody}`, asked)
    assert.deepEqual([status, body['code'], body['detail']], [403, 'missing_scope', 'The list of the platform needs the scope "operator"'], path)
  }
  assert.equal((await run(`/suppressions${everybody}`, { json })).status, 200)
  assert.deepEqual(rows(await run(`/suppressions${everybody}`)).map(({ email, reason }) => [email, reason]), [['tidak@luar.example', 'asked the platform']])
  assert.equal((await run(`/suppressions/tidak@luar.example${everybody}`)).body['reason'], 'asked the platform')
  for (const asking of [ask, run]) {
    assert.deepEqual(rows(await asking('/suppressions')), [])
    assert.equal((await asking('/suppressions/tidak@luar.example')).status, 404)
    assert.equal((await asking('/suppressions/tidak@luar.example', away)).status, 404)
  }
  const emails = ['satu@luar.example', 'dua@luar.example']
  assert.equal((await run(`/suppressions/import${everybody}`, { json: { emails } })).body['added'], 2)
  assert.deepEqual(rows(await run(`/suppressions/remove${everybody}`, { json: { emails } })).map(({ deleted }) => deleted), [true, true])
  assert.equal((await run(`/suppressions/tidak@luar.example${everybody}`, away)).body['deleted'], true)
  assert.deepEqual(rows(await run(`/suppressions${everybody}`)), [])
})

test('what operators change for all is in the log of no organization, as it was before and is after', async () => {
  const json = { email: 'lama@luar.example', reason: 'first' }
  await run(`/suppressions${everybody}`, { json })
  await run(`/suppressions/lama@luar.example${everybody}`, away)
  const [entry] = rows(await run(`/audit_log${everybody}&object=lama@luar.example&action=${encodeURIComponent('DELETE /v1/suppressions/{email}')}`))
  assert.equal((entry?.['before'] as { readonly reason: string } | undefined)?.reason, 'first')
  assert.deepEqual([entry?.['after'], entry?.['outcome']], [null, 'done'])
  assert.deepEqual((await run(`/audit_log/${String(entry?.['id'])}${everybody}`)).body, entry)
  assert.equal((await run(`/audit_log/${String(entry?.['id'])}`)).status, 404)
  assert.deepEqual(rows(await run('/audit_log?object=lama@luar.example')), [])
  assert.equal((await ask(`/audit_log${everybody}`)).status, 403)
  assert.equal((await ask(`/audit_log/${String(entry?.['id'])}${everybody}`)).status, 403)
})

test('who owns a domain sees whether it warms up, and operators say whether it does', async () => {
  const place = '/domains/home.example/warmup'
  const { body } = await ask(place)
  assert.deepEqual([body['object'], body['domain'], body['state'], body['day']], ['domain_warmup', 'home.example', 'on', 1])
  const off = { method: 'PUT', json: { state: 'off' } }
  assert.deepEqual([(await ask(place, off)).status, (await ask(place)).body['state']], [403, 'on'])
  assert.deepEqual([(await run(place, off)).body['state'], (await ask(place)).body['day']], ['off', null])
  assert.deepEqual((await run('/domains/HOME.example/warmup', { method: 'PUT', json: { state: 'on' } })).body, body)
  assert.deepEqual([(await run('/domains/none.example/warmup', off)).status, (await run('/domains/%40/warmup', off)).status], [404, 404])
  assert.equal((await run(place, { method: 'PUT', json: { state: 'slow' } })).body['code'], 'validation_error')
})

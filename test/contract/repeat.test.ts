import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { REMEMBER_MS, REPEAT_BUSY_MS } from '../../src/core/send/limits.ts'
import { beginRepeat, endRepeat, sqlRepeats } from '../../src/core/send/repeat/sql-repeat.ts'
import { statement } from '../../src/infra/db/statement.ts'
import type { ApiAnswer } from '../support/api.ts'
import { type ApiHouse, openApiHouse } from '../support/api-house.ts'
import { NOW_MS } from '../support/people.ts'

let house: ApiHouse
let key = ''
before(async () => {
  house = await openApiHouse()
  key = await house.key(house.home)
})
after(() => house[Symbol.asyncDispose]())

const post = (path: string, json: unknown, idempotency: string, as = key): Promise<ApiAnswer> => house.ask(as, path, { json, headers: { 'idempotency-key': idempotency } })
const names = async (path: string): Promise<readonly unknown[]> => ((await house.ask(key, path)).body['data'] as readonly { readonly name?: string }[]).map(({ name }) => name)
const ANSWERS = statement<Record<never, never>, { answer: string }>('SELECT answer FROM idempotency LIMIT 500')

test('any POST with an Idempotency-Key is done once, and what was told once is told again to its caller alone', async () => {
  const first = await post('/v1/api_keys', { name: 'Toko' }, 'kunci-1')
  const again = await post('/v1/api_keys', { name: 'Toko' }, 'kunci-1')
  assert.deepEqual([first.status, again.status, again.body, again.headers.get('idempotent-replayed')], [201, 201, first.body, 'true'])
  assert.equal((await names('/v1/api_keys')).filter((name) => name === 'Toko').length, 1)
  assert.equal(((await house.ask(key, '/v1/audit_log?action=POST+/v1/api_keys')).body['data'] as readonly unknown[]).length, 1)
  for (const { answer } of await house.db.all(ANSWERS, {})) assert.ok(!answer.includes(String(first.body['key'])))
  const other = await post('/v1/api_keys', { name: 'Toko' }, 'kunci-1', await house.key(house.home))
  assert.deepEqual([other.status, other.body['code']], [409, 'invalid_idempotent_request'])
})

test('a key means one request, whatever it asks for, and what was refused may come again', async () => {
  const refused = await post('/v1/aliases', { address: 'x', targets: [] }, 'kunci-2')
  assert.equal(refused.status, 422)
  assert.equal((await post('/v1/aliases', { address: 'satu@home.example', targets: ['ani@home.example'] }, 'kunci-2')).status, 201)
  const mail = { from: 'ani@home.example', to: 'cici@far.example', subject: 'Halo', text: 'Halo' }
  assert.equal((await post('/v1/emails', mail, 'kunci-2')).body['code'], 'invalid_idempotent_request')
  assert.equal((await post('/v1/emails', mail, 'kunci-3')).status, 202)
  assert.equal((await post('/v1/aliases', { address: 'dua@home.example', targets: ['ani@home.example'] }, 'kunci-3')).body['code'], 'invalid_idempotent_request')
  assert.equal((await post('/v1/aliases', {}, 'é')).body['code'], 'invalid_idempotency_key')
})

test('of equal requests at the same moment one is done, and the others are told that it is under way or what it came to', async () => {
  const all = await Promise.all(Array.from({ length: 5 }, () => post('/v1/templates', { name: 'sekali', subject: 'Halo', html: '<p>Halo</p>' }, 'kunci-4')))
  assert.equal((await names('/v1/templates')).filter((name) => name === 'sekali').length, 1)
  for (const { status, body } of all) assert.ok(status === 201 || body['code'] === 'concurrent_idempotent_requests', JSON.stringify(body))
})

test('whoever died with a request leaves it busy for some minutes, and a day later it is forgotten', async () => {
  const claim = { organization: house.home, key: 'live mati', digest: 'd' }
  const begin = async (nowMs: number, digest = 'd'): Promise<string> => (await house.db.write(beginRepeat, { ...claim, digest, nowMs })).kind
  assert.deepEqual([await begin(NOW_MS), await begin(NOW_MS + REPEAT_BUSY_MS - 1), await begin(NOW_MS + REPEAT_BUSY_MS, 'lain'), await begin(NOW_MS + REPEAT_BUSY_MS)], ['begun', 'busy', 'conflict', 'begun'])
  await house.db.write(endRepeat, { ...claim, sealed: 'x' })
  const later = NOW_MS + REPEAT_BUSY_MS + REMEMBER_MS
  assert.deepEqual([await begin(later - 1), await begin(later)], ['known', 'begun'])
})

test('an answer opens with what its caller showed, and with nothing else', async () => {
  const repeats = sqlRepeats({ db: house.db, clock: systemClock, log: silentLog, exact: () => false })
  const claim = { organization: house.home, key: 'live segel', digest: 'd', credential: 'Bearer satu' }
  assert.deepEqual(await repeats.begin(claim), { kind: 'begun' })
  await repeats.end(claim, 'jawaban')
  assert.deepEqual([await repeats.begin(claim), await repeats.begin({ ...claim, credential: 'Bearer dua' })], [{ kind: 'known', answer: 'jawaban' }, { kind: 'lost' }])
})

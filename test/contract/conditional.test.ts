import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ApiAnswer } from '../support/api.ts'
import { type ApiHouse, type Asked, openApiHouse } from '../support/api-house.ts'

let house: ApiHouse
let key = ''
before(async () => {
  house = await openApiHouse()
  key = await house.key(house.home)
  await house.ask(key, '/v1/aliases', { json: { address: 'info@home.example', targets: ['ani@home.example'] } })
})
after(() => house[Symbol.asyncDispose]())

const PATH = '/v1/aliases/info@home.example'
const ask = (asked: Asked = {}, path = PATH): Promise<ApiAnswer> => house.ask(key, path, asked)
const change = (targets: readonly string[], headers: Readonly<Record<string, string>> = {}): Promise<ApiAnswer> => ask({ method: 'PATCH', json: { targets }, headers })
const tag = async (path = PATH): Promise<string> => (await ask({}, path)).headers.get('etag') ?? ''

test('a thing has a strong ETag, and whoever has seen it is told so and no more', async () => {
  const first = await ask()
  const etag = first.headers.get('etag') ?? ''
  assert.match(etag, /^"[\w.-]+"$/)
  const again = await ask({ headers: { 'if-none-match': `"x", W/${etag}` } })
  assert.deepEqual([again.status, again.headers.get('etag'), again.body['text']], [304, etag, ''])
  assert.equal((await ask({ method: 'HEAD' })).headers.get('etag'), etag)
  assert.equal((await ask({}, '/v1/aliases')).headers.get('etag'), null)
})

test('a change under If-Match is made once, tells the new ETag, and is refused with what has changed', async () => {
  const etag = await tag()
  const done = await change(['budi@home.example'], { 'if-match': etag })
  assert.deepEqual([done.status, done.headers.get('etag')], [200, await tag()])
  const late = await change(['ani@home.example'], { 'if-match': etag })
  assert.deepEqual([late.status, late.body['code'], late.body['errors']], [412, 'precondition_failed', [{ field: 'targets', code: 'changed', message: 'has changed since' }]])
  assert.match(String(late.body['detail']), /somebody has changed targets/)
  assert.deepEqual((await ask()).body['targets'], ['budi@home.example'])
  assert.equal((await change(['ani@home.example'], { 'if-match': '*' })).status, 200)
  assert.equal((await change(['ani@home.example'], { 'if-match': 'x' })).status, 400)
  assert.equal((await ask({ method: 'DELETE', headers: { 'if-match': etag.replace('"', '"x') } })).status, 412)
})

test('of changes at the same moment with the same ETag one is made', async () => {
  const etag = await tag()
  const all = await Promise.all(['satu', 'dua', 'tiga', 'empat'].map((name) => change([`${name}@far.example`], { 'if-match': etag })))
  assert.deepEqual(all.map(({ status }) => status).toSorted(), [200, 412, 412, 412])
})

test('what is only counted or observed is no reason to refuse a change', async () => {
  const path = `/v1/accounts/${house.budi.account}`
  const etag = await tag(path)
  await house.ask(key, '/v1/emails', { json: { from: 'ani@home.example', to: 'budi@home.example', subject: 'Halo', text: 'Halo' } })
  assert.equal((await ask({ method: 'PATCH', json: { name: 'Budi' }, headers: { 'if-match': etag } }, path)).status, 200)
})

test('a thing that has another name after its change is told to be changed, without an ETag', async () => {
  const operator = await house.key(house.home, { scopes: ['*', 'operator'] })
  const { status, body, headers } = await house.ask(operator, '/v1/organizations/Home', { method: 'PATCH', json: { name: 'Rumah' }, headers: { 'if-match': '*' } })
  assert.deepEqual([status, body['name'], headers.get('etag')], [200, 'Rumah', null])
})

test('rights come first, and what is not there is not there', async () => {
  const other = await house.key(house.home, { scopes: ['send'] })
  const told = await house.ask(other, PATH, { method: 'PATCH', json: { targets: [] }, headers: { 'if-match': '"x"' } })
  assert.deepEqual([told.status, told.body['code']], [403, 'missing_scope'])
  assert.equal((await ask({ method: 'DELETE', headers: { 'if-match': '"x"' } }, '/v1/aliases/lain@home.example')).status, 404)
})

test('what stands below a thing comes along when it is asked for', async () => {
  const sent = await house.ask(key, '/v1/emails', { json: { from: 'ani@home.example', to: 'cici@far.example', subject: 'Halo', text: 'Halo' } })
  const path = `/v1/emails/${String(sent.body['id'])}`
  const { status, body, headers } = await ask({}, `${path}?expand=transcript`)
  assert.deepEqual([status, body['object'], body['transcript'], headers.get('etag')], [200, 'email', (await ask({}, `${path}/transcript`)).body, null])
  for (const wrong of ['x', 'raw', '', '../..', 'a,b,c,d,e,f', 'id']) {
    const refused = await ask({}, `${path}?expand=${encodeURIComponent(wrong)}`)
    assert.deepEqual([refused.status, (refused.body['errors'] as readonly { readonly field: string }[])[0]?.field], [422, 'expand'], wrong)
  }
  assert.equal((await ask({}, '/v1/emails?expand=events')).status, 422)
})

test('a known path with another method is told which it takes, and OPTIONS needs no key', async () => {
  const { status, body, headers } = await ask({ method: 'PUT', json: {} })
  assert.deepEqual([status, body['code'], headers.get('allow')], [405, 'method_not_allowed', 'DELETE, GET, HEAD, OPTIONS, PATCH'])
  const options = await house.ask('', '/v1/emails', { method: 'OPTIONS' })
  assert.deepEqual([options.status, options.headers.get('allow')], [204, 'GET, HEAD, OPTIONS, POST'])
  assert.equal((await house.ask('', '/v1/nothing', { method: 'OPTIONS' })).status, 401)
  assert.equal((await ask({ method: 'POST', json: {} }, '/v1/nothing')).status, 404)
})

test('a job says that it goes on by itself when it was asked to', async () => {
  const { status, headers } = await ask({ json: { email: 'hapus@far.example' }, headers: { prefer: 'respond-async, wait=10' } }, '/v1/subjects/erase')
  assert.deepEqual([status, headers.get('preference-applied')], [202, 'respond-async'])
})

test('a body of another kind is refused with the kind that is wanted', async () => {
  for (const [path, type, wanted] of [['/v1/aliases', 'text/plain', 'application/json'], ['/v1/emails', 'application/x-www-form-urlencoded', 'application/json'], ['/v1/emails/raw', 'application/json', 'message/rfc822']] as const) {
    const { status, body } = await ask({ body: '{}', headers: { 'content-type': type } }, path)
    assert.deepEqual([status, body['code'], String(body['detail']).includes(wanted)], [415, 'unsupported_media_type', true], path)
  }
})

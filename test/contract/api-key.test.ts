import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ApiHouse, openApiHouse } from '../support/api-house.ts'

let house: ApiHouse
let owner = ''
before(async () => {
  house = await openApiHouse()
  owner = await house.key(house.home)
})
after(() => house[Symbol.asyncDispose]())

const MAIL = { from: 'ani@home.example', to: 'cici@far.example', subject: 'Halo', text: 'Halo' }

test('a key is made, shown once, listed without its text, rotated and ended', async () => {
  const wishes = { name: 'Shop', scopes: ['send', 'read'], domains: ['HOME.example'], streams: ['transactional'], networks: ['192.0.2.7/24', '::1'], messages_per_hour: 10, expires_at: '2099-01-01T00:00:00Z' }
  const made = await house.ask(owner, '/v1/api_keys', { json: wishes })
  assert.equal(made.status, 201)
  const { key, id } = made.body as { readonly key: string; readonly id: string }
  assert.match(key, /^sk_live_\w{32}$/)
  const shown = (await house.ask(owner, `/v1/api_keys/${id}`)).body
  assert.deepEqual([shown['domains'], shown['networks'], shown['messages_per_hour'], shown['expires_at'], shown['state'], shown['last_used_at']], [['home.example'], ['192.0.2.0/24', '::1/128'], 10, '2099-01-01T00:00:00.000Z', 'valid', null])
  assert.doesNotMatch(JSON.stringify((await house.ask(owner, '/v1/api_keys')).body), new RegExp(key))
  assert.equal((await house.ask(key, '/v1/emails', { json: MAIL })).body['code'], 'address_not_allowed')
  assert.equal((await house.ask(key, '/v1/emails', { json: MAIL, address: '192.0.2.200' })).status, 202)
  assert.notEqual((await house.ask(owner, `/v1/api_keys/${id}`)).body['last_used_at'], null)
  const rotated = await house.ask(owner, `/v1/api_keys/${id}/rotate`, { json: { overlap_hours: 1 } })
  assert.equal(rotated.status, 201)
  assert.deepEqual([rotated.body['networks'], rotated.body['messages_per_hour'], rotated.body['expires_at']], [['192.0.2.0/24', '::1/128'], 10, '2099-01-01T00:00:00.000Z'])
  for (const each of [key, String(rotated.body['key'])]) assert.equal((await house.ask(each, '/v1/emails', { json: MAIL, address: '192.0.2.1' })).status, 202)
  assert.equal((await house.ask(owner, `/v1/api_keys/${id}`, { method: 'DELETE' })).status, 200)
  assert.equal((await house.ask(key, '/v1/emails', { json: MAIL, address: '192.0.2.1' })).status, 401)
  assert.equal((await house.ask(owner, `/v1/api_keys/${id}`)).body['state'], 'revoked')
})

test('no key makes, rotates or ends one that may do more than itself', async () => {
  const developer = await house.key(house.home, { scopes: ['develop', 'send'], domains: null })
  const refused = async (key: string, json: unknown): Promise<unknown> => (await house.ask(key, '/v1/api_keys', { json })).body['code']
  assert.equal(await refused(developer, { name: 'x', scopes: ['admin'] }), 'more_rights')
  assert.equal(await refused(developer, { name: 'x', scopes: ['*'] }), 'more_rights')
  assert.equal((await house.ask(developer, '/v1/api_keys', { json: { name: 'x', scopes: ['send'] } })).status, 201)
  const capped = await house.key(house.home, { scopes: ['develop'], caps: { messagesPerHour: 5, messagesPerDay: null } })
  assert.equal(await refused(capped, { name: 'x', scopes: ['develop'], messages_per_hour: 5 }), 'more_rights')
  const confined = await house.key(house.home, { scopes: ['develop', 'send'], domains: ['home.example'] })
  assert.equal(await refused(confined, { name: 'x', scopes: ['send'] }), 'more_rights')
  assert.equal((await house.ask(confined, '/v1/api_keys', { json: { name: 'x', scopes: ['send'], domains: ['home.example'] } })).status, 201)
  const [first] = (await house.ask(owner, '/v1/api_keys')).body['data'] as readonly { readonly id: string }[]
  for (const [path, method] of [[`/v1/api_keys/${first?.id}/rotate`, 'POST'], [`/v1/api_keys/${first?.id}`, 'DELETE']] as const) {
    assert.equal((await house.ask(developer, path, { method })).body['code'], 'more_rights')
  }
  const test = await house.key(house.home, { scopes: ['send'] })
  assert.equal(await refused(test, { name: 'x' }), 'missing_scope')
})

test('a key that is confined sends as its domains in its streams, sees what they sent, and nothing of the whole', async () => {
  const other = await house.ask(owner, '/v1/emails', { json: MAIL })
  const key = await house.key(house.home, { domains: ['other.example'], streams: ['broadcast'], scopes: ['*'] })
  const answer = await house.ask(key, '/v1/emails', { json: MAIL })
  assert.deepEqual([answer.status, answer.body['errors']], [422, [{ field: 'from', code: 'not_allowed', message: 'this key writes as other.example only' }]])
  assert.equal((await house.ask(key, `/v1/emails/${String(other.body['id'])}`)).status, 404)
  for (const path of ['/v1/emails', '/v1/queue', '/v1/webhooks', '/v1/trace?q=x', '/v1/stats', '/v1/suppressions', '/v1/templates', '/v1/api_keys']) {
    assert.equal((await house.ask(key, path)).body['code'], 'confined_to_domains', path)
  }
  assert.deepEqual((await house.ask(key, '/v1/domains')).body['data'], [])
  assert.equal((await house.ask(key, '/v1/domains/home.example')).status, 404)
  const streamed = await house.key(house.home, { streams: ['broadcast'], domains: ['home.example'] })
  assert.match(String((await house.ask(streamed, '/v1/emails', { json: MAIL })).body['detail']), /^stream: this key sends in broadcast only/)
  const sent = await house.ask(streamed, '/v1/emails', { json: { ...MAIL, from: 'Ani <ani@home.example>', stream: 'broadcast' } })
  assert.equal(sent.status, 202)
  assert.equal((await house.ask(streamed, `/v1/emails/${String(sent.body['id'])}`)).status, 200)
  const listed = (await house.ask(streamed, '/v1/domains')).body['data'] as readonly { readonly name: string }[]
  assert.deepEqual(listed.map(({ name }) => name), ['home.example'])
  const raw = await house.ask(streamed, '/v1/emails/raw', { body: 'From: ani@home.example\nTo: cici@far.example\n\nHalo\n', headers: { 'content-type': 'message/rfc822' } })
  assert.match(String(raw.body['detail']), /^X-Merpati-Stream: /)
})

test('a name and a password for a program are made by who may send so, for accounts of his own organization', async () => {
  const wishes = { username: 'Ani@home.example', name: 'Toko', domains: ['home.example'], messages_per_hour: 5 }
  const made = await house.ask(owner, '/v1/smtp_credentials', { json: wishes })
  assert.deepEqual([made.status, made.body['username'], made.body['domains'], made.body['streams'], made.body['messages_per_hour'], made.body['messages_per_day']], [201, 'ani@home.example', ['home.example'], null, 5, null])
  assert.match(String(made.body['password']), /^[a-z2-7]{4}(-[a-z2-7]{4}){5}$/)
  assert.doesNotMatch(JSON.stringify((await house.ask(owner, '/v1/smtp_credentials')).body), new RegExp(String(made.body['password'])))
  const confined = await house.key(house.home, { scopes: ['develop', 'send'], domains: ['home.example'], streams: ['broadcast'] })
  assert.equal((await house.ask(confined, '/v1/smtp_credentials', { json: wishes })).body['code'], 'more_rights')
  assert.equal((await house.ask(confined, `/v1/smtp_credentials/${String(made.body['id'])}`, { method: 'DELETE' })).body['code'], 'more_rights')
  assert.equal((await house.ask(await house.key(house.home, { scopes: ['develop'] }), '/v1/smtp_credentials', { json: wishes })).body['code'], 'more_rights')
  assert.match(String((await house.ask(owner, '/v1/smtp_credentials', { json: { ...wishes, username: 'siapa@home.example' } })).body['detail']), /^username: is the address of no account/)
  assert.equal((await house.ask(owner, `/v1/smtp_credentials/${String(made.body['id'])}`, { method: 'DELETE' })).status, 200)
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ApiAnswer, type ApiAsk, askApi, demoKey, makeApiKey } from '../support/api.ts'
import { type DnsTestServer, startDns } from '../support/dns/server.ts'
import { type Zone, zone } from '../support/dns/zone.ts'
import { type Demo, startDemo } from '../support/server.ts'

let dns: DnsTestServer
let demo: Demo
let operator = ''
let key = ''
let other = ''
before(async () => {
  dns = await startDns([zone('far.test', { '@': { MX: ['10 mx'] }, mx: { A: ['127.0.0.9'] } })])
  demo = await startDemo({ flags: ['--resolver', `127.0.0.1:${dns.port}`] })
  operator = demoKey(demo)
  key = await makeApiKey(demo, '--live', '--scope', 'read', 'admin')
  await demo.cli(['organization', 'add', 'Tetangga'])
  other = await makeApiKey(demo, '--organization', 'Tetangga', '--live', '--scope', '*')
})
after(async () => {
  await demo[Symbol.asyncDispose]()
  await dns[Symbol.asyncDispose]()
})

const ask = (path: string, asked: ApiAsk = {}): Promise<ApiAnswer> => askApi(demo, path, { key, ...asked })
const rows = ({ body }: ApiAnswer): readonly Record<string, unknown>[] => body['data'] as readonly Record<string, unknown>[]

test('an account is made, changed, given passwords and removed, by its own organization alone', async () => {
  const made = await ask('/v1/accounts', { json: { address: 'Dewi@merpati.test', password: 'rahasia-sekali', name: 'Dewi' } })
  assert.deepEqual([made.status, made.body['address'], made.body['role'], made.body['quota_bytes']], [201, 'dewi@merpati.test', 'member', null])
  const id = String(made.body['id'])
  assert.ok(rows(await ask('/v1/accounts')).some(({ address }) => address === 'dewi@merpati.test'))
  const changed = await ask(`/v1/accounts/${id}`, { method: 'PATCH', json: { quota_bytes: 1_000_000, state: 'suspended', locale: 'id' } })
  assert.deepEqual([changed.body['quota_bytes'], changed.body['state'], changed.body['locale'], changed.body['name']], [1_000_000, 'suspended', 'id', 'Dewi'])
  assert.equal((await ask(`/v1/accounts/${id}/password`, { method: 'PUT', json: { password: 'lain' } })).status, 200)
  const app = await ask(`/v1/accounts/${id}/credentials`, { json: { name: 'phone' } })
  assert.equal(app.status, 201)
  assert.deepEqual(rows(await ask(`/v1/accounts/dewi@merpati.test/credentials`)).map(({ kind, name }) => [kind, name]), [['password', ''], ['app', 'phone']])
  assert.equal((await ask(`/v1/accounts/${id}/credentials/${String(app.body['id'])}`, { method: 'DELETE' })).status, 200)
  for (const path of [`/v1/accounts/${id}`, '/v1/accounts/dewi@merpati.test', `/v1/accounts/${id}/mailboxes`, `/v1/accounts/${id}/sending`, `/v1/accounts/${id}/credentials`]) {
    assert.equal((await ask(path, { key: other })).status, 404, path)
  }
  assert.equal((await ask(`/v1/accounts/${id}`, { key: other, method: 'DELETE' })).status, 404)
  assert.equal((await ask('/v1/accounts', { key: other, json: { address: 'x@merpati.test', password: 'x' } })).body['code'], 'validation_error')
  assert.equal((await ask('/v1/accounts', { json: { address: 'dewi@merpati.test', password: 'x' } })).status, 409)
  assert.deepEqual((await ask(`/v1/accounts/${id}`, { method: 'DELETE' })).body, { id, deleted: true })
  assert.equal((await ask(`/v1/accounts/${id}`)).status, 404)
})

test('an account with mail is removed only when that is confirmed', async () => {
  const refused = await ask('/v1/accounts/budi@merpati.test', { method: 'DELETE' })
  assert.deepEqual([refused.status, refused.body['code']], [409, 'confirm_needed'])
})

test('mailboxes are made, moved and removed, and the inbox stays', async () => {
  const path = '/v1/accounts/ani@merpati.test/mailboxes'
  const inbox = rows(await ask(path)).find(({ role }) => role === 'inbox')
  const made = await ask(path, { json: { name: 'Proyek' } })
  assert.deepEqual([made.status, made.body['name'], made.body['total']], [201, 'Proyek', 0])
  const own = `${path}/${String(made.body['id'])}`
  assert.equal((await ask(path, { json: { name: 'Proyek' } })).body['code'], 'exists')
  assert.equal((await ask(own, { method: 'PATCH', json: { name: 'Tugas', parent: inbox?.['id'] } })).body['parent'], inbox?.['id'])
  assert.equal((await ask(`${path}/${String(inbox?.['id'])}`, { method: 'DELETE' })).body['code'], 'forbidden')
  assert.equal((await ask(own, { method: 'DELETE' })).status, 200)
})

test('an account that somebody else seems to use is stopped from sending and let go again', async () => {
  const path = '/v1/accounts/ani@merpati.test'
  assert.equal((await ask(`${path}/sending`)).body['state'], 'free')
  const contained = await ask(`${path}/contain`, { json: { reason: 'stolen laptop', keep_passwords: true } })
  const { reasons } = contained.body['containment'] as { readonly reasons: readonly unknown[] }
  assert.deepEqual([contained.body['state'], reasons], ['contained', [{ rule: 'SAID_SO', evidence: 'stolen laptop' }]])
  assert.equal((await ask(`${path}/contain`, { json: {} })).body['code'], 'contained')
  assert.equal((await ask(`${path}/release`, { json: {} })).body['state'], 'free')
  assert.equal((await ask(`${path}/bulk`, { method: 'PUT', json: { allowed: true } })).body['bulk'], true)
})

test('an alias leads where it is told to, and belongs to the organization of its domain', async () => {
  const made = await ask('/v1/aliases', { json: { address: 'info@merpati.test', targets: ['ani@merpati.test', 'x@far.test'] } })
  assert.deepEqual([made.status, made.body], [201, { address: 'info@merpati.test', targets: ['ani@merpati.test', 'x@far.test'] }])
  assert.deepEqual((await ask('/v1/aliases/info@merpati.test', { method: 'PATCH', json: { targets: ['budi@merpati.test'] } })).body['targets'], ['budi@merpati.test'])
  assert.deepEqual(rows(await ask('/v1/aliases')).map(({ address }) => address), ['info@merpati.test'])
  assert.deepEqual(rows(await ask('/v1/aliases', { key: other })), [])
  for (const method of ['GET', 'DELETE']) assert.equal((await ask('/v1/aliases/info@merpati.test', { key: other, method })).status, 404)
  assert.equal((await ask('/v1/aliases', { key: other, json: { address: 'mine@merpati.test', targets: ['me@far.test'] } })).body['code'], 'validation_error')
  assert.equal((await ask('/v1/aliases', { json: { address: 'ani@merpati.test', targets: ['x@far.test'] } })).status, 409)
  assert.equal((await ask('/v1/aliases', { json: { address: '@merpati.test', targets: ['ani@merpati.test'] } })).status, 201)
  for (const address of ['info@merpati.test', '@merpati.test']) assert.equal((await ask(`/v1/aliases/${address}`, { method: 'DELETE' })).status, 200)
})

test('a domain is taken from who proves it in DNS, and from operators; its keys are shown and replaced', async () => {
  const claimed = await ask('/v1/domains', { json: { name: 'toko.far.test' } })
  const proof = claimed.body['proof'] as { readonly name: string; readonly value: string }
  assert.deepEqual([claimed.status, claimed.body['state'], proof.name], [202, 'pending', '_merpati.toko.far.test'])
  assert.equal((await ask('/v1/domains', { key: other, json: { name: 'toko.far.test' } })).body['state'], 'pending')
  dns.serve([farWith(proof.value)])
  assert.equal((await ask('/v1/domains/toko.far.test/verify', { key: other, method: 'POST' })).body['state'], 'pending')
  const made = await ask('/v1/domains/toko.far.test/verify', { method: 'POST' })
  assert.deepEqual([made.status, made.body['state'], made.body['proof']], [200, 'active', null])
  const own = `/v1/domains/${String(made.body['id'])}`
  assert.deepEqual(rows(await ask(`${own}/keys`)).map(({ state }) => state), ['signing', 'signing'])
  assert.equal(rows(await ask(`${own}/keys`, { method: 'POST' })).filter(({ state }) => state === 'waiting').length, 2)
  assert.equal((await ask(own, { method: 'PATCH', json: { state: 'suspended' } })).body['state'], 'suspended')
  assert.equal((await ask(`${own}/keys`, { key: other })).status, 404)
  assert.equal((await ask(own, { key: other, method: 'DELETE' })).status, 404)
  assert.equal((await ask(own, { method: 'DELETE' })).status, 200)
  assert.equal((await ask('/v1/domains/merpati.test', { method: 'DELETE' })).body['code'], 'in_use')
  assert.equal((await ask('/v1/domains', { key: operator, json: { name: 'baru.far.test' } })).status, 201)
})

function farWith(claim: string): Zone {
  return zone('far.test', { '@': { MX: ['10 mx'] }, mx: { A: ['127.0.0.9'] }, '_merpati.toko': { TXT: [claim] } })
}

test('no key of an operator is made over HTTP, nor taken or ended by one that is not', async () => {
  assert.equal((await ask('/v1/api_keys', { key: operator, json: { name: 'more', scopes: ['operator'] } })).body['code'], 'validation_error')
  const all = await makeApiKey(demo, '--organization', 'Merpati demo', '--live', '--scope', '*')
  const [mine] = rows(await ask('/v1/api_keys', { key: all })).filter(({ scopes }) => (scopes as readonly string[]).includes('operator'))
  assert.equal((await ask(`/v1/api_keys/${String(mine?.['id'])}/rotate`, { key: all, method: 'POST' })).body['code'], 'more_rights')
  assert.equal((await ask(`/v1/api_keys/${String(mine?.['id'])}`, { key: all, method: 'DELETE' })).body['code'], 'more_rights')
})

test('who may do less than an account does not become it', async () => {
  assert.equal((await ask('/v1/accounts', { json: { address: 'bos@merpati.test', password: 'rahasia-sekali', role: 'owner' } })).body['code'], 'more_rights')
  assert.equal((await demo.cli(['account', 'role', 'budi@merpati.test', '--set', 'owner'])).code, 0)
  assert.equal((await ask('/v1/accounts/budi@merpati.test/password', { method: 'PUT', json: { password: 'lain-sekali' } })).body['code'], 'more_rights')
  assert.equal((await ask('/v1/accounts/budi@merpati.test', { method: 'DELETE' })).body['code'], 'more_rights')
})

test('what belongs to no organization needs a key of an operator, which * does not make', async () => {
  const asked: readonly (readonly [path: string, asked?: ApiAsk])[] = [
    ['/v1/organizations'], ['/v1/organizations/Tetangga'], ['/v1/organizations', { json: { name: 'x' } }], ['/v1/sources'], ['/v1/sources', { json: { name: 'x', address: '127.0.0.8' } }],
    ['/v1/pools'], ['/v1/pools/x', { method: 'PUT', json: {} }], ['/v1/lanes'], ['/v1/lanes/far.test'], ['/v1/lanes/far.test/suspend', { json: {} }], ['/v1/lanes/suspensions/x', { method: 'DELETE' }],
    ['/v1/tls_results'], ['/v1/transports'], ['/v1/transports/far.test', { method: 'PUT', json: { kind: 'direct' } }], ['/v1/relay_domains'], ['/v1/relay_domains/y.test', { method: 'PUT', json: {} }],
  ]
  for (const [path, with_] of asked) {
    for (const who of [key, other]) {
      const answer = await ask(path, { ...with_, key: who })
      assert.deepEqual([answer.status, answer.body['code']], [403, 'missing_scope'], path)
    }
  }
})

test('operators run organizations, sources with their health and warm-up, pools, lanes, transports and relay domains', async () => {
  const run = (path: string, asked: ApiAsk = {}): Promise<ApiAnswer> => ask(path, { key: operator, ...asked })
  const made = await run('/v1/organizations', { json: { name: 'Baru', locale: 'id' } })
  assert.equal((await run('/v1/organizations', { json: { name: 'Baru' } })).status, 409)
  assert.equal((await run(`/v1/organizations/${String(made.body['id'])}`, { method: 'PATCH', json: { name: 'Lebih baru' } })).body['name'], 'Lebih baru')
  const source = await run('/v1/sources', { json: { name: 'fresh', address: '127.0.0.8', warmup: { profile: 'small' } } })
  const warmup = source.body['warmup'] as Record<string, unknown>
  assert.deepEqual([source.status, source.body['state'], source.body['usable'], warmup['day'], warmup['per_day']], [201, 'warming', true, 1, 200])
  assert.ok(Number(warmup['days_left']) > 5)
  assert.equal((await run('/v1/pools/main', { method: 'PUT', json: { kind: 'dedicated', organization: made.body['id'], sources: ['fresh'] } })).body['kind'], 'dedicated')
  assert.equal((await run('/v1/pools/main', { method: 'PUT', json: { kind: 'dedicated' } })).body['code'], 'validation_error')
  assert.deepEqual((await run('/v1/pools/main/sources/fresh', { method: 'DELETE' })).body['sources'], [])
  assert.deepEqual((await run('/v1/pools/main/sources/fresh', { method: 'PUT' })).body['sources'], ['fresh'])
  assert.deepEqual((await run('/v1/sources/fresh', { method: 'PATCH', json: { state: 'resting' } })).body['usable'], false)
  const worksAgain = await run('/v1/sources/fresh', { method: 'PATCH', json: { state: 'active' } })
  assert.deepEqual([worksAgain.body['state'], (worksAgain.body['warmup'] as Record<string, unknown>)['day']], ['warming', 1])
  assert.deepEqual((await run('/v1/sources/fresh', { method: 'PATCH', json: { warmup: null } })).body['state'], 'active')
  assert.equal((await run('/v1/pools/reports', { method: 'PUT', json: { kind: 'system' } })).status, 200)
  const apart = await run('/v1/pools/news', { method: 'PUT', json: { kind: 'bulk-shared-b', overflow: 'reports' } })
  assert.deepEqual([apart.status, apart.body['errors']], [422, [{ field: 'overflow', code: 'apart', message: 'reports carries system mail and nothing else' }]])
  const lane = await run('/v1/lanes/far.test')
  assert.deepEqual((lane.body['servers'] as readonly { readonly host: string }[]).map(({ host }) => host), ['mx.far.test'])
  for (const { text, origin } of lane.body['limits'] as readonly { readonly text: { readonly en: string }; readonly origin: string }[]) assert.ok(text.en !== '' && origin !== '')
  const stopped = await run('/v1/lanes/far.test/suspend', { json: { minutes: 5, reason: 'maintenance' } })
  assert.deepEqual((await run('/v1/lanes/far.test')).body['suspensions'], [stopped.body])
  assert.equal((await run(`/v1/lanes/suspensions/${String(stopped.body['id'])}`, { method: 'DELETE' })).status, 200)
  assert.deepEqual(rows(await run('/v1/lanes')), [])
  assert.deepEqual((await run('/v1/tls_results?day=2026-01-31')).body, { object: 'list', day: '2026-01-31', data: [], next_cursor: null, has_more: false })
  const transport = { kind: 'relay', hosts: [{ host: 'mail.far.test', port: 587 }], login: { user: 'me', password: 'secret' } }
  assert.ok(!JSON.stringify((await run('/v1/transports/*.far.test', { method: 'PUT', json: transport })).body).includes('secret'))
  assert.deepEqual(rows(await run('/v1/transports')).map(({ pattern, user }) => [pattern, user]), [['*.far.test', 'me']])
  assert.equal((await run('/v1/transports/*.far.test', { method: 'DELETE' })).status, 200)
  assert.equal((await run('/v1/relay_domains/kantor.test', { method: 'PUT', json: { recipients: 'list', hosts: ['mx.kantor.test:25'] } })).body['spool_days'], 7)
  assert.deepEqual((await run('/v1/relay_domains/kantor.test/recipients', { json: { addresses: ['Ani', 'budi@kantor.test'] } })).body['changed'], 2)
  assert.deepEqual((await run('/v1/relay_domains/kantor.test/recipients')).body['data'], ['ani@kantor.test', 'budi@kantor.test'])
  for (const path of ['/v1/relay_domains/kantor.test', '/v1/pools/main', '/v1/pools/reports', '/v1/sources/fresh', '/v1/organizations/Lebih%20baru']) assert.equal((await run(path, { method: 'DELETE' })).status, 200, path)
})

test('lists of the filter belong to domains and accounts of the organization, and the platform’s to operators', async () => {
  const path = '/v1/filter/deny?domain=merpati.test'
  assert.deepEqual((await ask(path, { json: { kind: 'from', value: 'Spam.test', action: 'junk', days: 3 } })).body['value'], 'spam.test')
  assert.deepEqual(rows(await ask('/v1/filter/deny')).map(({ owner, value, action }) => [owner, value, action]), [['merpati.test', 'spam.test', 'junk']])
  assert.deepEqual(rows(await ask('/v1/filter/deny', { key: other })), [])
  assert.equal((await ask(path, { key: other, json: { kind: 'from', value: 'x.test' } })).status, 404)
  assert.equal((await ask('/v1/filter/deny?platform=true', { json: { kind: 'from', value: 'x.test' } })).body['code'], 'missing_scope')
  assert.equal((await ask('/v1/filter/allow?platform=true', { key: operator, json: { kind: 'net', value: '192.0.2.0/24' } })).status, 201)
  assert.equal((await ask('/v1/filter/allow?platform=true&kind=net&value=192.0.2.0/24', { key: operator, method: 'DELETE' })).status, 200)
  assert.equal((await ask(`${path}&kind=from&value=spam.test`, { method: 'DELETE' })).status, 200)
  assert.equal((await ask(path, { json: { kind: 'from', value: 'not a domain' } })).body['code'], 'validation_error')
})

test('reports, explanations and certificates are told to whom they concern', async () => {
  assert.deepEqual(rows(await ask('/v1/reports')), [])
  assert.deepEqual(rows(await ask('/v1/domains/merpati.test/reports?kind=tls')), [])
  assert.equal((await ask('/v1/domains/merpati.test/reports', { key: other })).status, 404)
  assert.equal((await ask('/v1/reports?cursor=bm90IG91cnM')).body['code'], 'validation_error')
  const [explained] = rows(await ask('/v1/explain?q=ani@merpati.test&locale=id'))
  assert.match(String(explained?.['summary']), /^Pesan diantar/)
  assert.equal((await ask('/v1/explain?q=ani@merpati.test', { key: other })).status, 404)
  const [certificate] = rows(await ask('/v1/certificates', { key: operator }))
  assert.deepEqual([certificate?.['source'], certificate?.['state']], ['file', 'good'])
  assert.equal((await ask('/v1/certificates')).body['code'], 'missing_scope')
  assert.equal((await ask(`/v1/certificates/${encodeURIComponent(String(certificate?.['name']))}/renew`, { key: operator, method: 'POST' })).body['code'], 'in_file')
})

test('what a program sent is told with its events, its bytes and what was said, to its organization alone', async () => {
  const sent = await ask('/v1/emails', { key: operator, json: { from: 'ani@merpati.test', to: 'budi@merpati.test', subject: 'Cerita', text: 'Halo' } })
  const path = `/v1/emails/${String(sent.body['id'])}`
  assert.equal(rows(await ask(`${path}/events`))[0]?.['type'], 'mail.arrived')
  assert.deepEqual((await ask(`${path}/transcript`)).status, 200)
  const response = await fetch(`http://127.0.0.1:${demo.ports.http}${path}/raw`, { headers: { authorization: `Bearer ${key}` } })
  assert.match(await response.text(), /^Subject: Cerita\r$/m)
  assert.deepEqual([response.headers.get('content-type'), response.headers.get('content-disposition')], ['message/rfc822', 'attachment'])
  for (const part of ['events', 'transcript', 'raw']) assert.equal((await ask(`${path}/${part}`, { key: other })).status, 404)
})

test('the reference of the API is a page that needs no key and loads nothing', async () => {
  const response = await fetch(`http://127.0.0.1:${demo.ports.http}/docs`)
  const page = await response.text()
  assert.equal(response.status, 200)
  assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/)
  const { body } = await ask('/v1/openapi.json', { key: null })
  for (const route of Object.keys(body['paths'] as object)) assert.ok(page.includes(route), route)
})

test('who sends little is advised to stay on shared addresses, with the reasons', async () => {
  const { status, body } = await ask('/v1/advice/addresses')
  const [reason] = body['reasons'] as readonly { readonly en: string }[]
  assert.deepEqual([status, body['advice'], body['addresses'], body['windows']], [200, 'shared', 0, [0, 0, 0]])
  assert.match(reason?.en ?? '', /^Below 100,000 messages a month/)
})

test('who got addresses of its own today is not advised to give them back', async () => {
  const { body: { id: organization } } = await ask('/v1/organizations/Tetangga', { key: operator })
  const put = await ask('/v1/pools/tetangga', { key: operator, method: 'PUT', json: { kind: 'dedicated', organization } })
  assert.equal(put.status, 200)
  const { body } = await ask('/v1/advice/addresses', { key: other })
  assert.deepEqual([body['advice'], body['has_dedicated']], ['dedicated', true])
  assert.equal((await ask('/v1/pools/tetangga', { key: operator, method: 'DELETE' })).status, 200)
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { after, before, test } from 'node:test'
import { type ApiAnswer, type ApiAsk, askApi, demoKey, makeApiKey } from '../support/api.ts'
import { submit } from '../support/mail-network.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { toldOf } from '../support/story.ts'

let demo: Demo
let key = ''
before(async () => {
  demo = await startDemo()
  key = demoKey(demo)
})
after(() => demo[Symbol.asyncDispose]())

const ask = (path: string, asked: ApiAsk = {}): Promise<ApiAnswer> => askApi(demo, path, { key, ...asked })
const makeKey = (...args: readonly string[]): Promise<string> => makeApiKey(demo, ...args)

const rows = ({ body }: ApiAnswer): readonly Record<string, unknown>[] => body['data'] as readonly Record<string, unknown>[]

test('what waits is listed by page and shown one by one', async () => {
  const ids: string[] = []
  for (let number = 0; number < 5; number++) ids.push(await submit(demo, [`orang${number}@luar.test`]))
  const first = await ask('/v1/queue?limit=2&domain=LUAR.test')
  assert.deepEqual([first.status, rows(first).length, first.body['has_more']], [200, 2, true])
  const seen = [...rows(first)]
  for (let cursor = first.body['next_cursor']; cursor !== null; ) {
    const page = await ask(`/v1/queue?limit=2&domain=luar.test&cursor=${String(cursor)}`)
    seen.push(...rows(page))
    cursor = page.body['next_cursor']
  }
  assert.deepEqual(seen.map(({ message }) => message), ids)
  assert.deepEqual(seen.map(({ to, state, from, attempts }) => [to, state, from, attempts]), ids.map((_, number) => [`orang${number}@luar.test`, 'captured', 'ani@merpati.test', 0]))
  const one = await ask(`/v1/queue/${String(seen[0]?.['id'])}`)
  assert.deepEqual(one.body, seen[0])
  assert.deepEqual(rows(await ask('/v1/queue?to=orang3@luar.test')).map(({ to }) => to), ['orang3@luar.test'])
  assert.deepEqual(rows(await ask('/v1/queue?state=held')), [])
})

test('a dry run says how many, and a cancel gives them up', async () => {
  await submit(demo, ['batal@jauh.test'])
  const dry = await ask('/v1/queue/cancel', { method: 'POST', json: { domain: 'jauh.test', dry_run: true } })
  assert.deepEqual(dry.body, { operation: 'cancel', deliveries: 1, dry_run: true })
  const done = await ask('/v1/queue/cancel', { method: 'POST', json: { to: 'batal@jauh.test' } })
  assert.deepEqual(done.body, { operation: 'cancel', deliveries: 1, dry_run: false })
  assert.deepEqual(rows(await ask('/v1/queue?domain=jauh.test')), [])
  assert.deepEqual(rows(await ask('/v1/queue?domain=jauh.test&state=cancelled')).length, 1)
})

test('a trace tells the story of a message', async () => {
  const id = await submit(demo, ['cerita@luar.test'])
  await toldOf(demo, id, 'delivery.captured')
  const { body } = await ask(`/v1/trace?q=${id}`)
  const events = body['data'] as readonly { readonly type: string; readonly data: Record<string, unknown> }[]
  assert.deepEqual(events.map(({ type }) => type), ['mail.arrived', 'delivery.captured'])
  assert.match(String(events[0]?.data['message_id']), /@/)
  assert.equal((await ask('/v1/trace?q=nobody@nowhere.test')).status, 404)
})

test('every fault is a problem document that says what to do', async () => {
  const faults: readonly (readonly [path: string, options: Parameters<typeof ask>[1], status: number, code: string, detail: RegExp])[] = [
    ['/v1/queue', { key: null }, 401, 'missing_api_key', /merpati key create/],
    ['/v1/queue', { key: `sk_test_${'x'.repeat(32)}` }, 401, 'invalid_api_key', /not valid/],
    ['/v1/queue', { key: 'nonsense' }, 401, 'invalid_api_key', /not valid/],
    ['/v1/queue', { key: await makeKey('--scope', 'send') }, 403, 'missing_scope', /needs the scope "read" and has "send"/],
    ['/v1/queue?limit=0', {}, 422, 'validation_error', /^limit: /],
    ['/v1/queue?cursor=!!', {}, 422, 'validation_error', /^cursor: /],
    ['/v1/audit_log?since=yesterday', {}, 422, 'validation_error', /^since: want a time such as 2026-01-31T09:00:00Z$/],
    ['/v1/queue?state=lost', {}, 422, 'validation_error', /^state: /],
    ['/v1/queue/q-none', {}, 404, 'not_found', /no delivery q-none/],
    ['/v1/nothing', {}, 404, 'not_found', /GET \/v1\/nothing/],
    ['/v1/queue/hold', { method: 'POST', json: {} }, 422, 'validation_error', /say which/],
    ['/v1/queue/hold', { method: 'POST', json: { all: true, domian: 'x' } }, 422, 'validation_error', /^domian: there is no such field/],
    ['/v1/queue/reroute', { method: 'POST', json: { all: true } }, 422, 'validation_error', /^via: /],
    ['/v1/queue/eat', { method: 'POST', json: { all: true } }, 422, 'validation_error', /^operation: /],
    ['/v1/queue/hold', { method: 'POST', body: '{"all":' }, 400, 'bad_request', /not JSON in UTF-8/],
    ['/v1/queue/hold', { json: { all: true }, headers: { 'content-encoding': 'gzip' } }, 415, 'unsupported_media_type', /without Content-Encoding: gzip/],
    ['/v1/emails', { json: {}, headers: { 'content-encoding': 'gzip' } }, 415, 'unsupported_media_type', /without Content-Encoding: gzip/],
    ['/v1/queue/hold', { method: 'POST', body: `"${'x'.repeat(1_100_000)}"` }, 413, 'too_large', /1048576/],
    ['/v1/queue/hold', { method: 'POST', body: new Uint8Array([0x22, 0xff, 0x22]) }, 400, 'bad_request', /not JSON in UTF-8/],
    ['/v1/queue/hold', { method: 'POST', body: '{"id": "q-\\u0000"}' }, 422, 'validation_error', /^id: holds a NUL/],
    ['/v1/emails', { method: 'POST', body: '{"to": ["a@far.test", "\\ud83d <b@far.test>"]}' }, 422, 'validation_error', /^to\.1: holds a NUL or half of a letter/],
    ['/v1/templates', { method: 'POST', body: '{"name": "x", "locales": {"\\udc00": {}}}' }, 422, 'validation_error', /^locales\.\ufffd: holds a NUL or half of a letter/],
    ['/v1/queue/%00', {}, 404, 'not_found', /path holds a NUL/],
    ['/v1/stats?tag=a%00b', {}, 422, 'validation_error', /^tag: holds a NUL/],
    ['/v1/lanes/far.test/suspend', { json: { organization: 'o-none' } }, 422, 'validation_error', /^organization: is no organization/],
  ]
  for (const [path, options, status, code, detail] of faults) {
    const answer = await ask(path, options)
    assert.deepEqual([answer.status, answer.body['code'], answer.body['name']], [status, code, code], path)
    assert.match(String(answer.body['detail']), detail)
    assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
    assert.match(answer.headers.get('request-id') ?? '', /^rq-/, path)
  }
})

test('TRACE, which no program can ask by fetch, is refused as any other method that a path does not take', async () => {
  const asked = request({ host: '127.0.0.1', port: demo.ports.http, path: '/v1/emails', method: 'TRACE' }).end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const body = JSON.parse(Buffer.concat(await Array.fromAsync(answer as AsyncIterable<Uint8Array>)).toString()) as Record<string, unknown>
  assert.deepEqual([answer.statusCode, answer.headers.allow, body['code']], [405, 'GET, HEAD, OPTIONS, POST', 'method_not_allowed'])
  assert.equal(body['request_id'], answer.headers['request-id'])
})

test('an id of a request is echoed when it is harmless, and made when it is not', async () => {
  assert.equal((await ask('/v1/queue', { headers: { 'request-id': 'my-7' } })).headers.get('request-id'), 'my-7')
  assert.match((await ask('/v1/queue', { headers: { 'request-id': 'a b' } })).headers.get('request-id') ?? '', /^rq-/)
})

test('a key that is revoked opens nothing any more', async () => {
  const own = await makeKey('--scope', 'read')
  assert.equal((await ask('/v1/queue', { key: own })).status, 200)
  const keys = JSON.parse((await demo.cli(['key', 'list', '--json'])).stdout) as readonly { readonly id: string; readonly name: string; readonly revokedMs: number | null }[]
  for (const { id, name, revokedMs } of keys) if (name === 'test' && revokedMs === null) await demo.cli(['key', 'revoke', id])
  assert.equal((await ask('/v1/queue', { key: own })).status, 401)
})

test('an organization sees and changes nothing of another', async () => {
  const message = await submit(demo, ['rahasia@luar.test'])
  const [{ id: delivery } = { id: '' }] = rows(await ask(`/v1/queue?message=${message}`))
  assert.equal((await demo.cli(['organization', 'add', 'Tetangga'])).code, 0)
  const other = await makeKey('--organization', 'Tetangga', '--live', '--scope', 'read', 'admin')
  assert.deepEqual(rows(await ask('/v1/queue', { key: other })), [])
  assert.equal((await ask(`/v1/queue/${String(delivery)}`, { key: other })).status, 404)
  assert.equal((await ask(`/v1/trace?q=${message}`, { key: other })).status, 404)
  assert.deepEqual([rows(await ask('/v1/stats?group_by=domain', { key: other })), rows(await ask('/v1/stats?group_by=domain')).length > 0], [[], true])
  for (const json of [{ id: delivery }, { message }, { all: true }]) {
    assert.equal((await ask('/v1/queue/cancel', { key: other, method: 'POST', json })).body['deliveries'], 0)
  }
  assert.equal((await ask(`/v1/queue/${String(delivery)}`)).body['state'], 'captured')
})

test('the OpenAPI document names every route, and needs no key', async () => {
  const { status, body } = await ask('/v1/openapi.json', { key: null })
  assert.equal(status, 200)
  assert.equal(body['openapi'], '3.1.0')
  const paths = body['paths'] as Record<string, Record<string, unknown>>
  assert.deepEqual(Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`)).toSorted(), [
    'delete /v1/accounts/{id}',
    'delete /v1/accounts/{id}/credentials/{credential}',
    'delete /v1/accounts/{id}/factors',
    'delete /v1/accounts/{id}/identities/{identity}',
    'delete /v1/accounts/{id}/mailboxes/{mailbox}',
    'delete /v1/accounts/{id}/passkeys/{passkey}',
    'delete /v1/accounts/{id}/sessions',
    'delete /v1/aliases/{address}',
    'delete /v1/api_keys/{id}',
    'delete /v1/app_passwords/{id}',
    'delete /v1/domains/{id}',
    'delete /v1/filter/{list}',
    'delete /v1/filter_scores',
    'delete /v1/identities/{id}',
    'delete /v1/invitations/{id}',
    'delete /v1/lanes/suspensions/{id}',
    'delete /v1/organizations/{id}',
    'delete /v1/organizations/{id}/plan',
    'delete /v1/passkeys/{id}',
    'delete /v1/pools/{name}',
    'delete /v1/pools/{name}/sources/{source}',
    'delete /v1/relay_domains/{name}',
    'delete /v1/routes/{id}',
    'delete /v1/session',
    'delete /v1/sessions',
    'delete /v1/sessions/{id}',
    'delete /v1/smtp_credentials/{id}',
    'delete /v1/sources/{name}',
    'delete /v1/streams/{id}',
    'delete /v1/suppressions/{email}',
    'delete /v1/templates/{id}',
    'delete /v1/transports/{pattern}',
    'delete /v1/webhooks/{id}',
    'get /v1/accounts',
    'get /v1/accounts/{id}',
    'get /v1/accounts/{id}/credentials',
    'get /v1/accounts/{id}/factors',
    'get /v1/accounts/{id}/identities',
    'get /v1/accounts/{id}/mailboxes',
    'get /v1/accounts/{id}/mailboxes/{mailbox}',
    'get /v1/accounts/{id}/passkeys',
    'get /v1/accounts/{id}/roles',
    'get /v1/accounts/{id}/sending',
    'get /v1/accounts/{id}/sessions',
    'get /v1/advice/addresses',
    'get /v1/alerts',
    'get /v1/aliases',
    'get /v1/aliases/{address}',
    'get /v1/api_keys',
    'get /v1/api_keys/{id}',
    'get /v1/app_passwords',
    'get /v1/attachments/content',
    'get /v1/audit_log',
    'get /v1/audit_log/{id}',
    'get /v1/certificates',
    'get /v1/certificates/{name}',
    'get /v1/consents',
    'get /v1/consents/{id}',
    'get /v1/domains',
    'get /v1/domains/{id}',
    'get /v1/domains/{id}/compliance',
    'get /v1/domains/{id}/dns',
    'get /v1/domains/{id}/keys',
    'get /v1/domains/{id}/reports',
    'get /v1/domains/{id}/reports/{report}',
    'get /v1/domains/{id}/warmup',
    'get /v1/emails',
    'get /v1/emails/{id}',
    'get /v1/emails/{id}/attachments',
    'get /v1/emails/{id}/attachments/{attachment}',
    'get /v1/emails/{id}/events',
    'get /v1/emails/{id}/raw',
    'get /v1/emails/{id}/transcript',
    'get /v1/explain',
    'get /v1/factors',
    'get /v1/filter/{list}',
    'get /v1/filter_scores',
    'get /v1/identities',
    'get /v1/invitations',
    'get /v1/invitations/{id}',
    'get /v1/lanes',
    'get /v1/lanes/suspensions/{id}',
    'get /v1/lanes/{domain}',
    'get /v1/organizations',
    'get /v1/organizations/{id}',
    'get /v1/organizations/{id}/plan',
    'get /v1/organizations/{id}/retention',
    'get /v1/passkeys',
    'get /v1/pools',
    'get /v1/pools/{name}',
    'get /v1/queue',
    'get /v1/queue/{id}',
    'get /v1/relay_domains',
    'get /v1/relay_domains/{name}',
    'get /v1/relay_domains/{name}/recipients',
    'get /v1/reports',
    'get /v1/retention',
    'get /v1/routes',
    'get /v1/routes/{id}',
    'get /v1/session',
    'get /v1/session/oidc',
    'get /v1/sessions',
    'get /v1/smtp_credentials',
    'get /v1/smtp_credentials/{id}',
    'get /v1/sources',
    'get /v1/sources/{name}',
    'get /v1/stats',
    'get /v1/streams',
    'get /v1/streams/{id}',
    'get /v1/subjects/erasures/{id}',
    'get /v1/suppressions',
    'get /v1/suppressions/{email}',
    'get /v1/templates',
    'get /v1/templates/{id}',
    'get /v1/tls_results',
    'get /v1/trace',
    'get /v1/transports',
    'get /v1/transports/{pattern}',
    'get /v1/usage',
    'get /v1/webhooks',
    'get /v1/webhooks/{id}',
    'get /v1/webhooks/{id}/deliveries',
    'get /v1/webhooks/{id}/deliveries/{delivery}',
    'get /v1/webhooks/{id}/deliveries/{delivery}/attachments/{number}',
    'get /v1/webhooks/{id}/deliveries/{delivery}/attempts',
    'patch /v1/accounts/{id}',
    'patch /v1/accounts/{id}/mailboxes/{mailbox}',
    'patch /v1/aliases/{address}',
    'patch /v1/api_keys/{id}',
    'patch /v1/domains/{id}',
    'patch /v1/emails/{id}',
    'patch /v1/organizations/{id}',
    'patch /v1/organizations/{id}/plan',
    'patch /v1/organizations/{id}/retention',
    'patch /v1/retention',
    'patch /v1/routes/{id}',
    'patch /v1/sources/{name}',
    'patch /v1/templates/{id}',
    'patch /v1/webhooks/{id}',
    'post /v1/accounts',
    'post /v1/accounts/{id}/contain',
    'post /v1/accounts/{id}/credentials',
    'post /v1/accounts/{id}/mailboxes',
    'post /v1/accounts/{id}/release',
    'post /v1/aliases',
    'post /v1/api_keys',
    'post /v1/api_keys/{id}/rotate',
    'post /v1/app_passwords',
    'post /v1/certificates/{name}/renew',
    'post /v1/consents',
    'post /v1/consents/withdraw',
    'post /v1/domains',
    'post /v1/domains/{id}/keys',
    'post /v1/domains/{id}/verify',
    'post /v1/emails',
    'post /v1/emails/batch',
    'post /v1/emails/raw',
    'post /v1/emails/{id}/cancel',
    'post /v1/emails/{id}/resend',
    'post /v1/filter/{list}',
    'post /v1/identities/{provider}',
    'post /v1/invitations',
    'post /v1/invitations/accept',
    'post /v1/lanes/{domain}/suspend',
    'post /v1/organizations',
    'post /v1/passkeys',
    'post /v1/passkeys/options',
    'post /v1/password',
    'post /v1/password_reset',
    'post /v1/password_reset/confirm',
    'post /v1/queue/{operation}',
    'post /v1/relay_domains/{name}/recipients',
    'post /v1/relay_domains/{name}/recipients/remove',
    'post /v1/routes',
    'post /v1/session',
    'post /v1/session/oidc/{provider}',
    'post /v1/session/passkey',
    'post /v1/session/passkey/options',
    'post /v1/session/second_factor',
    'post /v1/signup',
    'post /v1/signup/confirm',
    'post /v1/smtp_credentials',
    'post /v1/sources',
    'post /v1/stats/rebuild',
    'post /v1/streams/{id}/resume',
    'post /v1/subjects/erase',
    'post /v1/subjects/export',
    'post /v1/suppressions',
    'post /v1/suppressions/import',
    'post /v1/suppressions/remove',
    'post /v1/templates',
    'post /v1/templates/{id}/duplicate',
    'post /v1/templates/{id}/publish',
    'post /v1/templates/{id}/render',
    'post /v1/totp',
    'post /v1/totp/confirm',
    'post /v1/totp/recovery_codes',
    'post /v1/totp/remove',
    'post /v1/webhooks',
    'post /v1/webhooks/{id}/deliveries/{delivery}/replay',
    'post /v1/webhooks/{id}/replay',
    'post /v1/webhooks/{id}/rotate',
    'post /v1/webhooks/{id}/test',
    'put /v1/accounts/{id}/bulk',
    'put /v1/accounts/{id}/password',
    'put /v1/accounts/{id}/roles',
    'put /v1/domains/{id}/warmup',
    'put /v1/filter_scores',
    'put /v1/pools/{name}',
    'put /v1/pools/{name}/sources/{source}',
    'put /v1/relay_domains/{name}',
    'put /v1/streams/{id}',
    'put /v1/transports/{pattern}',
  ])
  const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map((about) => (about as { readonly operationId?: string }).operationId))
  assert.ok(ids.includes('getWebhooksByIdDeliveries') && new Set(ids).size === ids.length, 'clients that are generated need a name for each')
  const schemas = (body['components'] as { readonly schemas: Record<string, { readonly properties?: Record<string, unknown> }> }).schemas
  const { event } = body['webhooks'] as Record<string, { readonly post: { readonly requestBody: object } }>
  assert.match(JSON.stringify(event?.post.requestBody), /#\/components\/schemas\/WebhookEvent/)
  // Stories are told from their end, explanations are the newest, and what is kept for how long is a table: all other lists go on by a cursor.
  const stories = ['/v1/trace', '/v1/explain', '/v1/stats', '/v1/retention', '/v1/organizations/{id}/retention', '/v1/emails/{id}/events', '/v1/emails/{id}/transcript']
  for (const [path, { get }] of Object.entries(paths as Record<string, { readonly get?: { readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: { readonly $ref?: string; readonly properties?: Record<string, unknown> } }> }> } }>)) {
    const shown = get?.responses['200']?.content?.['application/json']?.schema
    const fields = (shown?.$ref === undefined ? shown : schemas[shown.$ref.split('/').at(-1) ?? ''])?.properties ?? {}
    if ('data' in fields && !stories.includes(path)) assert.ok('next_cursor' in fields && 'has_more' in fields, path)
  }
  for (const [, name] of JSON.stringify(body).matchAll(/"#\/components\/schemas\/(\w+)"/g)) assert.ok(name !== undefined && name in schemas, String(name))
  assert.equal((await ask('/v1', { key: null })).body['openapi'], '/v1/openapi.json')
})

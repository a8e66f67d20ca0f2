import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain, MessageId, OrganizationId } from '../../src/base/brand.ts'
import { createDomain } from '../../src/core/domain/sql.ts'
import { putRoute } from '../../src/core/route/sql-pattern.ts'
import { queueCall } from '../../src/core/webhook/sql-call.ts'
import { FIRST_CALL, forgetCalls, oldCalls } from '../../src/core/webhook/sql-old.ts'
import type { Endpoint } from '../../src/core/webhook/endpoint.ts'
import { MAX_ENDPOINTS } from '../../src/core/webhook/limits.ts'
import { changeEndpoint, createEndpoint, endpointById, endpointsAfter, removeEndpoint, rotateSecret, secretsOf } from '../../src/core/webhook/sql-endpoint.ts'
import { callsBefore } from '../../src/core/webhook/sql-log.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { write } from '../../src/infra/db/transaction.ts'
import { openTestDatabase } from '../support/database.ts'
import { NOW_MS } from '../support/people.ts'
import { endpointOf, follow, later, lease, O1, O2, SECRET, settle, statesOf, tell } from '../support/webhook-calls.ts'

const DAY_MS = 86_400_000

test('each event becomes one call for each endpoint that wants it, once, however often it is followed', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const { endpoint: all } = await endpointOf(db)
  const { endpoint: some } = await endpointOf(db, { types: ['email.bounced'] })
  await tell(db, 'delivery.queued')
  await tell(db, 'delivery.bounced')
  await tell(db, 'email.junked')
  await follow(db)
  await follow(db)
  const calls = await lease(db, all)
  assert.deepEqual(calls.map(({ type }) => type), ['email.queued', 'email.bounced'])
  assert.deepEqual((await lease(db, some)).map(({ type }) => type), ['email.bounced'])
  assert.deepEqual(calls.map(({ body }) => (JSON.parse(body) as { sequence: number }).sequence), [1, 2])
  assert.equal(new Set(calls.map(({ id }) => id)).size, 2)
})

test('an endpoint is not told of what happened before it was made, nor while it was off', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const { endpoint } = await endpointOf(db)
  await tell(db, 'delivery.queued', { atMs: NOW_MS - 1 })
  const change = (state: Endpoint['state']) => changeEndpoint(db, { organization: O1, id: endpoint.id, url: endpoint.url, description: '', types: null, state, nowMs: NOW_MS })
  await follow(db)
  assert.equal(await change('disabled'), true)
  await tell(db, 'delivery.queued')
  await follow(db) // Switching it off is an event, too.
  assert.equal(await change('enabled'), true)
  await tell(db, 'delivery.bounced')
  await follow(db)
  assert.deepEqual((await lease(db, endpoint)).map(({ type }) => type), ['email.bounced'])
})

test('a chat is told of alerts in its own form, unless it asks for other events, and no route leads mail to it', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const { endpoint } = await endpointOf(db, { chat: { kind: 'telegram', chatId: '-5' } })
  const { endpoint: other } = await endpointOf(db, { chat: { kind: 'slack' }, types: ['email.bounced'] })
  await tell(db, 'alert.raised', { delivery: null, data: { rule: 'queue.old', subject: 'x', severity: 'high', text: 'much waits', raisedMs: NOW_MS } })
  await tell(db, 'delivery.bounced')
  await follow(db)
  const bodies = async (of: Endpoint) => (await lease(db, of)).map(({ body }) => JSON.parse(body) as { readonly chat_id?: string; readonly text: string })
  assert.deepEqual((await bodies(endpoint)).map(({ chat_id: chat, text }) => [chat, text]), [['-5', '🟠 high: much waits (queue.old)']])
  assert.match((await bodies(other))[0]?.text ?? '', /^email\.bounced: .*recipient budi@far\.example/)
  assert.deepEqual((await endpointById(db, O1, endpoint.id))?.chat, { kind: 'telegram', chatId: '-5' })
  const home = { id: 'd1', name: 'home.example' as Domain, organization: O1, subaddress: '+', aliasOf: null, nowMs: NOW_MS } as const
  await db.write(createDomain, home)
  const route = { id: 'n1', organization: O1, domain: home.name, pattern: 'x*', targets: [], nowMs: NOW_MS }
  assert.deepEqual([await db.write(putRoute, { ...route, webhook: endpoint.id }), await db.write(putRoute, { ...route, webhook: (await endpointOf(db)).endpoint.id })], ['no-webhook', 'put'])
})

test('organizations never hear of each other, also when a message goes to accounts of both', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const { endpoint: one } = await endpointOf(db)
  const { endpoint: two } = await endpointOf(db, { organization: O2 })
  const recipients = ['a1', 'a2', 'gone'].map((account) => ({ address: `${account}@home.example`, account, outcome: 'delivered' }))
  await tell(db, 'mail.arrived', { delivery: null, data: { from: 'x@far.example', recipients } })
  await tell(db, 'delivery.queued', { account: 'a2' as AccountId })
  await follow(db, { a1: O1, a2: O2 })
  const told = async (endpoint: Endpoint): Promise<readonly string[]> => (await lease(db, endpoint)).map(({ type, body }) => `${type} ${(JSON.parse(body) as { data: { recipient: string } }).data.recipient}`)
  assert.deepEqual(await told(one), ['email.received a1@home.example'])
  assert.deepEqual(await told(two), ['email.received a2@home.example', 'email.queued budi@far.example'])
  assert.deepEqual(await endpointsAfter(db, O2, one.id < two.id ? one.id : ''), [two])
  assert.equal(await endpointById(db, O2, one.id), null)
  assert.equal(await changeEndpoint(db, { organization: O2, id: one.id, url: 'https://evil.example/', description: '', types: null, state: 'enabled', nowMs: NOW_MS }), false)
  assert.equal(await rotateSecret(db, SECRET, { organization: O2, id: one.id, untilMs: 0 }), null)
  assert.equal(await removeEndpoint(db, { organization: O2, id: one.id }), 'none')
  assert.deepEqual(await secretsOf(db, SECRET, { organization: O2, id: one.id }, NOW_MS), [])
  assert.deepEqual(await callsBefore(db, { organization: O2, endpoint: one.id, state: '', type: '' }, '', 10), [])
})

/** What a program called a message, as `POST /v1/emails` keeps it. */
const keepSent = write('test.sent', function* (tx, args: { readonly organization: OrganizationId; readonly id: string; readonly head: string }) {
  yield* tx.run(SENT, args)
})
const SENT = statement<{ organization: string; id: string; head: string }>("INSERT INTO sent (organization, id, stream, created_ms, scheduled_ms, head) VALUES ($organization, $id, 'transactional', 0, NULL, $head)")

test('events of what a program sent carry its tags and metadata, as many as fit, and nobody else is told of them', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const { endpoint: one } = await endpointOf(db)
  const { endpoint: two } = await endpointOf(db, { organization: O2 })
  const many = Array.from({ length: 50 }, (_, at) => ({ name: `n${at}`, value: 'x'.repeat(200) }))
  await db.write(keepSent, { organization: O1, id: 'm1', head: JSON.stringify({ tags: [{ name: 'campaign', value: 'mei\u0000' }, { name: '__proto__', value: 'x' }], metadata: { order: '7' } }) })
  await db.write(keepSent, { organization: O1, id: 'm2', head: JSON.stringify({ tags: many, metadata: {} }) })
  await tell(db, 'delivery.queued')
  await tell(db, 'email.opened')
  await tell(db, 'delivery.queued', { message: 'm2' as MessageId })
  await tell(db, 'delivery.queued', { message: 'm3' as MessageId })
  await tell(db, 'mail.arrived', { delivery: null, data: { from: 'x@far.example', recipients: ['a1', 'a2'].map((account) => ({ address: `${account}@home.example`, account, outcome: 'delivered' })) } })
  await tell(db, 'delivery.queued', { organization: O2 })
  await follow(db, { a1: O1, a2: O2 })
  const told = async (endpoint: Endpoint) => (await lease(db, endpoint)).map(({ type, body }) => ({ type, body, data: (JSON.parse(body) as { data: Record<string, unknown> }).data }))
  const [queued, seen, large, unknown, received] = await told(one)
  for (const each of [queued, seen]) assert.deepEqual([JSON.stringify(each?.data['tags']), each?.data['metadata']], ['{"campaign":"mei ","__proto__":"x"}', { order: '7' }])
  assert.deepEqual([Object.keys(large?.data['tags'] as object).length, large?.data['metadata']], [19, {}])
  assert.deepEqual([unknown, received].map((each) => [each?.type, each?.data['tags'], each?.data['metadata']]), [['email.queued', undefined, undefined], ['email.received', undefined, undefined]])
  assert.deepEqual((await told(two)).map(({ type, body }) => [type, /campaign|order/.test(body)]), [['email.received', false], ['email.queued', false]])
})

test('a secret is kept sealed, shown once, and the one before it signs until its time is over', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const { endpoint, secret } = await endpointOf(db)
  const key = { organization: O1, id: endpoint.id }
  assert.deepEqual(await secretsOf(db, SECRET, key, NOW_MS), [secret])
  assert.deepEqual(await secretsOf(db, new Uint8Array(32), key, NOW_MS), [])
  const fresh = await rotateSecret(db, SECRET, { ...key, untilMs: NOW_MS + DAY_MS })
  assert.deepEqual(await secretsOf(db, SECRET, key, NOW_MS), [fresh?.secret, secret])
  assert.deepEqual(await secretsOf(db, SECRET, key, NOW_MS + DAY_MS), [fresh?.secret])
  const third = await rotateSecret(db, SECRET, { ...key, untilMs: NOW_MS + DAY_MS })
  assert.deepEqual(await secretsOf(db, SECRET, key, NOW_MS), [third?.secret, fresh?.secret])
  assert.ok(!JSON.stringify(await endpointById(db, O1, endpoint.id)).includes('whsec_'))
})

test('of a pair of keys only the public one is shown, a new pair is of the same scheme, and schemes change without a gap', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const made = await createEndpoint(db, SECRET, { organization: O1, url: 'https://hooks.example/', description: '', types: null, scheme: 'v1a', nowMs: NOW_MS })
  assert.ok(made.ok)
  const { endpoint, secret } = made.value
  const key = { organization: O1, id: endpoint.id }
  assert.equal(secret, null)
  assert.match(endpoint.publicKey ?? '', /^whpk_[A-Za-z0-9+/]{43}=$/)
  assert.deepEqual(await endpointById(db, O1, endpoint.id), endpoint)
  const next = await rotateSecret(db, SECRET, { ...key, untilMs: NOW_MS + DAY_MS })
  assert.equal(next?.secret, null)
  assert.notEqual(next?.publicKey, endpoint.publicKey)
  const plain = await rotateSecret(db, SECRET, { ...key, scheme: 'v1', untilMs: NOW_MS + DAY_MS })
  assert.deepEqual([plain?.publicKey, (await endpointById(db, O1, endpoint.id))?.publicKey], [null, null])
  assert.deepEqual((await secretsOf(db, SECRET, key, NOW_MS)).map((each) => each.split('_')[0]), ['whsec', 'whsk'])
})

test('an endpoint goes with its calls, a full organization gets no more of them, and old calls are forgotten', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const { endpoint } = await endpointOf(db)
  const test = (id: string, nowMs: number) => db.write(queueCall, { call: { organization: O1, endpoint: endpoint.id, id, type: 'webhook.test', atMs: nowMs, data: {} }, nowMs })
  assert.equal(await test('i1', NOW_MS - DAY_MS), true)
  assert.equal(await test('i2', NOW_MS), true)
  const calls = await lease(db, endpoint)
  for (const call of calls) await settle(db, call, later(NOW_MS))
  const old = await oldCalls(db, { after: FIRST_CALL, beforeMs: NOW_MS, limit: 10 })
  assert.equal(await db.write(forgetCalls, { calls: old }), 1)
  assert.equal(await db.write(forgetCalls, { calls: old }), 0)
  assert.deepEqual(await oldCalls(db, { after: FIRST_CALL, beforeMs: NOW_MS, limit: 10 }), [])
  assert.deepEqual(await statesOf(db, endpoint), ['waiting'])
  for (let i = 1; i < MAX_ENDPOINTS; i++) await endpointOf(db, { createdMs: NOW_MS + i })
  assert.deepEqual(await createEndpoint(db, SECRET, { organization: O1, url: 'https://a.example/', description: '', types: null, nowMs: NOW_MS }), { ok: false, error: 'too-many' })
  await endpointOf(db, { organization: O2 })
  assert.equal(await removeEndpoint(db, { organization: O1, id: endpoint.id }), 'removed')
  assert.equal(await removeEndpoint(db, { organization: O1, id: endpoint.id }), 'none')
  assert.equal(await test('i3', NOW_MS), false)
  assert.deepEqual(await statesOf(db, endpoint), [])
  assert.equal((await endpointsAfter(db, O1, '')).length, MAX_ENDPOINTS - 1)
})

/** An engine on a database, whose endpoints answer as `post` says. */

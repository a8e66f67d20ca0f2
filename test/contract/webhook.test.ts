import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import type { AccountId, DeliveryId, MessageId, OrganizationId } from '../../src/base/brand.ts'
import { silentLog } from '../../src/base/log.ts'
import type { Event, EventType } from '../../src/core/event/event.ts'
import { catchUp } from '../../src/core/event/follow.ts'
import { sharedLog } from '../../src/core/event/sql-log.ts'
import { appendEvent, readerPosition } from '../../src/core/event/sql.ts'
import { leaseCalls, queueCall, queueCalls, recoverCalls, settleCall, WEBHOOK_READER } from '../../src/core/webhook/sql-call.ts'
import { FIRST_CALL, forgetCalls, oldCalls } from '../../src/core/webhook/sql-old.ts'
import type { PostAnswer, PostRequest } from '../../src/core/webhook/call.ts'
import { type EngineOptions, WebhookEngine } from '../../src/core/webhook/engine.ts'
import type { Attempt, Endpoint, LeasedCall, Outcome } from '../../src/core/webhook/endpoint.ts'
import { CALLS_AT_ONCE, DISABLE_AFTER_MS, MAX_ENDPOINTS } from '../../src/core/webhook/limits.ts'
import { webhookReader } from '../../src/core/webhook/reader.ts'
import { changeEndpoint, createEndpoint, enabledEndpoints, endpointById, endpointsAfter, removeEndpoint, rotateSecret, secretsOf } from '../../src/core/webhook/sql-endpoint.ts'
import { callById, callsBefore, replayCall, replaySince } from '../../src/core/webhook/sql-log.ts'
import { labelsOf } from '../../src/core/send/sql-sent.ts'
import { sqlCalls } from '../../src/core/webhook/sql-store.ts'
import { ANYWHERE } from '../../src/core/outbound/targets.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { write } from '../../src/infra/db/transaction.ts'
import { until } from '../../bench/tool/wait.ts'
import { openTestDatabase } from '../support/database.ts'
import { shownLog } from '../support/events.ts'
import { NOW_MS } from '../support/people.ts'

const O1 = 'o1' as OrganizationId
const O2 = 'o2' as OrganizationId
const SECRET = new Uint8Array(32).fill(7)
const DAY_MS = 86_400_000
const WITHIN_MS = 60_000
const { signal } = new AbortController()

const append = write('test.webhook_event', function* (tx, event: Omit<Event, 'id' | 'position'>) {
  yield* appendEvent(tx, event)
})

const tell = (db: Database, type: EventType, over: Partial<Event> = {}): Promise<void> =>
  db.write(append, { atMs: NOW_MS, organization: O1, account: null, message: 'm1' as MessageId, delivery: 'q1' as DeliveryId, type, version: 1, data: { recipient: 'budi@far.example' }, ...over })

async function endpointOf(db: Database, over: Partial<Pick<Endpoint, 'organization' | 'types' | 'url' | 'createdMs'>> = {}): Promise<{ readonly endpoint: Endpoint; readonly secret: string }> {
  const { organization = O1, types = null, url = 'https://hooks.example/', createdMs: nowMs = NOW_MS } = over
  const made = await createEndpoint(db, SECRET, { organization, url, description: '', types, nowMs })
  assert.ok(made.ok)
  return made.value
}

/** Follows the log to its end. */
async function follow(db: Database, owners: Readonly<Record<string, OrganizationId>> = {}): Promise<void> {
  const reader = webhookReader({ endpoints: () => enabledEndpoints(db), ownerOf: async (account) => owners[account] ?? null, labelsOf: (organization, messages) => labelsOf(db, organization, messages), queue: (args) => db.write(queueCalls, args), clock: { nowMs: () => NOW_MS } })
  await catchUp(shownLog(db), reader, signal)
}

const lease = (db: Database, { id: endpoint, organization }: Endpoint, { holder = 'n1', limit = 10, nowMs = NOW_MS } = {}): Promise<readonly LeasedCall[]> => db.write(leaseCalls, { organization, endpoint, holder, limit, nowMs })

const ATTEMPT: Attempt = { atMs: NOW_MS, durationMs: 12, status: 500, error: 'it answered 500', response: 'oops' }
const GOOD: Attempt = { ...ATTEMPT, status: 200, error: null, response: 'ok' }
const DELIVERED: Outcome = { kind: 'delivered' }
const later = (dueMs: number, pausedUntilMs: number | null = null): Outcome => ({ kind: 'retry', dueMs, pausedUntilMs })

const settle = (db: Database, call: LeasedCall, outcome: Outcome, { nowMs = NOW_MS, holder = 'n1' } = {}): Promise<string> => db.write(settleCall, { call, holder, attempt: outcome.kind === 'delivered' ? GOOD : ATTEMPT, outcome, nowMs })

const statesOf = async (db: Database, { organization, id: endpoint }: Endpoint): Promise<readonly string[]> => (await callsBefore(db, { organization, endpoint, state: '', type: '' }, '', 100)).map(({ state }) => state).toReversed()

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

test('a call has one holder at a time, the longest waiting first', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const { endpoint } = await endpointOf(db)
  for (let i = 0; i < 30; i++) await tell(db, 'delivery.queued', { data: { recipient: `r${i}@far.example` } })
  await follow(db)
  const other = await opened.another()
  const taken = await Promise.all([lease(db, endpoint, { limit: 10 }), lease(other, endpoint, { holder: 'n2', limit: 10 })])
  const ids = taken.flat().map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length)
  const rest = await lease(db, endpoint, { limit: 100 })
  assert.equal(ids.length + rest.length, 30)
  const order = [...taken[0], ...rest].map(({ body }) => (JSON.parse(body) as { sequence: number }).sequence)
  assert.deepEqual(order, order.toSorted((a, b) => a - b))
})

test('a failed try waits for its time, then goes with the same id and body', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const { endpoint } = await endpointOf(db)
  await tell(db, 'delivery.queued')
  await follow(db)
  const [first] = await lease(db, endpoint)
  assert.ok(first !== undefined)
  assert.equal(await settle(db, first, later(NOW_MS + 5_000)), 'settled')
  assert.equal(await settle(db, first, DELIVERED), 'lost')
  assert.deepEqual(await lease(db, endpoint, { nowMs: NOW_MS + 4_999 }), [])
  const [second] = await lease(db, endpoint, { nowMs: NOW_MS + 5_000 })
  assert.deepEqual(second, { ...first, tries: 1 })
  assert.equal((await endpointById(db, O1, endpoint.id))?.failingSinceMs, NOW_MS)
  assert.equal(await settle(db, first, DELIVERED, { nowMs: NOW_MS + 5_000 }), 'settled')
  assert.equal((await endpointById(db, O1, endpoint.id))?.failingSinceMs, null)
  const shown = await callById(db, { organization: O1, endpoint: endpoint.id, id: first.id })
  assert.deepEqual([shown?.state, shown?.attempts, shown?.tries.map(({ status }) => status), shown?.last], ['delivered', 2, [200, 500], GOOD])
})

test('what a dead holder had taken comes back with the same id, and its late answer changes nothing', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const { endpoint } = await endpointOf(db)
  await tell(db, 'delivery.queued')
  await follow(db)
  const [taken] = await lease(db, endpoint, { holder: 'dead' })
  assert.ok(taken !== undefined)
  assert.equal(await db.write(recoverCalls, { holder: 'dead' }), 0)
  assert.equal(await db.write(recoverCalls, { holder: 'n1' }), 1)
  assert.deepEqual(await lease(db, endpoint), [taken])
  assert.equal(await settle(db, taken, DELIVERED, { holder: 'dead' }), 'lost')
  assert.equal(await settle(db, taken, DELIVERED), 'settled')
})

test('an endpoint that asks for time, or has failed for a while, is left alone with all its calls', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const { endpoint } = await endpointOf(db)
  for (let i = 0; i < 3; i++) await tell(db, 'delivery.queued')
  await follow(db)
  const [one] = await lease(db, endpoint, { limit: 1 })
  assert.ok(one !== undefined)
  await settle(db, one, later(NOW_MS + 60_000, NOW_MS + 60_000))
  assert.deepEqual(await lease(db, endpoint, { nowMs: NOW_MS + 59_999 }), [])
  const [two] = await lease(db, endpoint, { limit: 1, nowMs: NOW_MS + 60_000 })
  assert.ok(two !== undefined)
  await settle(db, two, later(NOW_MS + 65_000), { nowMs: NOW_MS + 60_000 }) // Failing for a minute: a pause of six seconds.
  assert.deepEqual(await lease(db, endpoint, { nowMs: NOW_MS + 65_999 }), [])
  assert.equal((await lease(db, endpoint, { nowMs: NOW_MS + 66_000 })).length, 3)
})

test('410 switches an endpoint off at once, days of failure do, and both are events', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const { endpoint: gone } = await endpointOf(db, { types: ['email.queued'] })
  const { endpoint: dead } = await endpointOf(db, { types: ['email.queued'] })
  const { endpoint: watching } = await endpointOf(db, { types: ['webhook.disabled'] })
  await tell(db, 'delivery.queued')
  await follow(db)
  const [first] = await lease(db, gone)
  const [second] = await lease(db, dead)
  assert.ok(first !== undefined && second !== undefined)
  await settle(db, first, { kind: 'failed', gone: true })
  await settle(db, second, later(NOW_MS + DISABLE_AFTER_MS))
  const end = { nowMs: NOW_MS + DISABLE_AFTER_MS }
  const [again] = await lease(db, dead, end)
  assert.ok(again !== undefined)
  await settle(db, again, later(end.nowMs + DAY_MS), end)
  const seen = async ({ id }: Endpoint): Promise<unknown> => (await endpointById(db, O1, id))?.reason
  assert.deepEqual([await seen(gone), await seen(dead), await seen(watching)], ['gone', 'failing', null])
  assert.deepEqual(await lease(db, dead, { nowMs: end.nowMs + DAY_MS }), [])
  await follow(db)
  assert.deepEqual((await lease(db, watching)).map(({ body }) => (JSON.parse(body) as { data: unknown }).data), [{ webhook_id: gone.id, url: gone.url, reason: 'gone' }, { webhook_id: dead.id, url: dead.url, reason: 'failing' }])
  // Switched on again it goes on where it was, and its failures are forgotten.
  assert.equal(await changeEndpoint(db, { ...dead, state: 'enabled', nowMs: end.nowMs }), true)
  assert.deepEqual([(await endpointById(db, O1, dead.id))?.failingSinceMs, (await lease(db, dead, { nowMs: end.nowMs + DAY_MS })).length], [null, 1])
})

test('a call is sent again with the same id, one or all since a time', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const { endpoint } = await endpointOf(db)
  for (let i = 0; i < 3; i++) await tell(db, 'delivery.queued')
  await follow(db)
  const calls = await lease(db, endpoint)
  const [one, two, three] = calls
  assert.ok(one !== undefined && two !== undefined && three !== undefined)
  const replay = ({ id }: LeasedCall) => db.write(replayCall, { organization: O1, endpoint: endpoint.id, id, nowMs: NOW_MS })
  assert.equal(await replay(one), false) // It is being made.
  await settle(db, one, DELIVERED)
  await settle(db, two, { kind: 'failed', gone: false })
  await settle(db, three, DELIVERED)
  assert.deepEqual((await statesOf(db, endpoint)).toSorted(), ['delivered', 'delivered', 'failed'])
  assert.equal(await replay(one), true)
  assert.deepEqual((await lease(db, endpoint)).map(({ id, body, tries }) => [id, body, tries]), [[one.id, one.body, 0]])
  const since = (sinceMs: number, which: 'failed' | 'all'): Promise<number> => replaySince(db, { organization: O1, endpoint: endpoint.id, sinceMs, which, nowMs: NOW_MS })
  assert.equal(await since(NOW_MS + 1, 'all'), 0)
  assert.equal(await since(NOW_MS, 'failed'), 1)
  assert.equal(await since(NOW_MS, 'all'), 1)
  assert.deepEqual((await lease(db, endpoint)).map(({ id }) => id).toSorted(), [two.id, three.id].toSorted())
})

test('a secret is kept sealed, shown once, and the one before it signs until its time is over', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const { endpoint, secret } = await endpointOf(db)
  const key = { organization: O1, id: endpoint.id }
  assert.deepEqual(await secretsOf(db, SECRET, key, NOW_MS), [secret])
  assert.deepEqual(await secretsOf(db, new Uint8Array(32), key, NOW_MS), [])
  const fresh = await rotateSecret(db, SECRET, { ...key, untilMs: NOW_MS + DAY_MS })
  assert.deepEqual(await secretsOf(db, SECRET, key, NOW_MS), [fresh, secret])
  assert.deepEqual(await secretsOf(db, SECRET, key, NOW_MS + DAY_MS), [fresh])
  const third = await rotateSecret(db, SECRET, { ...key, untilMs: NOW_MS + DAY_MS })
  assert.deepEqual(await secretsOf(db, SECRET, key, NOW_MS), [third, fresh])
  assert.ok(!JSON.stringify(await endpointById(db, O1, endpoint.id)).includes('whsec_'))
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
function engineOn(db: Database, post: (request: PostRequest, signal: AbortSignal) => Promise<PostAnswer>, holder = 'n1'): WebhookEngine {
  const clock = { nowMs: Date.now }
  const options: EngineOptions = {
    store: sqlCalls({ db, events: sharedLog(db, clock), holder, secret: SECRET, clock }),
    post,
    ask: async (name) => ({ kind: 'found', records: ['192.0.1.1'], name, aliases: [], authentic: false, ttlMs: 1, stale: false }),
    bodyOf: async ({ body }) => body,
    rules: { allowed: ANYWHERE, plain: 'refused' },
    userAgent: 'test',
    clock,
    chance: () => 0,
    log: silentLog,
    tried() {},
    lag() {},
  }
  return new WebhookEngine(options)
}

const ANSWER: PostAnswer = { kind: 'answered', status: 200, retryAfter: null, bytes: new Uint8Array(0) }

test('an endpoint that never answers keeps nobody else waiting, and holds no more than its calls at a time', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const { endpoint: mute } = await endpointOf(db, { url: 'https://mute.example/' })
  const { endpoint: good, secret } = await endpointOf(db, { organization: O2, url: 'https://good.example/' })
  const heard: PostRequest[] = []
  const waiting: PostRequest[] = []
  const engine = engineOn(db, async (request, within) => {
    if (request.url.hostname === 'good.example') {
      heard.push(request)
      return ANSWER
    }
    waiting.push(request)
    return await new Promise((resolve) => within.addEventListener('abort', () => resolve({ kind: 'failed', why: 'aborted' })))
  })
  engine.start()
  try {
    for (let i = 0; i < 3 * CALLS_AT_ONCE; i++) await tell(db, 'delivery.queued')
    for (let i = 0; i < 3 * CALLS_AT_ONCE; i++) await tell(db, 'delivery.queued', { organization: O2 })
    await until('calls', () => heard.length === 3 * CALLS_AT_ONCE && waiting.length === CALLS_AT_ONCE, WITHIN_MS)
    await until('all to be written down', async () => (await statesOf(db, good)).every((state) => state === 'delivered'), WITHIN_MS)
  } finally {
    await engine.stop()
  }
  for (const { headers, body } of heard) assert.equal((new Webhook(secret).verify(body, { ...headers }) as { type: string }).type, 'email.queued')
  assert.equal(new Set(heard.map(({ headers }) => headers['webhook-id'])).size, heard.length)
  assert.equal(waiting.length, CALLS_AT_ONCE)
  assert.equal((await statesOf(db, mute)).filter((state) => state === 'calling').length, 3 * CALLS_AT_ONCE) // Taken together; whoever is next makes them.
})

test('an endpoint that fails is not called with all that was taken for it: the rest waits, and one call at a time tries again', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const { endpoint } = await endpointOf(db)
  let calls = 0
  const engine = engineOn(db, async (_request, within) => {
    calls += 1
    if (calls <= CALLS_AT_ONCE) return { ...ANSWER, status: 503 }
    return await new Promise((resolve) => within.addEventListener('abort', () => resolve({ kind: 'failed', why: 'aborted' })))
  })
  for (let i = 0; i < 3 * CALLS_AT_ONCE; i++) await tell(db, 'delivery.queued')
  engine.start()
  try {
    const calling = async (): Promise<number> => (await statesOf(db, endpoint)).filter((state) => state === 'calling').length
    await until('one call alone', async () => calls === CALLS_AT_ONCE + 1 && (await calling()) === 1, WITHIN_MS)
  } finally {
    await engine.stop()
  }
})

test('calls that a stop cut short are made by the next engine, with the same ids, and it is not counted against them', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const { endpoint } = await endpointOf(db)
  const cut: (string | undefined)[] = []
  const first = engineOn(db, async ({ headers }, within) => {
    cut.push(headers['webhook-id'])
    return await new Promise((resolve) => within.addEventListener('abort', () => resolve({ kind: 'failed', why: 'aborted' })))
  })
  first.start()
  await tell(db, 'delivery.queued')
  await tell(db, 'delivery.bounced')
  await until('both calls', () => cut.length === 2, WITHIN_MS)
  await first.stop()
  const made: (string | undefined)[] = []
  const second = engineOn(await opened.another(), async ({ headers }) => {
    made.push(headers['webhook-id'])
    return ANSWER
  }, 'n2')
  second.start()
  await until('both to be made', async () => (await statesOf(db, endpoint)).every((state) => state === 'delivered'), WITHIN_MS)
  await second.stop()
  assert.deepEqual(made.toSorted(), cut.toSorted())
  assert.deepEqual((await callsBefore(db, { organization: O1, endpoint: endpoint.id, state: '', type: '' }, '', 10)).map(({ attempts }) => attempts), [1, 1])
  assert.notEqual(await readerPosition(db, WEBHOOK_READER), '')
})

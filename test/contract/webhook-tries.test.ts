import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { silentLog } from '../../src/base/log.ts'
import { sharedLog } from '../../src/core/event/sql-log.ts'
import { readerPosition } from '../../src/core/event/sql.ts'
import { recoverCalls, WEBHOOK_READER } from '../../src/core/webhook/sql-call.ts'
import type { PostAnswer, PostRequest } from '../../src/core/webhook/call.ts'
import { type EngineOptions, WebhookEngine } from '../../src/core/webhook/engine.ts'
import type { Endpoint, LeasedCall } from '../../src/core/webhook/endpoint.ts'
import { CALLS_AT_ONCE, DISABLE_AFTER_MS } from '../../src/core/webhook/limits.ts'
import { changeEndpoint, endpointById } from '../../src/core/webhook/sql-endpoint.ts'
import { callById, callsBefore, replayCall, replaySince } from '../../src/core/webhook/sql-log.ts'
import { sqlCalls } from '../../src/core/webhook/sql-store.ts'
import { ANYWHERE } from '../../src/core/outbound/targets.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { until } from '../../bench/tool/wait.ts'
import { openTestDatabase } from '../support/database.ts'
import { NOW_MS } from '../support/people.ts'
import { DELIVERED, endpointOf, follow, GOOD, later, lease, O1, O2, SECRET, settle, statesOf, tell } from '../support/webhook-calls.ts'

const DAY_MS = 86_400_000
const WITHIN_MS = 60_000

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
  let [held, most] = [0, 0]
  const engine = engineOn(db, async (request, within) => {
    if (request.url.hostname === 'good.example') {
      heard.push(request)
      return ANSWER
    }
    most = Math.max(most, ++held)
    return await new Promise((resolve) => within.addEventListener('abort', () => (held--, resolve({ kind: 'failed', why: 'aborted' }))))
  })
  engine.start()
  try {
    for (let i = 0; i < 3 * CALLS_AT_ONCE; i++) await tell(db, 'delivery.queued')
    for (let i = 0; i < 3 * CALLS_AT_ONCE; i++) await tell(db, 'delivery.queued', { organization: O2 })
    await until('calls', () => heard.length >= 3 * CALLS_AT_ONCE && most === CALLS_AT_ONCE, WITHIN_MS)
    await until('all to be written down', async () => (await statesOf(db, good)).every((state) => state === 'delivered'), WITHIN_MS)
  } finally {
    await engine.stop()
  }
  for (const { headers, body } of heard) assert.equal((new Webhook(secret).verify(body, { ...headers }) as { type: string }).type, 'email.queued')
  assert.equal(new Set(heard.map(({ headers }) => headers['webhook-id'])).size, heard.length)
  assert.deepEqual([most, held], [CALLS_AT_ONCE, 0])
  assert.equal((await statesOf(db, mute)).filter((state) => state !== 'delivered').length, 3 * CALLS_AT_ONCE) // Whoever is next makes them.
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

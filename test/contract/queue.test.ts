import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import test from 'node:test'
import { Handover } from '../../src/app/handover.ts'
import { watchDepth } from '../../src/app/job/depth.ts'
import type { DeliveryId, Domain, MessageId, OrganizationId } from '../../src/base/brand.ts'
import { makeId } from '../../src/base/ids.ts'
import { deliver } from '../../src/core/local/sql.ts'
import { alarmed } from '../../src/core/queue/alarm.ts'
import type { LastAnswer, LeasedDelivery, NewDelivery, Outcome } from '../../src/core/queue/delivery.ts'
import { answerAlarms, ringing } from '../../src/core/queue/sql-alarm.ts'
import { lease, leaseHolders, recover, waitingLanes } from '../../src/core/queue/sql-lease.ts'
import { queueDepth } from '../../src/core/queue/sql-depth.ts'
import { storedMessage } from '../../src/core/queue/sql-message.ts'
import { purgeSettled } from '../../src/core/queue/sql-purge.ts'
import { deliveriesAfter } from '../../src/core/queue/sql.ts'
import { operateAll } from '../../src/core/queue/operate-all.ts'
import { deliveriesPage, deliveryById } from '../../src/core/queue/sql-find.ts'
import { ANY_DELIVERY, countMeant } from '../../src/core/queue/sql-operate.ts'
import { lanesOfSite } from '../../src/core/queue/sql-site.ts'
import { settle } from '../../src/core/queue/sql-settle.ts'
import { stopSite } from '../../src/core/pool/sql-stop.ts'
import { Metrics, render } from '../../src/infra/observe/metrics.ts'
import { putRelayDomain } from '../../src/core/route/sql-relay.ts'
import { suppress } from '../../src/core/suppression/sql.ts'
import type { Suppression } from '../../src/core/suppression/suppression.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { openTestDatabase } from '../support/database.ts'
import { shownEvents } from '../support/events.ts'

const NOW = 1_800_000_000_000
const HOUR = 3_600_000
const ANSWER: LastAnswer = { status: '4.7.1', text: '451 4.7.1 Later', host: 'mx.far.example', atMs: NOW }

const WISHES = { ret: null, envid: null, notify: [], orcpt: null, body: null, smtputf8: false, requireTls: false, tlsOptional: false } as const

/** Queues a message to recipients `<name>@<lane>`, for an organization. */
async function queue(db: Database, over: Partial<Omit<NewDelivery, 'organization'>> & { readonly organization?: string; readonly names?: readonly string[] } = {}): Promise<MessageId> {
  const { organization = 'o1', names = ['budi'], ...own } = over
  const message = makeId('m', NOW) as MessageId
  const lane = over.lane ?? 'far.example'
  const deliveries = names.map((name): NewDelivery => ({
    id: makeId('q', NOW) as DeliveryId,
    account: null,
    sender: 'ani@home.example',
    recipient: `${name}@${lane}`,
    domain: lane,
    route: 'remote',
    stream: 'submission',
    priority: 1,
    site: lane,
    lane,
    state: 'queued',
    dueMs: NOW,
    expiresMs: NOW + 120 * HOUR,
    alarmMs: NOW + 4 * HOUR,
    wishes: WISHES,
    view: { prefix: 'Received: x\r\n', skips: [] },
    ...own,
  }))
  const bytes = new TextEncoder().encode('Subject: x\r\n\r\nx\r\n')
  const stored = { id: message, size: bytes.length, digest: randomBytes(32), location: { kind: 'inline', bytes } } as const
  await db.write(deliver, { organization: organization as OrganizationId, message: stored, recipients: [], deliveries, nowMs: NOW, told: {} })
  return message
}

const take = (db: Database, over: { readonly lane?: string; readonly holder?: string; readonly limit?: number; readonly nowMs?: number } = {}): Promise<readonly LeasedDelivery[]> =>
  db.write(lease, { lane: 'far.example', holder: 'h1', limit: 100, nowMs: NOW, ...over })

const end = (db: Database, deliveries: readonly LeasedDelivery[], outcome: Outcome, holder = 'h1'): Promise<number> =>
  db.write(settle, { holder, settled: deliveries.map((delivery) => ({ delivery, outcome })), site: 'mx.far.example', story: { tries: [] }, nowMs: NOW })

const deferred = (dueMs: number): Outcome => ({ kind: 'deferred', answer: ANSWER, dueMs, counted: true, possibleDuplicate: false })

test('a delivery is taken once, and comes back when it was put off', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await queue(db, { names: ['budi', 'cici'] })
  const taken = await take(db)
  assert.deepEqual(taken.map(({ recipient }) => recipient).toSorted(), ['budi@far.example', 'cici@far.example'])
  assert.deepEqual(await take(db, { holder: 'h2' }), [])
  assert.equal(await end(db, taken, deferred(NOW + HOUR)), 2)
  assert.deepEqual(await take(db), [])
  const again = await take(db, { nowMs: NOW + HOUR })
  assert.deepEqual(again.map(({ attempts, last }) => [attempts, last?.text]), [[1, ANSWER.text], [1, ANSWER.text]])
})

test('what is settled is settled once, with an event each, and only by who holds it', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await queue(db)
  const taken = await take(db)
  assert.equal(await end(db, taken, { kind: 'delivered', answer: ANSWER }, 'h2'), 0)
  assert.equal(await end(db, taken, { kind: 'delivered', answer: ANSWER }), 1)
  assert.equal(await end(db, taken, { kind: 'failed', answer: ANSWER }), 0)
  const types = (await shownEvents(db)).map(({ type }) => type)
  assert.deepEqual(types, ['mail.arrived', 'delivery.queued', 'delivery.delivered'])
})

test('an event tells from which address a try went, and that a turn that was cut short was no try', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await queue(db)
  const cutShort: Outcome = { kind: 'deferred', answer: ANSWER, dueMs: NOW, counted: false, possibleDuplicate: false }
  await end(db, await take(db), cutShort)
  await end(db, await take(db), { kind: 'delivered', answer: { ...ANSWER, source: 'ip-1' } })
  const told = (await shownEvents(db)).slice(2).map(({ type, data }) => {
    const { counted, source, attempt } = data as { readonly counted?: boolean; readonly source?: string; readonly attempt: number }
    return [type, counted, source, attempt]
  })
  assert.deepEqual(told, [['delivery.deferred', false, undefined, 1], ['delivery.delivered', undefined, 'ip-1', 1]])
})

test('what programs send to a suppressed recipient is settled when it is queued, and when it was queued before; what people write goes', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const stop = (organization: string, scope: Suppression['scope']): Promise<void> =>
    db.write(suppress, { organization: organization as OrganizationId | '', address: 'BUDI@far.example', scope, category: 'bad-mailbox', reason: '550 gone', delivery: null, createdMs: NOW, expiresMs: null, lockedMs: null })
  await queue(db, { priority: 0, id: 'q-transactional-old---' as DeliveryId })
  await stop('o1', 'all')
  await queue(db, { priority: 2 })
  await queue(db, { priority: 1 })
  await queue(db, { priority: 0, organization: 'o2' })
  await queue(db, { priority: 0, names: ['cici'] })
  const going = (await take(db)).map(({ priority, organization, recipient }) => `${priority} ${organization} ${recipient}`)
  assert.deepEqual(going, ['0 o1 cici@far.example', '0 o2 budi@far.example', '1 o1 budi@far.example'])
  await stop('', 'broadcast')
  await queue(db, { priority: 2, organization: 'o2' })
  assert.deepEqual(await take(db), [])
  const stopped = (await shownEvents(db)).filter(({ type }) => type === 'delivery.suppressed')
  assert.deepEqual(stopped.map(({ organization, data }) => [organization, (data as { category: string }).category]), [['o1', 'bad-mailbox'], ['o1', 'bad-mailbox'], ['o2', 'bad-mailbox']])
  assert.equal((await deliveryById(db, 'q-transactional-old---' as DeliveryId))?.state, 'suppressed')
})

test('higher priorities go first, and organizations of one priority take turns', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  for (let i = 0; i < 10; i++) await queue(db, { priority: 2, organization: 'o1' })
  for (let i = 0; i < 3; i++) await queue(db, { priority: 2, organization: 'o2' })
  await queue(db, { priority: 0, organization: 'o3' })
  const first = await take(db, { limit: 7 })
  assert.deepEqual(first.map(({ organization }) => organization), ['o3', 'o1', 'o1', 'o1', 'o2', 'o2', 'o2'])
  assert.equal((await take(db, { limit: 100 })).length, 7)
})

test('domains that wait are found with the time of their first delivery, local ones not', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await queue(db, { lane: 'b.example', dueMs: NOW + HOUR })
  await queue(db, { lane: 'b.example', dueMs: NOW + 5, organization: 'o2' })
  await queue(db, { lane: 'a.example' })
  await queue(db, { lane: 'local', route: 'local' })
  assert.deepEqual(await waitingLanes(db, ''), { lanes: [{ lane: 'a.example', dueMs: NOW }, { lane: 'b.example', dueMs: NOW + 5 }], next: null })
  assert.deepEqual((await waitingLanes(db, 'a.example')).lanes.map(({ lane }) => lane), ['b.example'])
})

test('what a dead sender held is given back, and may have been sent', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await queue(db)
  await take(db, { holder: 'dead' })
  assert.deepEqual(await leaseHolders(db), ['dead'])
  assert.equal(await db.write(recover, { holder: 'dead' }), 1)
  assert.deepEqual((await take(db)).map(({ possibleDuplicate }) => possibleDuplicate), [true])
})

test('what was given back untouched is as it was', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await queue(db)
  await end(db, await take(db), { kind: 'returned' })
  assert.deepEqual((await take(db)).map(({ attempts, possibleDuplicate }) => [attempts, possibleDuplicate]), [[0, false]])
})

test('the sender hears of a delay, again, and then of the end', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await queue(db)
  await end(db, await take(db), deferred(NOW + 8 * HOUR))
  const heard: string[] = []
  for (const hours of [3, 4, 5, 48, 119, 120, 121]) {
    const nowMs = NOW + hours * HOUR
    const due = await ringing(db, nowMs)
    await db.write(answerAlarms, { alarmed: due.map((delivery) => alarmed(delivery, nowMs)), nowMs })
    heard.push(...due.map(() => `${hours} h`))
  }
  assert.deepEqual(heard, ['4 h', '48 h', '120 h'])
  const events = (await shownEvents(db)).slice(3)
  assert.deepEqual(events.map(({ type }) => type), ['delivery.delayed', 'delivery.delayed', 'delivery.failed'])
  assert.match(JSON.stringify(events.at(-1)?.data), /"status":"4\.4\.7".*451 4\.7\.1 Later/)
})

test('deliveries that were settled long ago go, and the message with the last of them', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const message = await queue(db, { names: ['budi', 'cici'] })
  const [first, second] = await take(db)
  assert.ok(first && second)
  await end(db, [first], { kind: 'delivered', answer: ANSWER })
  assert.equal(await db.write(purgeSettled, { beforeMs: NOW, nowMs: NOW }), 0)
  assert.equal(await db.write(purgeSettled, { beforeMs: NOW + 1, nowMs: NOW }), 1)
  assert.notEqual(await storedMessage(db, message), null)
  await end(db, [second], { kind: 'failed', answer: ANSWER })
  assert.equal(await db.write(purgeSettled, { beforeMs: NOW + 1, nowMs: NOW }), 1)
  assert.equal(await storedMessage(db, message), null)
})

test('of a domain that we keep mail for one delivery is tried each minute, and when it has arrived all others go', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const name = 'far.example' as Domain
  await db.write(putRelayDomain, { name, organization: 'o1' as OrganizationId, hosts: [], etrnFrom: [], recipients: 'any', spoolMs: 7 * 24 * HOUR, nowMs: NOW })
  await queue(db, { names: ['budi', 'cici', 'dodi'], stream: 'backup', dueMs: NOW + HOUR })
  const clock = { ms: NOW, nowMs: () => clock.ms }
  const hints: string[] = []
  const handover = new Handover({ db, clock, queued: (lane) => hints.push(lane) })
  await handover.look()
  const [probe, ...more] = await take(db)
  assert.ok(probe !== undefined)
  assert.deepEqual([more, hints], [[], ['far.example']])
  await end(db, [probe], deferred(NOW + HOUR))
  await handover.look()
  assert.deepEqual(await take(db), [])
  clock.ms = NOW + 60_000
  await handover.look()
  const again = await take(db, { nowMs: clock.ms })
  assert.equal(again.length, 1)
  await end(db, again, { kind: 'delivered', answer: ANSWER })
  await handover.look()
  assert.equal((await take(db, { nowMs: clock.ms })).length, 2)
})

test('a site is what was tried there last, and new mail to domains that are served there', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  for (const lane of ['far.example', 'near.example', 'else.example']) await queue(db, { lane, names: ['budi'] })
  const tried = [...(await take(db)), ...(await take(db, { lane: 'near.example' }))]
  await db.write(settle, { settled: tried.map((delivery) => ({ delivery, outcome: deferred(NOW + HOUR) })), holder: 'h1', site: 'mx-1', nowMs: NOW, story: { tries: [] } })
  await queue(db, { names: ['cici'] })
  const selection = { ...ANY_DELIVERY, site: 'mx-1' }
  assert.equal(await countMeant(db, 'hold', selection), 3)
  assert.deepEqual((await deliveriesAfter(db, '', await lanesOfSite(db, 'mx-1'))).map(({ recipient }) => recipient).toSorted(), ['budi@far.example', 'budi@near.example', 'cici@far.example'])
  const page = await deliveriesPage(db, { organization: 'o1', state: '', lane: '', site: 'mx-1', sender: '', recipient: '', message: '', after: '', limit: 10 })
  assert.equal(page.length, 3)
  assert.equal(await operateAll(db, { operation: 'hold', selection, by: 'test', nowMs: NOW }), 3)
  assert.equal(await countMeant(db, 'hold', { ...selection, site: '' }), 1)
  assert.equal(await countMeant(db, 'release', { ...selection, lane: 'near.example' }), 1)
})

test('what checks hold is let go by an operator, and by nobody who may only release what was held by hand', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const message = await queue(db, { names: ['budi', 'cici'], heldFor: 'brand: Bank Contoh' })
  await queue(db, { names: ['dodi'] })
  await operateAll(db, { operation: 'hold', selection: { ...ANY_DELIVERY, recipient: 'dodi@far.example' }, by: 'test', nowMs: NOW })
  const held = (await shownEvents(db)).filter(({ type }) => type === 'delivery.held').map(({ data }) => data as { readonly recipient: string; readonly by: string; readonly why?: string })
  assert.deepEqual(held.map(({ recipient, by, why }) => [recipient, by, why]).toSorted(), [['budi@far.example', 'checks', 'brand: Bank Contoh'], ['cici@far.example', 'checks', 'brand: Bank Contoh'], ['dodi@far.example', 'test', undefined]])
  assert.equal(await operateAll(db, { operation: 'release', selection: { ...ANY_DELIVERY, held: 'by-hand' }, by: 'key k1', nowMs: NOW }), 1)
  const waiting = async (): Promise<readonly (readonly unknown[])[]> => (await deliveriesAfter(db, '')).toSorted((a, b) => (a.recipient < b.recipient ? -1 : 1)).map(({ recipient, state, heldFor, dueMs }) => [recipient, state, heldFor, dueMs])
  assert.deepEqual(await waiting(), [
    ['budi@far.example', 'held', 'brand: Bank Contoh', NOW], ['cici@far.example', 'held', 'brand: Bank Contoh', NOW], ['dodi@far.example', 'queued', null, NOW],
  ])
  assert.equal(await operateAll(db, { operation: 'release', selection: { ...ANY_DELIVERY, message }, by: 'merpati queue', nowMs: NOW + HOUR }), 2)
  assert.deepEqual(await waiting(), [['budi@far.example', 'queued', null, NOW + HOUR], ['cici@far.example', 'queued', null, NOW + HOUR], ['dodi@far.example', 'queued', null, NOW]])
})

test('what is released before its time still waits for it, and a house that keeps its mail keeps it', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await queue(db, { names: ['budi'], state: 'captured', heldFor: 'score 9.0: GTUBE', dueMs: NOW + HOUR })
  assert.equal(await operateAll(db, { operation: 'release', selection: ANY_DELIVERY, by: 'test', nowMs: NOW }), 1)
  assert.deepEqual((await deliveriesAfter(db, '')).map(({ state, dueMs }) => [state, dueMs]), [['captured', NOW + HOUR]])
})

test('the metrics tell what waits, what is being tried, and what is stopped, and 0 when nothing is any more', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const metrics = new Metrics()
  const clock = { nowMs: () => NOW }
  const look = watchDepth({ db, metrics, clock })
  const told = async (): Promise<readonly string[]> => {
    await look()
    return (await render([await metrics.snapshot()])).split('\n').filter((line) => line.startsWith('merpati_') && !line.endsWith(' 0')).toSorted()
  }
  assert.deepEqual(await told(), [])
  await queue(db, { names: ['a', 'b', 'c'], lane: 'far.example' })
  assert.equal((await take(db, { limit: 1 })).length, 1)
  await stopSite(db, { id: 'x1', site: 'gmail', organization: null, covers: 'all', reason: 'x', untilMs: NOW + HOUR, nowMs: NOW })
  assert.deepEqual(await told(), ['merpati_queue_deliveries{provider="other"} 2', 'merpati_queue_leased 1', 'merpati_suspensions{what="suspend"} 1'])
  clock.nowMs = () => NOW + HOUR
  assert.deepEqual((await told()).filter((line) => line.startsWith('merpati_suspensions')), [])
})

test('what waits is counted by the provider that tries found, or that the domain tells, and all else as other', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  assert.deepEqual([...(await queueDepth(db))], [['other', 0]])
  await queue(db, { names: ['a', 'b'], lane: 'kantor.example' })
  await queue(db, { names: ['c'], lane: 'kantor.example', site: 'gmail', dueMs: NOW + HOUR }) // One of them was tried.
  await queue(db, { names: ['d'], lane: 'telkom.net' })
  await queue(db, { names: ['e', 'f'], lane: 'far.example', site: 'mx-0123456789abcdef' })
  await queue(db, { names: ['g'], lane: 'near.example', heldFor: 'brand: Bank Contoh' })
  assert.deepEqual(Object.fromEntries(await queueDepth(db)), { gmail: 3, 'id-telkom': 1, other: 2 })
})

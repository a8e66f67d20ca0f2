import assert from 'node:assert/strict'
import { test } from 'node:test'
import { removeOld } from '../../src/app/job/retention.ts'
import type { AccountId, DeliveryId, MessageId, OrganizationId } from '../../src/base/brand.ts'
import { DAY_MS } from '../../src/base/duration.ts'
import type { AuditEntry } from '../../src/core/audit/entry.ts'
import { entriesBefore, FIRST_ENTRY, putAudit } from '../../src/core/audit/sql.ts'
import { messagesAfter, recount as recountStore } from '../../src/core/mailbox/sql-verify.ts'
import { queueCall } from '../../src/core/webhook/sql-call.ts'
import { createEndpoint } from '../../src/core/webhook/sql-endpoint.ts'
import { FIRST_CALL, oldCalls } from '../../src/core/webhook/sql-old.ts'
import { purgeOld } from '../../src/app/job/purge.ts'
import { silentLog } from '../../src/base/log.ts'
import type { NewEvent } from '../../src/core/event/event.ts'
import { advanceReader, eventsAfter } from '../../src/core/event/sql.ts'
import { fillTraceIndex, trace } from '../../src/core/event/sql-trace.ts'
import { allowDays, chooseDays } from '../../src/core/retention/sql.ts'
import { type Days, USUAL_DAYS } from '../../src/core/retention/terms.ts'
import { forgetStats } from '../../src/core/stats/sql-count.ts'
import { countedTo, fillStats } from '../../src/core/stats/sql-follow.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { tx, type Work, write, writeNamed } from '../../src/infra/db/transaction.ts'
import { Metrics } from '../../src/infra/observe/metrics.ts'
import { openApiHouse } from '../support/api-house.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { LOOKS, shownEvents } from '../support/events.ts'
import { NOW_MS } from '../support/people.ts'
import { storedStats } from '../support/sql-stats.ts'
import { appendStatsLog, fillAll, sortedRows } from '../support/stats-fill.ts'
import { randomLog } from '../support/stats-log.ts'
import { recount } from '../support/stats-recount.ts'

const START_MS = Math.floor(NOW_MS / DAY_MS) * DAY_MS
const READERS = ['trace', 'notice', 'suppression', 'sending', 'bayes', 'pretend', 'standing', 'owner-notice', 'webhook']
const { signal } = new AbortController()

const KEYS = statement<Record<never, never>, { n: number }>('SELECT CAST(count(*) AS INTEGER) AS n FROM trace_key')

const HOLD = statement<{ id: string; by: number }>('UPDATE message SET refs = refs + $by WHERE id = $id')

/** Something else holds a message, or does no more. */
const hold = write('test.hold', function* (tx, args: { readonly id: string; readonly by: number }): Work<void> {
  yield* tx.run(HOLD, args)
})

const appended = write('test.audit_entry', function* (tx, { organization, id, atMs }: Pick<AuditEntry, 'organization' | 'id' | 'atMs'>): Work<void> {
  yield* putAudit(tx, { organization, id, atMs, actorKind: 'operator', actor: 'root', action: 'x', object: null, asked: null, before: null, after: null, address: null, request: null, outcome: 'done' })
})

/** Another write, broken off after so many of its statements. */
const cut = write('test.cut_off', function* (_, { name, args, after }: { readonly name: string; readonly args: unknown; readonly after: number }): Work<void> {
  const work = writeNamed(name).run(tx, args)
  let step = work.next()
  for (let done = 0; step.done !== true && done < after; done++) step = work.next(yield step.value)
  throw new Error('cut off')
})

type Opened = Pick<TestDatabase, 'db' | 'stats' | 'traces'>

/** Every reader has read everything. */
async function allRead({ db, stats, traces }: Opened): Promise<void> {
  const position = (await shownEvents(db)).at(-1)?.position ?? ''
  await fillStats(db, stats, signal)
  await fillTraceIndex(db, traces, signal)
  for (const reader of READERS) await db.write(advanceReader, { reader, position })
}

/** Runs the job at a moment. */
async function remove({ db, stats, traces }: Opened, nowMs: number, keep: Partial<Days>, through: Database = db): Promise<void> {
  await removeOld({ db: through, stats, traces, clock: { nowMs: () => nowMs }, log: silentLog, metrics: new Metrics(), reports: { from: null, name: '', receive: [] }, keep: { ...USUAL_DAYS, ...keep } }, signal)
}

const left = async (db: Database): Promise<number> => (await shownEvents(db)).length

test('statistics stay what a recount of all events comes to when events are removed, whoever keeps them for how long, and so after each rebuild', async () => {
  await using opened = await openTestDatabase()
  const { db, stats } = opened
  const log = randomLog(11, 300, START_MS)
  await appendStatsLog(db, log)
  await fillAll(opened, log.length)
  await allRead(opened)
  const expected = sortedRows(recount(log))
  await db.write(allowDays, { organization: 'o2' as OrganizationId, wishes: { events: 60 } })
  let before = log.length
  for (const day of [31, 33, 34]) {
    await remove(opened, START_MS + day * DAY_MS, { events: 30 })
    const now = await left(db)
    assert.ok(now < before && now > 20, `${now} events are left`)
    before = now
    assert.deepEqual(await storedStats(stats), expected)
    await stats.write(forgetStats, {})
    for (let look = 0, seen = 0; seen < now && look < LOOKS; look++) seen += await fillStats(db, stats, signal)
    assert.deepEqual(await storedStats(stats), expected)
  }
  // A shorter time holds for what was passed by, too.
  assert.deepEqual(await db.write(chooseDays, { organization: 'o2' as OrganizationId, wishes: { events: 7 }, system: { ...USUAL_DAYS, events: 30 } }), [])
  await remove(opened, START_MS + 90 * DAY_MS, { events: 30 })
  assert.equal(await left(db), 1, 'the newest event stays: its number must not be given again')
  await stats.write(forgetStats, {})
  for (let look = 0, seen = 0; seen < 1 && look < LOOKS; look++) seen += await fillStats(db, stats, signal)
  assert.deepEqual(await storedStats(stats), expected)
})

test('an event stays until every reader has read it, and the statistics have counted it', async () => {
  await using opened = await openTestDatabase()
  const { db, stats } = opened
  const log = randomLog(12, 120, START_MS)
  const later = START_MS + 200 * DAY_MS
  await appendStatsLog(db, log)
  await remove(opened, later, {})
  assert.equal(await left(db), log.length, 'nobody has read anything')
  await allRead(opened)
  const events = await shownEvents(db)
  const half = events[60]?.position ?? ''
  await db.write(advanceReader, { reader: 'webhook', position: half })
  await remove(opened, later, {})
  assert.equal(await left(db), log.length - 61)
  await db.write(advanceReader, { reader: 'somebody-else', position: half })
  await allRead(opened)
  await remove(opened, later, {})
  assert.equal(await left(db), log.length - 61, 'whoever has ever read counts')
  await db.write(advanceReader, { reader: 'somebody-else', position: events.at(-1)?.position ?? '' })
  await stats.write(forgetStats, {})
  await remove(opened, later, {})
  assert.equal(await left(db), log.length - 61, 'the statistics are begun anew')
  await fillStats(db, stats, signal)
  await remove(opened, later, {})
  assert.equal(await left(db), 1)
})

test('an interruption at any statement, and somebody who begins the statistics anew meanwhile, lose no count', async () => {
  await using opened = await openTestDatabase()
  const { db, stats } = opened
  const log = randomLog(13, 150, START_MS)
  await appendStatsLog(db, log)
  await fillAll(opened, log.length)
  await allRead(opened)
  const expected = sortedRows(recount(log))
  for (let round = 0; round < 30 && (await left(db)) > 1; round++) {
    let steps = 0
    const broken = new Proxy(db, {
      get(target, name) {
        if (name !== 'write') return typeof target[name as keyof Database] === 'function' ? (target[name as keyof Database] as (...args: unknown[]) => unknown).bind(target) : target[name as keyof Database]
        return async (what: { readonly name: string }, args: unknown) => {
          if (what.name !== 'retention.sweep_events') return await target.write(writeNamed(what.name), args)
          if (round % 3 === 0) return await target.write(cut, { name: what.name, args, after: 1 + round })
          if (round % 3 === 1) {
            await stats.write(forgetStats, {})
            await fillStats(db, stats, signal)
          }
          if (steps++ > 0) throw new Error('killed')
          return await target.write(writeNamed(what.name), args)
        }
      },
    })
    await remove(opened, START_MS + 200 * DAY_MS, {}, broken).catch(() => {})
    for (let look = 0; look < LOOKS && !(await isCounted(opened)); look++) await fillStats(db, stats, signal)
    assert.deepEqual(await storedStats(stats), expected, `round ${round}`)
  }
  assert.equal(await left(db), 1)
})

test('whoever counts while somebody else begins the statistics anew does not pass over what removed events came to', async () => {
  await using opened = await openTestDatabase()
  const { db, stats } = opened
  const log = randomLog(14, 80, START_MS)
  await appendStatsLog(db, log)
  await fillAll(opened, log.length)
  await allRead(opened)
  await remove(opened, START_MS + 200 * DAY_MS, {})
  assert.equal(await left(db), 1)
  for (const at of [1, 2, 3]) {
    let looks = 0
    const disturbed: Pick<Database, 'one' | 'write' | 'dialect'> = {
      dialect: stats.dialect,
      async one(what, params) {
        if (++looks === at) await stats.write(forgetStats, {})
        return await stats.one(what, params)
      },
      write: (what, args, id) => stats.write(what, args, id),
    }
    await fillStats(db, disturbed as Database, signal)
    for (let look = 0; look < LOOKS && !(await isCounted(opened)); look++) await fillStats(db, stats, signal)
    assert.deepEqual(await storedStats(stats), sortedRows(recount(log)), `begun anew at look ${at}`)
  }
})

async function isCounted({ db, stats }: Opened): Promise<boolean> {
  await fillStats(db, stats, signal)
  const last = (await shownEvents(db)).at(-1)?.position
  return last === undefined || (await countedTo(stats)) === last
}

test('what was said with servers goes before what happened, the trace finds neither what is gone nor keeps its words', async () => {
  await using opened = await openTestDatabase()
  const { db, traces } = opened
  const event = (n: number, days: number, organization = 'o1'): NewEvent => ({
    ...{ atMs: START_MS - days * DAY_MS, organization: organization as OrganizationId, account: 'a1' as AccountId, message: `m${n}` as MessageId, delivery: `q${n}` as DeliveryId, type: 'delivery.deferred', version: 1 },
    data: { from: 'a@house.example', recipient: `r${n}@far.example`, tries: [{ host: 'mx.far.example', tls: 'TLSv1.3', tookMs: 9, transcript: ['> MAIL FROM:<a@house.example>', '< 451 later'] }] },
  })
  await appendStatsLog(db, [event(1, 100), event(2, 100, 'o2'), event(3, 40), event(4, 40, 'o2'), event(5, 20), event(6, 20, 'o2'), event(7, 0)])
  await db.write(chooseDays, { organization: 'o2' as OrganizationId, wishes: { events: 30, transcripts: 10 }, system: USUAL_DAYS })
  await allRead(opened)
  await remove(opened, START_MS + 1_000, {})
  const told = (await shownEvents(db)).map(({ message, data }) => [message, (data as { tries: { transcript: unknown[] }[] }).tries[0]?.transcript.length, (data as { transcriptsRemovedMs?: number }).transcriptsRemovedMs ?? null])
  assert.deepEqual(told, [['m3', 0, START_MS + 1_000], ['m5', 2, null], ['m6', 0, START_MS + 1_000], ['m7', 2, null]])
  const kept = await eventsAfter(db, '', 1)
  assert.deepEqual(kept.map(({ data }) => (data as { tries: unknown[] }).tries[0]), [{ host: 'mx.far.example', tls: 'TLSv1.3', tookMs: 9, transcript: [] }])
  assert.equal((await trace(db, traces, 'r1@far.example', 10)).length, 0)
  assert.equal((await trace(db, traces, 'r3@far.example', 10)).length, 1)
  assert.equal((await traces.one(KEYS, {}))?.n, 4 * 4)
})

test('a clock that was ahead does not keep what is behind it, and two nodes remove each event once', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const event = (n: number, atMs: number): NewEvent => ({ atMs, organization: 'o1' as OrganizationId, account: null, message: null, delivery: `q${n}` as DeliveryId, type: 'delivery.queued', version: 1, data: { recipient: 'b@far.example', stream: 'news', dueMs: atMs } })
  const far = START_MS + 20_000 * DAY_MS
  await appendStatsLog(db, [event(1, START_MS), event(2, far), ...Array.from({ length: 250 }, (_, n) => event(3 + n, START_MS)), event(999, START_MS + 100 * DAY_MS)])
  await allRead(opened)
  await Promise.all([1, 2, 3].map(() => remove(opened, START_MS + 100 * DAY_MS, {})))
  await remove(opened, START_MS + 100 * DAY_MS, {})
  assert.equal(await left(db), 1)
  const { stats } = opened
  await stats.write(forgetStats, {})
  for (let look = 0; look < LOOKS && !(await isCounted(opened)); look++) await fillStats(db, stats, signal)
  const accepted = (await storedStats(stats)).filter(([key]) => key.startsWith('o1 brief day')).reduce((sum, [, counts]) => sum + (counts['accepted'] ?? 0), 0)
  assert.equal(accepted, 253)
})

test('bytes of a message go when the time after its last delivery is over, and whoever asks is told when; what something else holds stays', async () => {
  await using house = await openApiHouse()
  const { db } = house
  const key = await house.key(house.home)
  const send = async (to: string[]): Promise<string> => String((await house.ask(key, '/v1/emails', { json: { from: 'ani@home.example', to, subject: 'Halo', text: 'Halo' } })).body['id'])
  const raw = (id: string) => house.ask(key, `/v1/emails/${id}/raw`)
  const ended = await send(['cici@far.example', 'dodi@far.example'])
  const waiting = await send(['cici@far.example'])
  const held = await send(['cici@far.example'])
  await db.write(hold, { id: held, by: 1 })
  for (const id of [ended, held]) await house.ask(key, `/v1/emails/${id}/cancel`, { method: 'POST' })
  const later = Date.now() + 3_600_000
  await remove(house, later, { bodies: 0 })
  assert.equal((await raw(ended)).status, 200, 'whoever tells senders of the end has not read it')
  await allRead(house)
  await remove(house, later, { bodies: 1 })
  assert.equal((await raw(ended)).status, 200)
  await remove(house, later, { bodies: 0 })
  const gone = await raw(ended)
  assert.equal(gone.status, 410)
  assert.ok(String(gone.body['detail']).startsWith(`Its bytes were removed at ${new Date(later).toISOString()}: `), JSON.stringify(gone.body))
  assert.deepEqual([(await raw(waiting)).status, (await raw(held)).status], [200, 200])
  await db.write(hold, { id: held, by: -1 })
  assert.equal((await house.ask(key, `/v1/emails/${ended}`)).body['subject'], 'Halo')
  assert.deepEqual(await recountStore(db), [])
  for (let id = ''; ; ) {
    const page = await messagesAfter(db, id)
    assert.ok(page.every((message) => String(message.id) !== ended))
    id = page.at(-1)?.id ?? ''
    if (id === '') break
  }
  await purgeOld(db, { ...USUAL_DAYS, bodies: 30 }, later + 29 * DAY_MS)
  assert.equal((await raw(waiting)).status, 200)
  await house.ask(key, `/v1/emails/${waiting}/cancel`, { method: 'POST' })
  await purgeOld(db, USUAL_DAYS, later + 7 * DAY_MS)
  assert.equal((await raw(waiting)).status, 410)
  assert.match(String((await raw(waiting)).body['detail']), /^Its bytes were removed at 20/)
})

test('an organization keeps things for less, operators allow it more, and what cannot be is refused with the reason', async () => {
  await using house = await openApiHouse()
  const key = await house.key(house.home)
  const operator = await house.key(house.home, { scopes: ['*', 'operator'] })
  const change = async (path: string, json: object, by = key) => {
    const { status, body } = await house.ask(by, path, { method: 'PATCH', json })
    return status === 200 ? (body['data'] as { kind: string; days: number }[]).map(({ days }) => days) : [status, ...(body['errors'] as { field: string; message: string }[]).map(({ field, message }) => `${field}: ${message}`)]
  }
  assert.deepEqual(await change('/v1/retention', { events: 30, bodies: 0 }), [30, 30, 0, 30, 400])
  assert.deepEqual((await house.ask(key, '/v1/usage')).body['kept_days'], { events: 30, transcripts: 30, bodies: 0, webhooks: 30, audit: 400 })
  assert.deepEqual(await change('/v1/retention', { events: 91, audit: 30, transcripts: 10 }), [422, 'events: want at most 90 days: that is how long it is kept here, and only an operator can allow more', 'audit: want at least 365 days: who changed what must be shown for a year (records of processing: UU PDP article 31, GDPR article 30)'])
  const of = `/v1/organizations/${house.home}/retention`
  assert.deepEqual(await change(of, { events: 365 }, operator), [30, 30, 0, 30, 400])
  assert.deepEqual(await change('/v1/retention', { events: 200 }), [200, 30, 0, 30, 400])
  assert.deepEqual(await change(of, { events: 100 }, operator), [100, 30, 0, 30, 400])
  assert.deepEqual(await change('/v1/retention', { events: null, bodies: null }), [100, 30, 7, 30, 400])
  assert.deepEqual(await change(of, { events: null }, operator), [90, 30, 7, 30, 400])
  assert.equal((await house.ask(await house.key(house.home, { scopes: ['read'] }), '/v1/retention', { method: 'PATCH', json: { events: 30 } })).status, 403)
  assert.equal((await house.ask(key, of)).status, 403)
  const audited = (await house.ask(key, '/v1/audit_log')).body['data'] as { readonly action: string; readonly asked: unknown }[]
  assert.deepEqual(audited.filter(({ action }) => action === 'PATCH /v1/retention').at(-1)?.asked, { events: 30, bodies: 0 })
})

test('calls of webhooks and entries of the audit log go when their organization keeps them no longer', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const [o1, o2] = ['o1', 'o2'] as OrganizationId[] as [OrganizationId, OrganizationId]
  const secret = new Uint8Array(32)
  for (const organization of [o1, o2]) {
    const endpoint = await createEndpoint(db, secret, { organization, url: 'https://a.example/', description: '', types: null, nowMs: START_MS })
    assert.ok(endpoint.ok)
    for (const day of [0, 15, 29]) await db.write(queueCall, { call: { organization, endpoint: endpoint.value.endpoint.id, id: `i${day}${organization}`, type: 'webhook.test', atMs: START_MS, data: {} }, nowMs: START_MS + day * DAY_MS })
    for (const day of [0, 15]) await db.write(appended, { organization, id: `al${day}`, atMs: START_MS + day * DAY_MS })
  }
  await db.write(chooseDays, { organization: o2, wishes: { webhooks: 7 }, system: USUAL_DAYS })
  await db.write(allowDays, { organization: o1, wishes: { audit: 1_000 } })
  const calls = async (): Promise<string[]> => (await oldCalls(db, { after: FIRST_CALL, beforeMs: Number.MAX_SAFE_INTEGER, limit: 100 })).map(({ id }) => id)
  const entries = async (): Promise<string[]> => (await entriesBefore(db, { after: FIRST_ENTRY, beforeMs: Number.MAX_SAFE_INTEGER, limit: 100 })).map(({ organization, id }) => `${organization} ${id}`)
  await remove(opened, START_MS + 31 * DAY_MS, {})
  assert.deepEqual(await calls(), ['i15o1', 'i29o1', 'i29o2'])
  await remove(opened, START_MS + 40 * DAY_MS, {})
  assert.deepEqual(await calls(), ['i15o1', 'i29o1'])
  await remove(opened, START_MS + 401 * DAY_MS, {})
  assert.deepEqual([await calls(), await entries()], [[], ['o1 al0', 'o1 al15', 'o2 al15']])
})

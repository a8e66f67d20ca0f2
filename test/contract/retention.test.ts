import assert from 'node:assert/strict'
import { test } from 'node:test'
import { removeOld } from '../../src/app/job/retention.ts'
import type { AccountId, DeliveryId, MessageId, OrganizationId } from '../../src/base/brand.ts'
import { DAY_MS } from '../../src/base/duration.ts'
import { silentLog } from '../../src/base/log.ts'
import type { NewEvent } from '../../src/core/event/event.ts'
import { advanceReader, eventsAfter } from '../../src/core/event/sql.ts'
import { fillTraceIndex, trace } from '../../src/core/event/sql-trace.ts'
import { allowDays, chooseDays } from '../../src/core/retention/sql.ts'
import { type Days, USUAL_DAYS } from '../../src/core/retention/terms.ts'
import { countedTo, fillStats, forgetStats } from '../../src/core/stats/sql-follow.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { tx, type Work, write, writeNamed } from '../../src/infra/db/transaction.ts'
import { Metrics } from '../../src/infra/observe/metrics.ts'
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

/** Another write, broken off after so many of its statements. */
const cut = write('test.cut_off', function* (_, { name, args, after }: { readonly name: string; readonly args: unknown; readonly after: number }): Work<void> {
  const work = writeNamed(name).run(tx, args)
  let step = work.next()
  for (let done = 0; step.done !== true && done < after; done++) step = work.next(yield step.value)
  throw new Error('cut off')
})

/** Every reader has read everything. */
async function allRead({ db, stats, traces }: TestDatabase): Promise<void> {
  const position = (await shownEvents(db)).at(-1)?.position ?? ''
  await fillStats(db, stats, signal)
  await fillTraceIndex(db, traces, signal)
  for (const reader of READERS) await db.write(advanceReader, { reader, position })
}

/** Runs the job at a moment. */
async function remove({ db, stats, traces }: TestDatabase, nowMs: number, keep: Partial<Days>, through: Database = db): Promise<void> {
  await removeOld({ db: through, stats, traces, clock: { nowMs: () => nowMs }, log: silentLog, metrics: new Metrics(), reports: { from: null, name: '', receive: [] }, keep: { ...USUAL_DAYS, ...keep } }, signal)
}

const left = async (db: Database): Promise<number> => (await shownEvents(db)).length

test('statistics stay what a recount of all events comes to when events are removed, whoever keeps them for how long, and so after each rebuild', async () => {
  await using opened = await openTestDatabase()
  const { db, stats } = opened
  const log = randomLog(11, 500, START_MS)
  await appendStatsLog(db, log)
  await fillAll(opened, log.length)
  await allRead(opened)
  const expected = sortedRows(recount(log))
  await db.write(allowDays, { organization: 'o2' as OrganizationId, wishes: { events: 60 } })
  let before = log.length
  for (const day of [31, 33, 34]) {
    await remove(opened, START_MS + day * DAY_MS, { events: 30 })
    const now = await left(db)
    assert.ok(now < before && now > 50, `${now} events are left`)
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
  const log = randomLog(13, 300, START_MS)
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

async function isCounted({ db, stats }: TestDatabase): Promise<boolean> {
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

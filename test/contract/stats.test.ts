import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewEvent } from '../../src/core/event/event.ts'
import { eventsAfter, readerPosition } from '../../src/core/event/sql.ts'
import { forgetStats } from '../../src/core/stats/sql-count.ts'
import { fillStats } from '../../src/core/stats/sql-follow.ts'
import { type Asked, GROUPS } from '../../src/core/stats/asked.ts'
import { readStats } from '../../src/core/stats/sql-read.ts'
import { COUNTERS } from '../../src/core/stats/counter.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { tx, type Work, write, writeNamed } from '../../src/infra/db/transaction.ts'
import { LOOKS } from '../support/events.ts'
import { openTestDatabase } from '../support/database.ts'
import { NOW_MS } from '../support/people.ts'
import { migrateToLines, storedStats } from '../support/sql-stats.ts'
import { appendStatsLog, fillAll, sortedRows } from '../support/stats-fill.ts'
import { randomLog } from '../support/stats-log.ts'
import { recount } from '../support/stats-recount.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const START_MS = Math.floor(NOW_MS / DAY_MS) * DAY_MS
const { signal } = new AbortController()

/** Another write, broken off after so many of its statements. */
const cut = write('test.cut', function* (_, { name, args, after }: { readonly name: string; readonly args: unknown; readonly after: number }): Work<void> {
  const work = writeNamed(name).run(tx, args)
  let step = work.next()
  for (let done = 0; step.done !== true && done < after; done++) step = work.next(yield step.value)
  throw new Error('cut off')
})

const ANYTHING: Asked['where'] = { stream: null, provider: null, domain: null, source: null, pool: null, category: null, tag: null }
const asked = (over: Partial<Asked> = {}): Asked => ({ organization: 'o1', fromMs: START_MS, toMs: START_MS + 20 * DAY_MS, step: 'day', series: false, groupBy: null, where: ANYTHING, ...over })

test('roll-ups are what a recount of the events comes to, and so after a rebuild', async () => {
  await using opened = await openTestDatabase()
  const log = randomLog(1, 2_500, START_MS)
  await appendStatsLog(opened.db, log)
  await fillAll(opened, log.length)
  const expected = recount(log)
  assert.ok(expected.size > 500)
  assert.deepEqual(await storedStats(opened.stats), sortedRows(expected))
  assert.equal((await eventsAfter(opened.db, await readerPosition(opened.db, 'stats'), 1)).length, 0)
  await opened.stats.write(forgetStats, {})
  assert.deepEqual(await storedStats(opened.stats), [])
  await fillAll(opened, log.length)
  assert.deepEqual(await storedStats(opened.stats), sortedRows(expected))
})

test('counts of a program that knew no lines stay, and have lines from its first start on', async () => {
  await using opened = await openTestDatabase()
  // Such a program did not say what a message cannot tell of its readers either.
  const log = randomLog(6, 1_000, START_MS).map((event) => ({ ...event, data: { ...(event.data as object), tracking: undefined } }))
  await appendStatsLog(opened.db, log)
  await fillAll(opened, log.length)
  await migrateToLines(opened.stats)
  assert.deepEqual(await storedStats(opened.stats), sortedRows(recount(log)))
})

test('counts of more than 25 months ago are forgotten when there is mail again', async () => {
  await using opened = await openTestDatabase()
  const lately = randomLog(7, 300, START_MS)
  const log = [...randomLog(8, 100, START_MS - 900 * DAY_MS).map((event) => ({ ...event, delivery: event.delivery === null ? null : (`old-${event.delivery}` as never) })), ...lately]
  await appendStatsLog(opened.db, log)
  await fillAll(opened, log.length)
  assert.deepEqual(await storedStats(opened.stats), sortedRows(recount(lately)))
})

test('an interruption at any chunk loses nothing and counts nothing twice', async () => {
  await using opened = await openTestDatabase()
  const log = randomLog(2, 1_500, START_MS)
  await appendStatsLog(opened.db, log)
  let seen = 0
  for (let round = 0; seen < log.length && round < LOOKS; round++) {
    const stop = new AbortController()
    const { db, stats } = opened
    // The write of a chunk breaks after more and more statements, and then is done.
    const broken: Pick<Database, 'one' | 'write'> = {
      one: (what, params) => stats.one(what, params),
      async write(what, args) {
        if (round % 3 !== 2) await stats.write(cut, { name: what.name, args, after: round * 7 })
        const answer = await stats.write(what, args)
        stop.abort()
        return answer
      },
    }
    seen += await fillStats(db, broken as Database, stop.signal).catch(() => 0)
  }
  assert.equal(seen, log.length)
  assert.deepEqual(await storedStats(opened.stats), sortedRows(recount(log)))
})

test('two that count at once count everything once', async () => {
  await using opened = await openTestDatabase()
  const log = randomLog(3, 2_000, START_MS)
  await appendStatsLog(opened.db, log)
  let counted = 0
  for (let look = 0; look < LOOKS && counted < log.length; look++) {
    for (const each of await Promise.all([1, 2, 3].map(() => fillStats(opened.db, opened.stats, signal)))) counted += each
  }
  assert.equal(counted, log.length)
  assert.deepEqual(await storedStats(opened.stats), sortedRows(recount(log)))
})

test('an organization that is removed leaves no counts, and what is told of its mail later makes none', async () => {
  await using opened = await openTestDatabase()
  const log = randomLog(5, 1_500, START_MS)
  const half = log.length / 2
  const gone: NewEvent = { type: 'organization.removed', atMs: log[Math.floor(half)]?.atMs ?? 0, organization: 'o1' as never, account: null, message: null, delivery: null, version: 1, data: {} }
  const begins = ({ type, organization }: NewEvent): boolean => organization === 'o1' && ['delivery.queued', 'delivery.captured', 'delivery.suppressed'].includes(type)
  const told = [...log.slice(0, half), gone, ...log.slice(half).filter((event) => !begins(event))]
  await appendStatsLog(opened.db, told)
  await fillAll(opened, told.length)
  assert.deepEqual(await storedStats(opened.stats), sortedRows(recount(told.filter(({ organization }) => organization !== 'o1'))))
})

test('a delivery that was deferred five times is one deferred delivery and five deferred tries', async () => {
  await using opened = await openTestDatabase()
  const one = (type: NewEvent['type'], minute: number, data: object): NewEvent => ({ type, atMs: START_MS + minute * 60_000, organization: 'o1' as never, account: null, message: null, delivery: 'q1' as never, version: 1, data: { recipient: 'budi@far.example', ...data } })
  const log = [one('delivery.queued', 0, { stream: 'news', dueMs: START_MS }), ...[1, 2, 3, 4, 5].map((n) => one('delivery.deferred', n * 30, { site: 'gmail', attempt: n, category: 'greylist' })), one('delivery.delivered', 200, { site: 'gmail', attempt: 6 })]
  await appendStatsLog(opened.db, log)
  await fillAll(opened, log.length)
  const { rows } = await readStats(opened.stats, asked())
  const { accepted, attempted, deferred, delivered, waiting, tries, triesDeferred, triesDelivered } = rows[0]?.counts ?? {}
  assert.deepEqual({ accepted, attempted, deferred, delivered, waiting, tries, triesDeferred, triesDelivered }, { accepted: 1, attempted: 1, deferred: 1, delivered: 1, waiting: 0, tries: 6, triesDeferred: 5, triesDelivered: 1 })
})

test('a question gets sums by group, by step and by both, of one organization, and all of them agree', async () => {
  await using opened = await openTestDatabase()
  const log = randomLog(4, 3_000, START_MS)
  await appendStatsLog(opened.db, log)
  await fillAll(opened, log.length)
  const total = (await readStats(opened.stats, asked())).rows[0]?.counts
  assert.equal(total?.accepted, log.filter(({ organization, type, data }) => organization === 'o1' && !('mode' in (data as object)) && (type === 'delivery.queued' || type === 'delivery.captured')).length)
  const byTag = await readStats(opened.stats, asked({ groupBy: 'tag' }))
  const ofTag = await readStats(opened.stats, asked({ where: { ...ANYTHING, tag: 'kind:a' } }))
  assert.deepEqual([byTag.rows.length, byTag.rows.find(({ group }) => group === 'kind:a')?.counts], [3, ofTag.rows[0]?.counts])
  for (const over of [{ series: true }, { series: true, step: 'hour' as const }, ...GROUPS.filter((group) => group !== 'tag').flatMap((groupBy) => [{ groupBy }, { groupBy, series: true }])]) {
    const { rows, hasMore } = await readStats(opened.stats, asked(over))
    assert.equal(hasMore, false)
    for (const name of COUNTERS) assert.equal(rows.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0), total?.[name], `${JSON.stringify(over)} ${name}`)
  }
  // Hours at both ends, whole days between: all of it is what its hours come to.
  for (const [from, to] of [[5, 79], [5, 7], [23, 25], [0, 48]] as const) {
    const between = { step: 'hour' as const, fromMs: START_MS + from * HOUR_MS, toMs: START_MS + to * HOUR_MS }
    const hours = await readStats(opened.stats, asked({ ...between, series: true }))
    const all = await readStats(opened.stats, asked(between))
    for (const name of COUNTERS) assert.equal(all.rows[0]?.counts[name], hours.rows.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0), `${from} to ${to} ${name}`)
  }
  const some = await readStats(opened.stats, asked({ where: { ...ANYTHING, provider: 'gmail', stream: 'news' } }))
  const byProvider = await readStats(opened.stats, asked({ groupBy: 'provider', where: { ...ANYTHING, stream: 'news' } }))
  assert.deepEqual(some.rows[0]?.counts, byProvider.rows.find(({ group }) => group === 'gmail')?.counts)
  // Two words at once are added up from cells, one alone is a line: they agree, however many groups there are.
  for (const [groupBy, other] of [['category', 'stream'], ['domain', 'pool'], ['tag', 'provider']] as const) {
    for (const over of [{}, { series: true, step: 'hour' as const }]) {
      const whole = await readStats(opened.stats, asked({ ...over, groupBy }))
      const words = (await readStats(opened.stats, asked({ groupBy: other }))).rows.map(({ group }) => group)
      const parts = (await Promise.all(words.map((word) => readStats(opened.stats, asked({ ...over, groupBy, where: { ...ANYTHING, [other]: word } }))))).flatMap(({ rows }) => rows)
      const byRow = Map.groupBy(parts, ({ atMs, group }) => `${atMs} ${group}`)
      assert.equal(byRow.size, whole.rows.length)
      for (const { atMs, group, counts } of whole.rows) {
        const own = byRow.get(`${atMs} ${group}`) ?? []
        for (const name of COUNTERS) assert.equal(own.reduce((sum, part) => sum + (part.counts[name] ?? 0), 0), counts[name], `${groupBy} ${other} ${JSON.stringify(over)} ${group} ${name}`)
      }
    }
  }
  assert.deepEqual((await readStats(opened.stats, asked({ organization: 'nobody', groupBy: 'stream' }))).rows, [])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OrganizationId } from '../../src/base/brand.ts'
import { silentLog } from '../../src/base/log.ts'
import { catchUp } from '../../src/core/event/follow.ts'
import { Shaper } from '../../src/core/pool/shaper.ts'
import { shapingSince } from '../../src/core/pool/sql-shaping.ts'
import { perSecond } from '../../src/core/pool/rate.ts'
import { changeStanding, judgedTo, resumeStream, standingsOf, suspectsAfter } from '../../src/core/standing/sql.ts'
import { measureStreams } from '../../src/core/standing/sql-measure.ts'
import { type WatchOptions, watchStreams } from '../../src/core/standing/watch.ts'
import { fillStats } from '../../src/core/stats/sql-follow.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { shownLog } from '../support/events.ts'
import { mailing } from '../support/mailing.ts'
import { NOW_MS } from '../support/people.ts'
import { appendStatsLog } from '../support/stats-fill.ts'

const HOUR_MS = 3_600_000
const O1 = 'o1' as OrganizationId
const { signal } = new AbortController()

function watching({ db, stats }: TestDatabase, nowMs: number): WatchOptions {
  return {
    log: shownLog(db),
    count: () => fillStats(db, stats, signal),
    measure: (organization, fromMs) => measureStreams(stats, organization, fromMs),
    standings: (organization) => standingsOf(db, organization),
    suspects: (after) => suspectsAfter(db, after),
    change: (args) => db.write(changeStanding, args),
    judgedTo: (position) => db.write(judgedTo, { position }),
    clock: { nowMs: () => nowMs },
    told: silentLog,
  }
}

async function shaperOf({ db }: TestDatabase): Promise<Shaper> {
  const shaper = new Shaper()
  for (const shaping of (await shapingSince(db, 0, 'a sender')).changed) if (shaping.by === 'user') shaper.suspend(shaping.suspension)
  return shaper
}

const to = (site: string, stream: string, organization = O1) => ({ source: 'default', site, organization, stream })
const levels = async ({ db }: TestDatabase) => (await standingsOf(db, O1)).map(({ stream, provider, level }) => `${stream}:${provider} ${level}`)
const told = async ({ db }: TestDatabase): Promise<readonly string[]> => {
  const types: string[] = []
  await catchUp(shownLog(db), { name: 'test', handle: async (events) => void types.push(...events.map(({ type }) => type)) }, signal)
  return types.filter((type) => type.startsWith('stream.'))
}

test('a stream of which too many complain is paused at that provider alone, once, and goes on when a person says so', async () => {
  await using opened = await openTestDatabase()
  await appendStatsLog(opened.db, [...mailing({ organization: O1, stream: 'broadcast', name: 'a', count: 1_000, complaints: 3, atMs: NOW_MS }), ...mailing({ organization: O1, stream: 'transactional', name: 'b', count: 1_000, complaints: 3, atMs: NOW_MS })])
  // A crash behind the decision, before the place in the log moves: the second run finds it made.
  await assert.rejects(watchStreams({ ...watching(opened, NOW_MS), judgedTo: () => Promise.reject(new Error('killed')) }, signal), /killed/)
  await watchStreams(watching(opened, NOW_MS + 1_000), signal)
  assert.deepEqual(await levels(opened), ['broadcast:yahoo paused', 'transactional:yahoo warned'])
  assert.deepEqual((await told(opened)).toSorted(), ['stream.paused', 'stream.warned'])
  const shaper = await shaperOf(opened)
  const stand = shaper.mayGo(to('yahoo', 'broadcast'), 'bulk', perSecond(10), NOW_MS)
  assert.equal(stand.kind === 'wait' && stand.suspension?.reason, 'recipients called it spam: 3 of 1000 (0.3 %) within a day, from 0.3 % on; "merpati stream resume broadcast:yahoo" lets it go on')
  const others = [to('gmail', 'broadcast'), to('yahoo', 'transactional'), to('yahoo', 'broadcast', 'o2' as OrganizationId)]
  assert.deepEqual(others.map((keys) => shaper.mayGo(keys, keys.stream === 'broadcast' ? 'bulk' : 'other', perSecond(10), NOW_MS).kind), ['go', 'go', 'go'])
  const key = { organization: O1, stream: 'broadcast', provider: 'yahoo' }
  assert.equal(await opened.db.write(resumeStream, { key: { ...key, organization: 'o2' as OrganizationId }, by: 'x', cause: 'not theirs', nowMs: NOW_MS }), 'none')
  assert.equal(await opened.db.write(resumeStream, { key, by: 'ani', cause: 'list cleaned', nowMs: NOW_MS + 2_000 }), 'resumed')
  assert.equal(await opened.db.write(resumeStream, { key, by: 'ani', cause: 'list cleaned', nowMs: NOW_MS + 2_000 }), 'none')
  assert.equal((await shaperOf(opened)).mayGo(to('yahoo', 'broadcast'), 'bulk', perSecond(10), NOW_MS + 3_000).kind, 'go')
  // What was sent before does not count against it any more.
  await appendStatsLog(opened.db, mailing({ organization: O1, stream: 'broadcast', name: 'c', count: 10, complaints: 1, atMs: NOW_MS + HOUR_MS }))
  await watchStreams(watching(opened, NOW_MS + 2 * HOUR_MS), signal)
  assert.deepEqual(await levels(opened), ['broadcast:yahoo good', 'transactional:yahoo warned'])
  assert.equal((await told(opened)).at(-1), 'stream.resumed')
})

test('a stream that is slowed down gets a quarter of its rate, and all of it again when its numbers are better', async () => {
  await using opened = await openTestDatabase()
  await appendStatsLog(opened.db, mailing({ organization: O1, stream: 'broadcast', name: 'a', count: 1_000, complaints: 1, atMs: NOW_MS }))
  await watchStreams(watching(opened, NOW_MS), signal)
  assert.deepEqual(await levels(opened), ['broadcast:yahoo slowed'])
  const shaper = await shaperOf(opened)
  const went = Array.from({ length: 1_000 }, (_, i) => shaper.mayGo(to('yahoo', 'broadcast'), 'bulk', perSecond(10), NOW_MS + i * 100).kind).filter((kind) => kind === 'go').length
  assert.ok(went >= 250 && went < 260, String(went)) // A hundred seconds at 2.5 a second.
  assert.equal(shaper.mayGo(to('yahoo', 'transactional'), 'other', perSecond(10), NOW_MS).kind, 'go')
  // Nothing happens for a day: time alone makes it better.
  await watchStreams(watching(opened, NOW_MS + 26 * HOUR_MS), signal)
  assert.deepEqual([await levels(opened), await told(opened)], [['broadcast:yahoo good'], ['stream.slowed', 'stream.recovered']])
  assert.equal((await shaperOf(opened)).suspensions(NOW_MS + 26 * HOUR_MS).length, 0)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Domain, OrganizationId } from '../../src/base/brand.ts'
import { silentLog } from '../../src/base/log.ts'
import { catchUp } from '../../src/core/event/follow.ts'
import { lookSoon, noteLook } from '../../src/core/domain/proof/sql-look.ts'
import type { Keys } from '../../src/core/pool/rule.ts'
import { Shaper } from '../../src/core/pool/shaper.ts'
import { shapingSince } from '../../src/core/pool/sql-shaping.ts'
import { endStop } from '../../src/core/pool/sql-stop.ts'
import { perSecond } from '../../src/core/pool/rate.ts'
import { bulkNeeds, holdId } from '../../src/core/standing/domain-hold.ts'
import { heldFor, holdDomain } from '../../src/core/standing/sql-domain-hold.ts'
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
    lookSoon: (organization) => db.write(lookSoon, { organization, nowMs }),
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

test('what goes to many from a domain waits while it fails what receivers ask for, and nothing else does', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const domain = 'toko.example' as Domain
  const needs = bulkNeeds({ bulkFrom: 'sound', relay: null })
  const look = async (...failed: readonly string[]): Promise<string> => {
    await db.write(noteLook, { organization: O1, name: domain, failed, unknown: [], nowMs: NOW_MS })
    return await db.write(holdDomain, { organization: O1, domain, needs, nowMs: NOW_MS })
  }
  assert.deepEqual([await look(), await look('spf', 'mx'), await look('spf', 'mx'), await look('spf', 'mx')], ['nothing', 'nothing', 'hold', 'nothing'])
  const author = { ...to('gmail', 'broadcast'), author: domain }
  const stands = async (keys: Keys, traffic: 'bulk' | 'other' = 'bulk') => (await shaperOf(opened)).mayGo(keys, traffic, perSecond(10), NOW_MS)
  const held = await stands(author)
  assert.equal(held.kind === 'wait' && held.suspension?.reason, 'toko.example fails spf; "merpati dns check toko.example" tells what to mend')
  assert.deepEqual([(await stands(author, 'other')).kind, (await stands({ ...author, author: 'warung.example' })).kind, (await stands({ ...author, organization: 'o2' as OrganizationId })).kind, (await stands(to('gmail', 'broadcast'))).kind], ['go', 'go', 'go', 'go'])
  assert.match((await heldFor(db, { organization: O1, domain })) ?? '', /fails spf/)
  // More fails: told as it is. Mended: it goes on, and the same again later holds again.
  assert.deepEqual([await look('spf', 'dkim'), await look('spf', 'dkim'), await look(), (await stands(author)).kind, await look('spf'), await look('spf'), (await stands(author)).kind], ['nothing', 'hold', 'release', 'go', 'nothing', 'hold', 'wait'])
  // Whoever lets it go by hand is not overruled while the same fails.
  assert.equal(await endStop(db, holdId({ domain }), NOW_MS), 'ended')
  assert.deepEqual([await look('spf'), (await stands(author)).kind, await heldFor(db, { organization: O1, domain })], ['nothing', 'go', null])
  assert.deepEqual([await look(), await look('spf'), await look('spf')], ['nothing', 'nothing', 'hold'])
  assert.equal(await db.write(holdDomain, { organization: O1, domain, needs: bulkNeeds({ bulkFrom: 'any', relay: null }), nowMs: NOW_MS }), 'release')
  const fresh = { organization: O1, name: 'baru.example' as Domain }
  await db.write(noteLook, { ...fresh, failed: ['dmarc'], unknown: [], nowMs: NOW_MS })
  assert.equal(await db.write(holdDomain, { organization: O1, domain: fresh.name, needs, nowMs: NOW_MS }), 'hold', 'it was never in order')
  assert.deepEqual(bulkNeeds({ bulkFrom: 'sound', relay: {} }), ['exists', 'dkim', 'dmarc', 'unsubscribe'])
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

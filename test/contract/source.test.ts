import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lookAtSources } from '../../src/app/job/sources.ts'
import type { Answer } from '../../src/base/dns.ts'
import { silentLog } from '../../src/base/log.ts'
import type { Domain, OrganizationId } from '../../src/base/brand.ts'
import { createDomain } from '../../src/core/domain/sql.ts'
import { trialPlan } from '../../src/core/organization/plan.ts'
import { putPlan } from '../../src/core/organization/sql-plan.ts'
import { type PooledOptions, PooledSources } from '../../src/core/outbound/pooled-sources.ts'
import type { Standing } from '../../src/core/outbound/sending-source.ts'
import { Shaper } from '../../src/core/pool/shaper.ts'
import { newDomain, type NewDomain, takeDomainRoom } from '../../src/core/pool/new-domain/new-domain.ts'
import { newDomainDay, setDomainWarmup, takeNewDomainRoom } from '../../src/core/pool/new-domain/sql.ts'
import type { OverflowMode } from '../../src/core/pool/overflow.ts'
import { place } from '../../src/core/pool/sql-placement.ts'
import { scopeKey } from '../../src/core/pool/rule.ts'
import { isUsable, type PoolKind } from '../../src/core/pool/source.ts'
import { moveSource, noteWarmup, type PutSourceArgs, putPool, putSource, removePool, removeSource, sourceBook, takeWarmupRoom } from '../../src/core/pool/sql-source.ts'
import { keepShaping } from '../../src/core/pool/sql-shaping.ts'
import { suspend } from '../../src/core/pool/suspension.ts'
import { NO_NEWS } from '../../src/core/pool/warming.ts'
import { BACKUP_STREAM } from '../../src/core/queue/patience.ts'
import type { LeasedDelivery } from '../../src/core/queue/delivery.ts'
import { domainHold } from '../../src/core/standing/domain-hold.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { openTestDatabase } from '../support/database.ts'
import { makeHome } from '../support/people.ts'

const DAY_MS = 24 * 3_600_000
const NOW = 20_000 * DAY_MS
const PLAN = { profile: 'standard', targetPerDay: null, percent: 100 } as const

const put = (db: Database, over: Partial<PutSourceArgs> = {}): Promise<void> =>
  db.write(putSource, { id: 'a', address: '192.0.2.1', ehlo: 'a.home.example', state: 'warming', weight: 1, plan: PLAN, nowMs: NOW, ...over })

const take = (db: Database, wanted: number, nowMs: number, provider: string | null = 'gmail'): Promise<{ readonly granted: number; readonly roomAgainMs: number | null }> =>
  db.write(takeWarmupRoom, { source: 'a', site: provider ?? 'mx-1', provider, wanted, nowMs })

test('sources join and leave pools, and are gone from them when they are removed', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await put(db)
  await put(db, { id: 'b', address: '2001:db8::2', state: 'active', plan: null })
  await db.write(putPool, { id: 'main', kind: 'all', organization: null, overflow: null, mode: 'defer', sources: ['a'] })
  await db.write(moveSource, { pool: 'main', source: 'b', to: 'in' })
  const book = await sourceBook(db)
  assert.deepEqual([...book.sources.values()].map(({ id, family, state }) => `${id} ${family} ${state}`), ['a v4 warming', 'b v6 active'])
  assert.deepEqual(book.pools, [{ id: 'main', kind: 'all', organization: null, carries: null, sources: ['a', 'b'], overflow: null, mode: 'defer' }])
  await db.write(moveSource, { pool: 'main', source: 'a', to: 'out' })
  assert.equal(await db.write(removeSource, { id: 'b' }), true)
  assert.deepEqual((await sourceBook(db)).pools[0]?.sources, [])
  assert.equal(await db.write(removePool, { id: 'main' }), true)
  assert.equal(await db.write(removePool, { id: 'main' }), false)
})

test('a warming source grants the room of its day, shared by all who ask, an hour at a time', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await put(db)
  // The first day has 50 for Gmail, a twelfth of them an hour.
  const [one, two] = await Promise.all([take(db, 3, NOW), take(db, 3, NOW)])
  assert.equal(one.granted + two.granted, 5)
  assert.equal((await take(db, 1, NOW)).roomAgainMs, NOW + 3_600_000)
  assert.equal((await take(db, 1, NOW, null)).granted, 1)
  let granted = 5
  for (let hour = 1; hour < 24; hour++) granted += (await take(db, 100, NOW + hour * 3_600_000)).granted
  assert.equal(granted, 50)
  assert.equal((await take(db, 1, NOW + DAY_MS - 1)).roomAgainMs, NOW + DAY_MS)
})

test('a day that went well earns the next one, and one with a block goes back', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await put(db)
  const news = { sent: 50, deferred: 0, deferredByPolicy: 0, hardBounced: 0, complaints: 0, isSuspended: false, rules: [] }
  const note = (nowMs: number, more: { readonly rules?: readonly string[] } = {}): Promise<void> =>
    db.write(noteWarmup, { all: [{ source: 'a', provider: 'gmail', news: { ...news, ...more }, nowMs }] })
  const day = async (): Promise<number | undefined> => (await sourceBook(db)).sources.get('a')?.warming?.state.groups.gmail.day
  await note(NOW)
  await take(db, 1, NOW + DAY_MS)
  assert.equal(await day(), 2)
  await note(NOW + DAY_MS, { rules: ['A5'] })
  assert.equal((await take(db, 1, NOW + 2 * DAY_MS)).granted, 0)
  assert.equal(await day(), 1)
})

test('a group of providers that is suspended when a day ends does not follow the others', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await put(db)
  await put(db, { id: 'aa', address: '192.0.2.2' })
  const suspension = (source: string, untilMs: number) => {
    const key = scopeKey('source-site', { source, site: 'gmail', organization: null, stream: null }) ?? ''
    return { by: 'user', suspension: suspend({ id: source, scope: 'source-site', key, what: 'suspend', covers: 'all', by: 'user', rule: null, reason: '', firstReply: null, untilMs, canary: false }, NOW) } as const
  }
  await db.write(keepShaping, { changed: [suspension('a', NOW + 36 * 3_600_000), suspension('aa', NOW + 99 * DAY_MS)], forgotten: [], holder: 'x', nowMs: NOW })
  const days = async (nowMs: number) => {
    await db.write(noteWarmup, { all: [{ source: 'a', provider: 'm365', news: { ...NO_NEWS, sent: 80 }, nowMs: nowMs - DAY_MS }] })
    await take(db, 1, nowMs, 'm365')
    const { gmail, microsoft } = (await sourceBook(db)).sources.get('a')?.warming?.state.groups ?? {}
    return [microsoft?.day, gmail?.day]
  }
  assert.deepEqual([await days(NOW + DAY_MS), await days(NOW + 2 * DAY_MS)], [[2, 1], [3, 2]])
})

test('a source that rests keeps its plan, which goes on when it works again, and ends when that is said', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const standing = async () => {
    const { state, warming } = (await sourceBook(db)).sources.get('a') ?? {}
    return `${state} ${warming?.state.groups.gmail.day ?? 'warm'}`
  }
  await put(db)
  await db.write(noteWarmup, { all: [{ source: 'a', provider: 'gmail', news: { ...NO_NEWS, sent: 50 }, nowMs: NOW }] })
  await take(db, 1, NOW + DAY_MS)
  await put(db, { state: 'resting', plan: null })
  assert.equal(await standing(), 'resting 2')
  // What comes back meanwhile does not bring it back to work.
  await db.write(noteWarmup, { all: [{ source: 'a', provider: 'gmail', news: { ...NO_NEWS, complaints: 1 }, nowMs: NOW + DAY_MS }] })
  assert.equal(await standing(), 'resting 2')
  for (let i = 0; i < 2; i++) await put(db, { state: 'active', plan: null, weight: 3 })
  assert.equal(await standing(), 'warming 2')
  assert.equal((await take(db, 1_000, NOW + DAY_MS)).granted, 8)
  await put(db, { state: 'warming', plan: 'none' })
  assert.equal(await standing(), 'active warm')
  assert.deepEqual(await take(db, 1_000, NOW + DAY_MS), { granted: 1_000, roomAgainMs: null })
})

test('a warm source that was silent for long warms up again from within its plan, and one that was not sends everything', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await put(db, { plan: { ...PLAN, targetPerDay: 200 } })
  assert.equal((await take(db, 1_000, NOW)).granted, 1_000)
  const standing = async () => {
    const { state, sentOn, warming } = (await sourceBook(db)).sources.get('a') ?? {}
    return [state, sentOn, warming?.state.groups.gmail.day]
  }
  assert.deepEqual(await standing(), ['active', 20_000, undefined])
  await put(db, { plan: { ...PLAN, targetPerDay: 400 } })
  // The days of all groups follow the one that sends: two good days, and it is warm.
  await db.write(noteWarmup, { all: [{ source: 'a', provider: 'gmail', news: { ...NO_NEWS, sent: 50 }, nowMs: NOW }] })
  await take(db, 1, NOW + DAY_MS)
  assert.deepEqual(await standing(), ['active', 20_001, undefined])
  assert.equal((await take(db, 9_999, NOW + 14 * DAY_MS)).granted, 9_999)
  assert.deepEqual(await standing(), ['active', 20_014, undefined])
  // Its sender asks on each day with mail, and hears of it then.
  await db.write(putPool, { id: 'main', kind: 'all', organization: null, overflow: null, mode: 'defer', sources: ['a'] })
  const sources = new PooledSources({ ...parts(db, () => NOW + 114 * DAY_MS), takeRoom: (args) => db.write(takeWarmupRoom, args) })
  const { going } = await sources.assign(Array.from({ length: 100 }, (_, i) => waiting({ id: `d${i}`, organization: 'o1', stream: 'transactional', priority: 0, expiresMs: NOW + 200 * DAY_MS })), { site: 'gmail', provider: 'gmail' }, ANYHOW)
  assert.deepEqual([going.map(({ deliveries: own }) => own.length), await standing()], [[5], ['warming', null, 1]])
})

test('a source without a plan is cold from its first mail on, not for ever', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await put(db, { state: 'active', plan: null })
  await db.write(putPool, { id: 'main', kind: 'all', organization: null, overflow: null, mode: 'defer', sources: ['a'] })
  const since = async () => (await sourceBook(db)).sources.get('a')?.sendsSinceMs
  assert.equal(await since(), null)
  for (const nowMs of [NOW + 5, NOW + DAY_MS]) {
    const sources = new PooledSources({ ...parts(db, () => nowMs), takeRoom: (args) => db.write(takeWarmupRoom, args) })
    await sources.assign([waiting({ organization: 'o1', stream: 'transactional', priority: 0 })], { site: 'gmail', provider: 'gmail' }, ANYHOW)
  }
  assert.equal(await since(), NOW + 5)
})

/** What choosing sources is made of; on warming ones there is always room. */
function parts(db: Database, nowMs: () => number, shaper = new Shaper()): PooledOptions {
  return { book: () => sourceBook(db), takeRoom: async ({ wanted }) => ({ granted: wanted, roomAgainMs: null }), takeDomainRoom: (args) => db.write(takeNewDomainRoom, args), shaper, clock: { nowMs }, hostname: 'mx.home.example', ownAgeDays: () => 90 }
}

/** Chooses sources as the program does. */
function pooledSources(db: Database, nowMs: () => number, shaper = new Shaper()): PooledSources {
  return new PooledSources(parts(db, nowMs, shaper))
}

/** No source stands better or worse than another one. */
const ANYHOW: Standing = { isDown: () => false, isIdle: () => false, families: async () => ['v4', 'v6'], isBeyond: () => false }

/** A delivery of which nothing was tried yet, with all that decides on its source. */
function waiting(of: Readonly<Record<string, unknown>>): LeasedDelivery {
  return { last: null, view: { prefix: '', skips: [] }, expiresMs: NOW + DAY_MS, ...of } as unknown as LeasedDelivery // Nothing else of it is looked at.
}

/** From which source something that a program of an organization sends would leave now, when that one has an idle connection to where it goes. */
async function sourceOf(db: Database, organization: OrganizationId | undefined, idle: string | null = null, of: Pick<LeasedDelivery, 'stream' | 'priority'> = { stream: 'transactional', priority: 0 }): Promise<string | undefined> {
  const sources = pooledSources(db, () => NOW)
  return (await sources.assign([waiting({ organization, ...of })], { site: 'far.example', provider: null }, { ...ANYHOW, isIdle: (source) => source === idle })).going[0]?.source.id
}

test('of equal sources the one with an idle connection goes first', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  for (const [at, id] of ['a', 'b'].entries()) await put(db, { id, address: `192.0.2.${at + 1}`, state: 'active', plan: null })
  await db.write(putPool, { id: 'main', kind: 'all', organization: null, overflow: null, mode: 'defer', sources: ['a', 'b'] })
  assert.deepEqual(await Promise.all(['a', 'b'].map((idle) => sourceOf(db, 'o1' as OrganizationId, idle))), ['a', 'b'])
})

test('mail of organizations on trial leaves by the pool for them, once there is one', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const plan = { ...trialPlan(NOW), sandboxed: false }
  const [young, own, old] = ['o-young', 'o-own', 'o-old'] as OrganizationId[]
  for (const [organization, over] of [[young, { sandboxed: true }], [own, {}], [old, { name: 'custom' }]] as const) await db.write(putPlan, { organization: organization as OrganizationId, plan: { ...plan, ...over } })
  await put(db, { state: 'active', plan: null })
  await put(db, { id: 'b', address: '192.0.2.2', state: 'active', plan: null })
  const pool = { organization: null, overflow: null, mode: 'defer' } as const
  await db.write(putPool, { ...pool, id: 'main', kind: 'all', sources: ['a'] })
  const from = (organization: OrganizationId | undefined): Promise<string | undefined> => sourceOf(db, organization)
  assert.deepEqual([await from(young), await from(old)], ['a', 'a'])
  await db.write(putPool, { ...pool, id: 'new', kind: 'bulk-shared-c', sources: ['b'] })
  assert.deepEqual([await from(young), await from(own), await from(old)], ['b', 'b', 'a'])
})

test('mail to many leaves by the pool of the grade of its organization, once there are such pools', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const [good, fair, bad, own] = ['o-good', 'o-fair', 'o-bad', 'o-own'] as OrganizationId[]
  for (const day of [0, 1]) {
    for (const [organization, points] of [[good, 90], [fair, 60], [bad, 10], [own, 10]] as const) await db.write(place, { organization: organization as OrganizationId, points, nowMs: NOW + day * DAY_MS })
  }
  for (const [at, id] of ['all', 'a', 'b', 'c', 'own'].entries()) await put(db, { id, address: `192.0.2.${at + 1}`, state: 'active', plan: null })
  const pool = { organization: null, overflow: null, mode: 'defer' } as const
  const where = async (of?: Pick<LeasedDelivery, 'stream' | 'priority'>) => {
    const found = [good, fair, bad, own].map((organization) => sourceOf(db, organization, null, of ?? { stream: 'broadcast', priority: 2 }))
    return (await Promise.all(found)).join(' ')
  }
  await db.write(putPool, { ...pool, id: 'all', kind: 'all', sources: ['all'] })
  await db.write(putPool, { ...pool, id: 'own', kind: 'dedicated', organization: own as OrganizationId, sources: ['own'] })
  assert.equal(await where(), 'all all all own')
  await db.write(putPool, { ...pool, id: 'b', kind: 'bulk-shared-b', sources: ['b'] })
  assert.equal(await where(), 'b b b own')
  await db.write(putPool, { ...pool, id: 'c', kind: 'bulk-shared-c', sources: ['c'] })
  assert.equal(await where(), 'b b c own')
  await db.write(putPool, { ...pool, id: 'a', kind: 'bulk-shared-a', sources: ['a'] })
  assert.equal(await where(), 'a b c own')
  assert.equal(await where({ stream: 'transactional', priority: 0 }), 'all all all own')
  await db.write(removePool, { id: 'b' })
  assert.equal(await where(), 'a all c own')
})

test('mail to many in the name of a new domain waits when its day is full, on any pool, unless it cannot or its domain has a history', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const organization = await makeHome(db)
  await put(db, { state: 'active', plan: null })
  await db.write(putPool, { id: 'main', kind: 'all', organization: null, overflow: null, mode: 'defer', sources: ['a'] })
  const added = async (name: string, over: { readonly history?: 'elsewhere' } = {}) => await db.write(createDomain, { id: name, name: name as Domain, organization, subaddress: '+', aliasOf: null, nowMs: NOW, ...over })
  for (const name of ['new.example', 'sub.new.example', 'above.home.example']) assert.ok((await added(name)).ok)
  await added('known.example', { history: 'elsewhere' })
  await db.write(setDomainWarmup, { domain: 'home.example', to: 'off' })
  let nowMs = NOW
  const shaper = new Shaper()
  const sources = pooledSources(db, () => nowMs, shaper)
  /** How many of so many go, and until when the others wait. */
  const sent = async (author: string | undefined, count: number, to: { readonly site?: string; readonly provider?: string; readonly expiresMs?: number } = {}) => {
    const { site = 'far.example', provider = null, expiresMs = nowMs + 5 * DAY_MS } = to
    const view = { prefix: '', skips: [], author }
    const { going, waiting: later } = await sources.assign(Array.from({ length: count }, () => waiting({ organization, stream: 'broadcast', priority: 2, view, expiresMs })), { site, provider }, ANYHOW)
    const outcomes = later.map(({ outcome }) => (outcome.kind === 'deferred' && outcome.answer.text.startsWith(`${author} is new here`) ? (outcome.dueMs - NOW) / DAY_MS : outcome.kind))
    return [going.reduce((sum, { deliveries }) => sum + deliveries.length, 0), ...new Set(outcomes)]
  }
  assert.deepEqual(await sent('known.example', 99), [99])
  assert.deepEqual([await sent('above.home.example', 99), await sent(undefined, 99)], [[99], [99]])
  // What its domain holds goes to its lane, which keeps it, and counts for nothing.
  const hold = domainHold({ organization, domain: 'new.example' as Domain }, ['spf'], NOW)
  shaper.suspend(hold)
  assert.deepEqual(await sent('new.example', 99), [99])
  shaper.end(hold.id, NOW)
  // Half of 20 to a small site, of 50 to Gmail, whatever domain below it writes; and of 200 in all.
  assert.deepEqual([await sent('new.example', 6), await sent('sub.new.example', 6)], [[6], [4, 1]])
  assert.deepEqual([await sent('new.example', 30, { site: 'gmail', provider: 'gmail' }), await sent('new.example', 1, { site: 'gmail', provider: 'gmail' })], [[25, 1], [0, 1]])
  assert.deepEqual(await sent('new.example', 2, { expiresMs: NOW + 60_000 }), [2])
  for (let at = 0; at < 6; at++) assert.deepEqual(await sent('new.example', 10, { site: `far${at}.example` }), [10])
  assert.deepEqual(await sent('new.example', 10, { site: 'last.example' }), [5, 1])
  assert.deepEqual(await newDomainDay(db, 'new.example'), { day: 1 })
  nowMs += 2 * DAY_MS
  assert.deepEqual(await sent('new.example', 99), [15, 3])
  assert.deepEqual(await newDomainDay(db, 'new.example'), { day: 2 })
  await db.write(setDomainWarmup, { domain: 'new.example', to: 'off' })
  nowMs += DAY_MS
  assert.deepEqual([await sent('new.example', 999), await newDomainDay(db, 'new.example')], [[999], { day: null }])
})

test('a strict split gives new addresses the share of their target that their day has reached, the same mail at each try', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await put(db, { plan: { ...PLAN, targetPerDay: 1_000 } })
  await put(db, { id: 'b', address: '192.0.2.2', state: 'active', plan: null })
  const pool = { organization: null, overflow: null, mode: 'strict-split' } as const
  await db.write(putPool, { ...pool, id: 'old', kind: 'txn-shared', sources: ['b'] })
  await db.write(putPool, { ...pool, id: 'main', kind: 'all', overflow: 'old', sources: ['a'] })
  /** The ids of what leaves from the new address. */
  const byNew = async (): Promise<readonly string[]> => {
    const deliveries = Array.from({ length: 1_000 }, (_, i) => waiting({ id: `d${i}`, organization: 'o1', stream: 'broadcast', priority: 2 }))
    const { going } = await pooledSources(db, () => NOW).assign(deliveries, { site: 'far.example', provider: null }, ANYHOW)
    assert.equal(going.reduce((sum, each) => sum + each.deliveries.length, 0), 1_000)
    return going.flatMap(({ source, deliveries: own }) => (source.id === 'a' ? own.map(({ id }) => id) : []))
  }
  // Of 1,000 a day the first day may carry 200.
  const first = await byNew()
  assert.ok(first.length > 150 && first.length < 250, `${first.length}`)
  assert.deepEqual(await byNew(), first)
  await put(db, { plan: PLAN })
  assert.equal((await byNew()).length, 1_000)
})

test('a domain is new no more after thirty days with mail', () => {
  let domain: NewDomain | null = newDomain()
  let days = 0
  for (; domain !== null && days < 99; days++) domain = takeDomainRoom(domain, { site: 'far.example', provider: null }, 1, NOW + days * DAY_MS).domain
  assert.deepEqual([domain, days], [null, 31])
})

test('a source that strangers would refuse is out of work from its first look on, or when it fails twice, until it is in order or has another address', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await put(db, { address: '198.41.0.4', plan: null, state: 'active' })
  await put(db, { id: 'inside', address: '10.0.0.1', plan: null, state: 'active' })
  let names: readonly string[] = []
  const found = (records: readonly string[]): Answer<string> => (records.length === 0 ? { kind: 'none', why: 'nxdomain', name: '', aliases: [], authentic: false, ttlMs: 0 } : { kind: 'found', records, name: '', aliases: [], authentic: false, ttlMs: 0, stale: false })
  const questions = { ptr: async () => found(names), addresses: async () => found(['198.41.0.4']), listed: async () => 'unlisted' as const }
  const look = () => lookAtSources({ db, questions, clock: { nowMs: () => NOW }, log: silentLog }, new AbortController().signal)
  const usable = async (): Promise<readonly boolean[]> => [...(await sourceBook(db)).sources.values()].map(isUsable)
  await look()
  assert.deepEqual(await usable(), [false, true]) // What lies inside of a network was never looked at.
  names = ['a.home.example']
  await look()
  assert.deepEqual(await usable(), [true, true])
  assert.equal((await sourceBook(db)).sources.get('a')?.checks.ehlo, 'ok')
  names = []
  await look()
  assert.deepEqual(await usable(), [true, true])
  await look()
  assert.deepEqual(await usable(), [false, true])
  await put(db, { address: '198.41.0.5', plan: null, state: 'active' })
  assert.deepEqual([await usable(), (await sourceBook(db)).sources.get('a')?.looked], [[true, true], null])
})

test('a source whose family the servers of a domain lack is left out for that domain, and without another one its mail waits', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await put(db, { id: 'four', address: '198.41.0.4', state: 'active', plan: null })
  await put(db, { id: 'six', address: '2606:4700::9', state: 'active', plan: null })
  await db.write(putPool, { id: 'main', kind: 'all', organization: null, overflow: null, mode: 'defer', sources: ['four', 'six'] })
  const deliveries = Array.from({ length: 40 }, (_, i) => waiting({ organization: `o${i}`, lane: i % 2 === 0 ? 'far.example' : 'other.example', stream: 'transactional', priority: 0, last: { source: 'six' } }))
  const assign = (beyond: readonly string[], families: Standing['families'] = ANYHOW.families) =>
    pooledSources(db, () => NOW).assign(deliveries, { site: 'far.example', provider: null }, { ...ANYHOW, families, isBeyond: (lane, family) => lane === 'far.example' && beyond.includes(family) })
  // Either an attempt has shown it, or DNS says so before.
  for (const { going } of [await assign(['v6']), await assign([], async (lane) => (lane === 'far.example' ? ['v4'] : ['v4', 'v6']))]) assert.deepEqual(going.map(({ source, deliveries: own }) => [source.id, own.length, new Set(own.map(({ lane }) => lane)).size]).toSorted(), [['four', 20, 1], ['six', 20, 1]])
  const { waiting: later } = await assign(['v4', 'v6'])
  assert.deepEqual([...new Set(later.map(({ outcome }) => (outcome.kind === 'deferred' ? outcome.answer.text : outcome.kind)))], ['no address of pool main may send this now: the servers of far.example have no address of the family of four, six'])
})

/** Sources `a` and `b`, which has no room for an hour, of one pool; its overflow pool has `c`. */
async function overflowing(db: Database, pool: { readonly kind?: PoolKind; readonly mode?: OverflowMode } = {}, next: PoolKind = 'warmup'): Promise<void> {
  for (const [at, id] of ['a', 'b', 'c'].entries()) await put(db, { id, address: `192.0.2.${at + 1}`, ...(id === 'b' ? {} : { state: 'active', plan: null }) })
  await db.write(putPool, { id: 'next', kind: next, organization: null, overflow: null, mode: 'defer', sources: ['c'] })
  await db.write(putPool, { id: 'main', kind: 'all', organization: null, overflow: 'next', mode: 'to-shared', ...pool, sources: ['a', 'b'] })
}

/** Nothing goes from `source` to Gmail for a day. */
function stop(shaper: Shaper, source: string): void {
  const key = scopeKey('source-site', { source, site: 'gmail', organization: null, stream: null })
  assert.ok(key !== null)
  shaper.suspend(suspend({ id: 'x', scope: 'source-site', key, what: 'suspend', covers: 'all', by: 'user', rule: null, reason: '', firstReply: null, untilMs: NOW + DAY_MS, canary: false }, NOW))
}

/** From which source each goes, or after how many hours it is looked at again. */
async function ends(db: Database, shaper: Shaper, deliveries: readonly LeasedDelivery[]): Promise<readonly string[]> {
  const sources = new PooledSources({ ...parts(db, () => NOW, shaper), takeRoom: async ({ source, wanted }) => (source === 'c' ? { granted: wanted, roomAgainMs: null } : { granted: 0, roomAgainMs: NOW + 3_600_000 }) })
  const { going, waiting: later } = await sources.assign(deliveries, { site: 'gmail', provider: 'gmail' }, ANYHOW)
  return [...going.flatMap(({ source, deliveries: own }) => own.map(() => source.id)), ...later.map(({ outcome }) => (outcome.kind === 'deferred' ? `${(outcome.dueMs - NOW) / 3_600_000} h` : outcome.kind))]
}

test('what a full source has no room for goes by the overflow pool, or waits an hour, though another one is suspended', async () => {
  for (const [mode, end] of [['to-shared', 'c'], ['defer', '1 h']] as const) {
    await using opened = await openTestDatabase()
    const { db } = opened
    const shaper = new Shaper()
    await overflowing(db, { mode })
    stop(shaper, 'a')
    const deliveries = [waiting({ organization: 'o1', stream: 'broadcast', priority: 2, expiresMs: NOW + 5 * DAY_MS })]
    assert.deepEqual(await ends(db, shaper, deliveries), [end])
    // Where all are suspended it waits for that, at its own: nothing slips past a block.
    stop(shaper, 'b')
    assert.match((await ends(db, shaper, deliveries)).join(), /^[ab]$/)
  }
})

test('what is suspended takes no room of a source that warms up', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await put(db)
  await db.write(putPool, { id: 'main', kind: 'all', organization: null, overflow: null, mode: 'defer', sources: ['a'] })
  const shaper = new Shaper()
  stop(shaper, 'a')
  const sources = new PooledSources({ ...parts(db, () => NOW, shaper), takeRoom: (args) => db.write(takeWarmupRoom, args) })
  const { going } = await sources.assign(Array.from({ length: 20 }, (_, i) => waiting({ id: `d${i}`, organization: 'o1', stream: 'broadcast', priority: 2 })), { site: 'gmail', provider: 'gmail' }, ANYHOW)
  assert.deepEqual([going.map(({ deliveries: own }) => own.length), (await take(db, 9, NOW)).granted], [[20], 5])
})

test('mail overflows to no better senders than those of its grade, and trial mail to nobody', async () => {
  const broadcast = (organization: OrganizationId): LeasedDelivery => waiting({ organization, stream: 'broadcast', priority: 2, expiresMs: NOW + 5 * DAY_MS })
  const [young, good, bad] = ['o-young', 'o-good', 'o-bad'] as OrganizationId[]
  const from = async (kind: PoolKind, next: PoolKind, organization: OrganizationId | undefined): Promise<string> => {
    await using opened = await openTestDatabase()
    const { db } = opened
    await db.write(putPlan, { organization: young as OrganizationId, plan: trialPlan(NOW) })
    for (const day of [0, 1]) for (const [id, points] of [[good, 90], [bad, 10]] as const) await db.write(place, { organization: id as OrganizationId, points, nowMs: NOW + day * DAY_MS })
    await overflowing(db, { kind }, next)
    await put(db, { id: 'a', state: 'resting', plan: null })
    return (await ends(db, new Shaper(), [broadcast(organization as OrganizationId)])).join()
  }
  assert.deepEqual([await from('bulk-shared-c', 'bulk-shared-a', bad), await from('bulk-shared-a', 'bulk-shared-c', good), await from('bulk-shared-c', 'warmup', bad)], ['1 h', 'c', 'c'])
  assert.deepEqual([await from('bulk-shared-c', 'warmup', young), await from('all', 'system', good), await from('all', 'forwarding', good)], ['1 h', '1 h', '1 h'])
})

test('nothing overflows that is paused', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await overflowing(db)
  const shaper = new Shaper()
  const key = scopeKey('stream', { source: '', site: '', organization: 'o1' as OrganizationId, stream: 'broadcast' })
  assert.ok(key !== null)
  shaper.suspend(suspend({ id: 'x', scope: 'stream', key, what: 'pause', covers: 'all', by: 'standing', rule: null, reason: '', firstReply: null, untilMs: null, canary: false }, NOW))
  assert.match((await ends(db, shaper, [waiting({ organization: 'o1', stream: 'broadcast', priority: 2 })])).join(), /^[ab]$/)
})

test('mail of others that we pass on leaves by the pool for that', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await put(db, { state: 'active', plan: null })
  await put(db, { id: 'b', address: '192.0.2.2', state: 'active', plan: null })
  const pool = { organization: null, overflow: null, mode: 'defer' } as const
  await db.write(putPool, { ...pool, id: 'main', kind: 'all', sources: ['a'] })
  await db.write(putPool, { ...pool, id: 'others', kind: 'forwarding', sources: ['b'] })
  const forwardedBy = { organization: 'o1', domain: 'home.example' }
  const deliveries = [
    { id: 'own', stream: 'submission', priority: 1 }, { id: 'forwarded', stream: 'submission', priority: 1, view: { prefix: '', skips: [], forwardedBy } },
    { id: 'report', stream: 'report', priority: 3 }, { id: 'of a report', stream: 'report', priority: 3, view: { prefix: '', skips: [], forwardedBy } }, { id: 'backup', stream: BACKUP_STREAM, priority: 1 },
  ]
  const { going } = await pooledSources(db, () => NOW).assign(deliveries.map((of) => waiting({ organization: 'o1', ...of })), { site: 'far.example', provider: null }, ANYHOW)
  assert.deepEqual(going.map(({ source, deliveries: own }) => [source.id, ...own.map(({ id }) => id)]), [['a', 'own', 'report'], ['b', 'forwarded', 'of a report', 'backup']])
})

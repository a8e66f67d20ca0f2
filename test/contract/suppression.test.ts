import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, DeliveryId, MessageId, OrganizationId } from '../../src/base/brand.ts'
import { followSigns } from '../../src/core/bounce/sql-suppress.ts'
import { suppressReader } from '../../src/core/bounce/suppress.ts'
import type { Event, EventType } from '../../src/core/event/event.ts'
import { erasedName, hashOf } from '../../src/core/suppression/sql-erased.ts'
import { listedAmong, suppress, suppressionOf, suppressionsAfter, unsuppress } from '../../src/core/suppression/sql.ts'
import type { Suppression } from '../../src/core/suppression/suppression.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { write } from '../../src/infra/db/transaction.ts'
import { openTestDatabase } from '../support/database.ts'
import { NOW_MS } from '../support/people.ts'

const DAY_MS = 24 * 3_600_000
const O1 = 'o1' as OrganizationId

const put = (db: Database, over: Partial<Suppression> = {}): Promise<void> =>
  db.write(suppress, {
    organization: O1,
    address: 'Cici@Far.example',
    scope: 'all',
    category: 'bad-mailbox',
    reason: '550 5.1.1 No such user',
    delivery: 'q1' as DeliveryId,
    createdMs: NOW_MS,
    expiresMs: null,
    lockedMs: null,
    ...over,
  })

const KEY = statement<{ key: string }>('INSERT INTO subject_key (single, key) VALUES (1, $key)')
const beginErasing = write('test.subject_key', (tx, key: string) => tx.run(KEY, { key }))

const listed = async (db: Database, nowMs = NOW_MS): Promise<readonly string[]> =>
  (await suppressionsAfter(db, O1, null, nowMs)).map(({ address, scope, category }) => `${address} ${scope} ${category}`)

test('an entry holds until it expires or is removed, in whatever case the address is written', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await put(db, { expiresMs: NOW_MS + DAY_MS })
  await put(db, { address: 'dodi@far.example' })
  assert.deepEqual(await listed(db), ['cici@far.example all bad-mailbox', 'dodi@far.example all bad-mailbox'])
  assert.deepEqual(await listed(db, NOW_MS + DAY_MS), ['dodi@far.example all bad-mailbox'])
  assert.equal(await db.write(unsuppress, { organization: O1, address: 'DODI@far.example', nowMs: NOW_MS }), 'removed')
  assert.equal(await db.write(unsuppress, { organization: O1, address: 'dodi@far.example', nowMs: NOW_MS }), 'none')
  assert.deepEqual(await suppressionsAfter(db, 'o2' as OrganizationId, null, NOW_MS), [])
})

test('an address that comes back after it was removed stays for 90 days', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const remove = (nowMs: number): Promise<string> => db.write(unsuppress, { organization: O1, address: 'cici@far.example', nowMs })
  await put(db)
  assert.equal(await remove(NOW_MS), 'removed')
  await put(db, { createdMs: NOW_MS + DAY_MS })
  assert.equal(await remove(NOW_MS + 2 * DAY_MS), 'locked')
  assert.equal(await remove(NOW_MS + 91 * DAY_MS), 'removed')
})

test('an entry for what goes to many stands beside one for everything', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await put(db)
  await put(db, { scope: 'broadcast', category: 'complaint' })
  assert.deepEqual(await listed(db), ['cici@far.example all bad-mailbox', 'cici@far.example broadcast complaint'])
})

test('a list is read in pages, whole', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  for (let i = 0; i < 501; i++) await put(db, { address: `a${String(i % 251).padStart(3, '0')}@far.example`, scope: i < 251 ? 'all' : 'broadcast' })
  const first = await suppressionsAfter(db, O1, null, NOW_MS)
  const rest = await suppressionsAfter(db, O1, first.at(-1) ?? null, NOW_MS)
  assert.deepEqual([first.length, rest.length, rest[0]?.address], [500, 1, 'a250@far.example'])
})

test('of many addresses those on a list are told at once, erased ones too', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const all = Array.from({ length: 450 }, (_, at) => `P${at}@Far.example`)
  const traffic = { traffic: 'transactional', stream: 'transactional' } as const
  await db.write(beginErasing, 'k')
  await put(db, { address: 'p7@far.example' })
  await put(db, { address: 'p250@far.example', organization: '' })
  await put(db, { address: erasedName(hashOf('k', 'p449@far.example')) })
  await put(db, { address: 'p8@far.example', organization: 'o2' as OrganizationId })
  await put(db, { address: 'p9@far.example', scope: 'broadcast' })
  const found = await db.read((tx) => listedAmong(tx, O1, [...all, ...all]))
  assert.deepEqual([...found].toSorted(), ['p250@far.example', 'p449@far.example', 'p7@far.example', 'p9@far.example'])
  const stopped = await db.read(function* (tx) {
    const addresses: string[] = []
    for (const address of all) if ((yield* suppressionOf(tx, O1, address, traffic, NOW_MS)) !== null) addresses.push(address.toLowerCase())
    return addresses
  })
  assert.deepEqual(stopped, ['p7@far.example', 'p250@far.example', 'p449@far.example'])
  assert.deepEqual(await db.read((tx) => listedAmong(tx, O1, [])), new Set())
})

/** What a try to reach `recipient` told, and when. */
interface Try {
  readonly recipient?: string
  readonly type?: EventType
  readonly atMs?: number
  readonly data?: Readonly<Record<string, unknown>>
}

const MISSING = { host: null, status: '5.1.2', site: 'gone.example', missing: 'gone.example' }

/** Follows the log over tries of several organizations. */
async function follow(db: Database, tries: readonly Try[]): Promise<void> {
  const events = tries.map(({ recipient = 'Budi@Gone.example', type = 'delivery.deferred', atMs = NOW_MS, data = MISSING }, i): Event => ({
    ...{ position: String(i + 1), id: i + 1, atMs, organization: `o${i % 3}` as OrganizationId, account: null as AccountId | null, message: 'm1' as MessageId, delivery: `q${i}` as DeliveryId },
    ...{ type, version: 1, data: { recipient, ...data } },
  }))
  await suppressReader({ clock: { nowMs: () => Math.max(...tries.map(({ atMs = NOW_MS }) => atMs)) }, follow: (args) => db.write(followSigns, args) }).handle(events, '1')
}

const times = (count: number, one: Try = {}): readonly Try[] => Array.from({ length: count }, () => one)

/** Why an organization that never wrote there does not write to an address; the form for many addresses has to know of it. */
async function whyNot(db: Database, address: string, nowMs: number): Promise<string | null> {
  const { one, many } = await db.read(function* (tx) {
    const one = yield* suppressionOf(tx, 'o9' as OrganizationId, address, { traffic: 'transactional', stream: 'transactional' }, nowMs)
    const many = yield* listedAmong(tx, 'o9' as OrganizationId, [address, `x${address}`, 'ani@far.example'])
    return { one, many: [...many] }
  })
  // What is over may still be named there: it is only asked about.
  assert.ok(!many.includes('ani@far.example'))
  if (one !== null) assert.deepEqual(many, [address, `x${address}`].map((each) => each.toLowerCase()))
  return one === null ? null : `${one.address} ${one.category}: ${one.reason}`
}

const SECOND_DAY = NOW_MS + DAY_MS
const WHY = '@gone.example bad-domain: NXDOMAIN: 20 look-ups on 2 days found no such domain'

test('nobody writes to a domain that twenty look-ups on two days did not find, for a week', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await follow(db, times(30))
  assert.equal(await whyNot(db, 'Cici@gone.example', NOW_MS), null, 'a single day')
  await follow(db, times(9, { recipient: 'a@other.example', data: { ...MISSING, missing: 'other.example' } }))
  await follow(db, [{ recipient: 'a@other.example', atMs: SECOND_DAY, data: { ...MISSING, missing: 'other.example' } }])
  assert.equal(await whyNot(db, 'a@other.example', SECOND_DAY), null, 'ten look-ups')
  await follow(db, [{ atMs: SECOND_DAY }])
  assert.equal(await whyNot(db, 'Cici@gone.example', SECOND_DAY), WHY.replace('20', '31'))
  assert.equal(await whyNot(db, 'cici@sub.gone.example', SECOND_DAY), null)
  assert.deepEqual((await suppressionsAfter(db, '', null, SECOND_DAY)).map(({ address, scope, expiresMs }) => [address, scope, expiresMs]), [['@gone.example', 'all', SECOND_DAY + 7 * DAY_MS]])
  assert.equal(await whyNot(db, 'cici@gone.example', SECOND_DAY + 7 * DAY_MS), null)
})

test('what is no NXDOMAIN of the domain does not count: no SERVFAIL, no server that says so, no alias whose target is gone', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  for (const data of [{ host: null, status: '4.4.3' }, { host: null, status: '5.4.4' }, { host: 'mx.far.example', status: '5.1.2' }, { ...MISSING, missing: 'target.example' }]) {
    await follow(db, [...times(19, { data }), ...times(19, { data, atMs: SECOND_DAY })])
  }
  assert.equal(await whyNot(db, 'cici@gone.example', SECOND_DAY), null)
})

test('a domain whose server speaks comes off the list and is counted from nothing; a relay that takes its mail says nothing of it', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const gone = [...times(10), ...times(10, { atMs: SECOND_DAY })]
  await follow(db, gone)
  assert.equal(await whyNot(db, 'cici@gone.example', SECOND_DAY), WHY)
  await follow(db, [{ type: 'delivery.delivered', atMs: SECOND_DAY, data: { host: 'relay.example', site: 'relay relay.example:25' } }])
  await follow(db, [{ recipient: 'a@far.example', type: 'delivery.delivered', atMs: SECOND_DAY, data: { host: 'mx.far.example', site: 'far.example' } }])
  assert.equal(await whyNot(db, 'cici@gone.example', SECOND_DAY), WHY)
  await follow(db, [{ type: 'delivery.deferred', atMs: SECOND_DAY, data: { host: 'mx.gone.example', site: 'gone.example', status: '4.2.0' } }])
  assert.equal(await whyNot(db, 'cici@gone.example', SECOND_DAY), null)
  await follow(db, gone.slice(1))
  assert.equal(await whyNot(db, 'cici@gone.example', SECOND_DAY), null)
  await follow(db, [{ atMs: SECOND_DAY }])
  assert.equal(await whyNot(db, 'cici@gone.example', SECOND_DAY), WHY)
})

test('an operator takes a domain off, and it is counted from nothing', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await follow(db, [...times(10), ...times(10, { atMs: SECOND_DAY })])
  assert.equal(await db.write(unsuppress, { organization: '', address: '@gone.example', nowMs: SECOND_DAY }), 'removed')
  await follow(db, times(19, { atMs: SECOND_DAY + DAY_MS }))
  assert.equal(await whyNot(db, 'cici@gone.example', SECOND_DAY + DAY_MS), null)
})

test('what is pretended of a test key’s mail does not say that a domain is there', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await follow(db, times(30))
  await follow(db, [{ type: 'delivery.delivered', data: { host: 'demo', site: 'demo', mode: 'test' } }])
  await follow(db, [{ atMs: SECOND_DAY }])
  assert.equal(await whyNot(db, 'Cici@gone.example', SECOND_DAY), WHY.replace('20', '31'))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeliveryId, OrganizationId } from '../../src/base/brand.ts'
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

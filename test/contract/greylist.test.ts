import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OrganizationId } from '../../src/base/brand.ts'
import type { GreyAnswer } from '../../src/core/filter/greylist/greylist.ts'
import { purgeGreylist, sqlGreylist } from '../../src/core/filter/greylist/sql-greylist.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { openTestDatabase } from '../support/database.ts'
import { NOW_MS } from '../support/people.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 3_600_000
const O1 = 'o1' as OrganizationId

const ask = (db: Database, key: string, nowMs: number, over: { readonly client?: string; readonly domain?: string; readonly organization?: OrganizationId } = {}): Promise<GreyAnswer> =>
  sqlGreylist(db).ask({ organization: O1, key, client: '192.0.2.0/24', domain: null, nowMs, ...over })

const word = async (answer: Promise<GreyAnswer>): Promise<string> => (await answer).why

test('a stranger who comes back after a minute passes, and is known from then on', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  assert.deepEqual(await ask(db, 'k', NOW_MS), { kind: 'wait', why: 'new', forMs: MINUTE_MS })
  assert.deepEqual(await ask(db, 'k', NOW_MS + 20_000), { kind: 'wait', why: 'early', forMs: 40_000 })
  assert.equal(await word(ask(db, 'k', NOW_MS + MINUTE_MS)), 'returned')
  assert.equal(await word(ask(db, 'k', NOW_MS + MINUTE_MS)), 'known')
  assert.equal(await word(ask(db, 'k', NOW_MS, { organization: 'o2' as OrganizationId })), 'new')
  // Each use keeps it known for another 36 days.
  assert.equal(await word(ask(db, 'k', NOW_MS + 30 * DAY_MS)), 'known')
  assert.equal(await word(ask(db, 'k', NOW_MS + 66 * DAY_MS)), 'known')
  assert.equal(await word(ask(db, 'k', NOW_MS + 103 * DAY_MS)), 'new')
})

test('who comes back after a day begins again', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await ask(db, 'k', NOW_MS)
  assert.equal(await word(ask(db, 'k', NOW_MS + DAY_MS + 1)), 'new')
  assert.equal(await word(ask(db, 'k', NOW_MS + DAY_MS + 1 + MINUTE_MS)), 'returned')
})

test('a net of which five have passed is not asked any more for 60 days, and neither is a domain that is vouched for', async () => {
  for (const over of [{}, { domain: 'far.example' }]) {
    await using opened = await openTestDatabase()
    const { db } = opened
    for (const [at, key] of ['a', 'b', 'c', 'd', 'e'].entries()) {
      const place = 'domain' in over ? { ...over, client: `198.51.${at}.0/24` } : over
      assert.equal(await word(ask(db, key, NOW_MS, place)), 'new')
      assert.equal(await word(ask(db, key, NOW_MS + MINUTE_MS, place)), 'returned')
    }
    assert.equal(await word(ask(db, 'f', NOW_MS + MINUTE_MS, over)), 'client')
    assert.equal(await word(ask(db, 'f', NOW_MS + MINUTE_MS, { client: '203.0.113.0/24' })), 'new')
    assert.equal(await word(ask(db, 'g', NOW_MS + 61 * DAY_MS, over)), 'new')
  }
})

test('of two who ask at once, one is new', async () => {
  await using opened = await openTestDatabase()
  const other = await opened.another()
  const words = await Promise.all([word(ask(opened.db, 'k', NOW_MS)), word(ask(other, 'k', NOW_MS))])
  assert.deepEqual(words.toSorted(), ['early', 'new'])
})

test('what is over is purged, and nothing else', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await ask(db, 'passed', NOW_MS)
  await ask(db, 'passed', NOW_MS + MINUTE_MS)
  await ask(db, 'waits', NOW_MS)
  assert.equal(await db.write(purgeGreylist, { nowMs: NOW_MS + DAY_MS }), 0)
  assert.equal(await db.write(purgeGreylist, { nowMs: NOW_MS + 2 * DAY_MS }), 1)
  assert.equal(await word(ask(db, 'passed', NOW_MS + 2 * DAY_MS)), 'known')
  assert.equal(await db.write(purgeGreylist, { nowMs: NOW_MS + 39 * DAY_MS }), 1)
  assert.equal(await db.write(purgeGreylist, { nowMs: NOW_MS + 39 * DAY_MS }), 0)
})

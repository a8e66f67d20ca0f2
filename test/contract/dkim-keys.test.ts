import assert from 'node:assert/strict'
import test from 'node:test'
import type { Domain } from '../../src/base/brand.ts'
import { makeDkimKeys, OVERLAP_MS, PUBLISH_MS, publishedKeys, signingKeys } from '../../src/core/domain/dkim.ts'
import { removeDomain } from '../../src/core/domain/sql.ts'
import { addDkimKeys, dkimKeysOf } from '../../src/core/domain/sql-dkim.ts'
import { openTestDatabase } from '../support/database.ts'
import { makeHome, NOW_MS } from '../support/people.ts'

const HOME = 'home.example' as Domain

test('keys are rotated with an overlap: published before they sign, and after', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const organization = await makeHome(db)
  const first = await makeDkimKeys(NOW_MS, NOW_MS)
  const second = await makeDkimKeys(NOW_MS + 1000, NOW_MS + 1000 + PUBLISH_MS)
  await db.write(addDkimKeys, { organization, domain: HOME, keys: first })
  await db.write(addDkimKeys, { organization, domain: HOME, keys: second })
  const keys = await dkimKeysOf(db, organization, HOME)
  const at = (ms: number) => ({
    signing: signingKeys(HOME, keys, NOW_MS + ms).map(({ selector }) => selector).toSorted(),
    published: publishedKeys(HOME, keys, NOW_MS + ms).map(({ state }) => state),
  })
  const names = (made: typeof first) => made.map(({ selector }) => selector).toSorted()
  assert.deepEqual(at(2000), { signing: names(first), published: ['signing', 'signing', 'waiting', 'waiting'] })
  assert.deepEqual(at(PUBLISH_MS + 2000), { signing: names(second), published: ['retired', 'retired', 'signing', 'signing'] })
  assert.deepEqual(at(PUBLISH_MS + OVERLAP_MS + 2000), { signing: names(second), published: ['signing', 'signing'] })
})

test('nobody signs for a domain of somebody else, nor for one that was removed', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const organization = await makeHome(db)
  await db.write(addDkimKeys, { organization, domain: HOME, keys: await makeDkimKeys(NOW_MS, NOW_MS) })
  assert.deepEqual(await dkimKeysOf(db, 'other' as typeof organization, HOME), [])
  assert.ok((await db.write(removeDomain, { name: HOME, organization, nowMs: NOW_MS })).ok)
  assert.deepEqual(await dkimKeysOf(db, organization, HOME), [])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OrganizationId } from '../../src/base/brand.ts'
import { noteSeen, forgetSeen, seenReader } from '../../src/core/filter/seen/sql-seen-mail.ts'
import { openTestDatabase } from '../support/database.ts'
import { NOW_MS } from '../support/people.ts'

const O1 = 'o1' as OrganizationId
const O2 = 'o2' as OrganizationId

test('what came is counted for each organization alone, and forgotten when it has not come for long', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const read = seenReader(db)
  const note = async (organization: OrganizationId, key: string, atMs: number, times = 1): Promise<void> => await db.write(noteSeen, { notes: [{ organization, key, times, atMs }] })
  await db.write(noteSeen, { notes: [{ organization: O1, key: 'b', times: 1, atMs: NOW_MS }, { organization: O1, key: 'a', times: 2, atMs: NOW_MS }, { organization: O2, key: 'a', times: 1, atMs: NOW_MS }] })
  await note(O1, 'a', NOW_MS + 10, 3)
  await note(O1, 'a', NOW_MS - 10)
  assert.deepEqual(Object.fromEntries(await read(O1, ['a', 'b', 'c'])), { a: { times: 6, firstMs: NOW_MS, lastMs: NOW_MS + 10 }, b: { times: 1, firstMs: NOW_MS, lastMs: NOW_MS } })
  assert.equal((await read(O2, ['a'])).get('a')?.times, 1)
  assert.equal((await read('o3' as OrganizationId, ['a'])).size, 0)
  assert.equal(await db.write(forgetSeen, { beforeMs: NOW_MS + 5 }), 2)
  assert.deepEqual([...(await read(O1, ['a', 'b'])).keys()], ['a'])
})

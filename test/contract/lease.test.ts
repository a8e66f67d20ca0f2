import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leaseHolder, releaseLease, takeLease } from '../../src/infra/db/sql-lease.ts'
import { openTestDatabase } from '../support/database.ts'

test('a lease has one holder at a time, and passes on when it ran out or was given back', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const take = (holder: string, nowMs: number): Promise<boolean> => db.write(takeLease, { name: 'job', holder, nowMs, untilMs: nowMs + 100 })
  const racers = await Promise.all(['a', 'b', 'c'].map((holder) => take(holder, 0)))
  assert.equal(racers.filter(Boolean).length, 1)
  const holder = ['a', 'b', 'c'][racers.indexOf(true)] as string
  assert.equal(await leaseHolder(db, 'job', 50), holder)
  assert.equal(await take(holder, 50), true)
  assert.equal(await take('late', 149), false)
  assert.equal(await take('late', 150), true)
  assert.equal(await leaseHolder(db, 'job', 160), 'late')
  await db.write(releaseLease, { name: 'job', holder })
  assert.equal(await leaseHolder(db, 'job', 160), 'late')
  await db.write(releaseLease, { name: 'job', holder: 'late' })
  assert.equal(await leaseHolder(db, 'job', 160), null)
})

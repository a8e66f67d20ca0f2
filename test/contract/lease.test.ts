import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { formerConnectionsEnded } from '../../src/infra/db/postgres/sql-former.ts'
import { PostgresDatabase } from '../../src/infra/db/postgres/database.ts'
import { forgetLeasesOf, leaseHolder, releaseLease, takeLease } from '../../src/infra/db/sql-lease.ts'
import { makePostgresDatabase, onPostgres, openTestDatabase } from '../support/database.ts'

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

test('a node that starts again ends the leases of its former life, and no other node\'s', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const holders = ['n1/a', 'n1/b', 'n10/a', 'n2/a', 'n1']
  for (const holder of holders) assert.equal(await db.write(takeLease, { name: holder, holder, nowMs: 0, untilMs: 100 }), true)
  assert.equal(await db.write(forgetLeasesOf, { node: 'n1' }), 2)
  assert.deepEqual(await Promise.all(holders.map((name) => leaseHolder(db, name, 50))), [null, null, 'n10/a', 'n2/a', 'n1'])
})

// On SQLite the writer dies with its process.
if (onPostgres) test('what a killed process sent last is waited for', async () => {
  const { url, drop } = await makePostgresDatabase()
  const former = new pg.Client({ connectionString: url, application_name: 'merpati n1' })
  await former.connect()
  try {
    await using db = new PostgresDatabase({ url, connections: 2 })
    assert.equal(await formerConnectionsEnded(db, 'merpati n2'), true)
    assert.equal(await formerConnectionsEnded(db, 'merpati n1', 0), false)
    await former.end()
    assert.equal(await formerConnectionsEnded(db, 'merpati n1'), true)
  } finally {
    await drop()
  }
})

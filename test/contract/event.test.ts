import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { makeId } from '../../src/base/ids.ts'
import type { MessageId, OrganizationId } from '../../src/base/brand.ts'
import type { NewEvent } from '../../src/core/event/event.ts'
import { appendEvent, eventsAfter } from '../../src/core/event/sql.ts'
import { fillTraceIndex, trace } from '../../src/core/event/sql-trace.ts'
import { write } from '../../src/infra/db/transaction.ts'
import { makePostgresDatabase, onPostgres, openTestDatabase, type TestDatabase } from '../support/database.ts'
import { migrations } from '../../src/app/migration/migrations.ts'
import { migratePostgres } from '../../src/infra/db/postgres/migrate.ts'
import { PostgresDatabase } from '../../src/infra/db/postgres/database.ts'
import { LOOKS, shownEvents } from '../support/events.ts'
import { NOW_MS } from '../support/people.ts'

const append = write('test.event', function* (tx, event: NewEvent) {
  yield* appendEvent(tx, event)
  return true
})

function event(data: unknown, message: string | null = null): NewEvent {
  return { atMs: NOW_MS, organization: 'o1' as OrganizationId, account: null, message: message as MessageId | null, delivery: null, type: 'mail.arrived', version: 1, data }
}

/** Follows until nothing is left. Transactions of other tests on the same server may hold events back for a moment. */
async function follow({ db, traces }: TestDatabase, wanted: number): Promise<number> {
  let count = 0
  for (let look = 0; look < LOOKS && count < wanted; look++) count += await fillTraceIndex(db, traces, new AbortController().signal)
  return count + (await fillTraceIndex(db, traces, new AbortController().signal))
}

test('events come in the order of their commit, each once, and a reader goes on where it stopped', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  for (let i = 0; i < 450; i++) await db.write(append, event({ n: i }))
  assert.equal(await follow(opened, 450), 450)
  assert.equal(await follow(opened, 0), 0)
  await db.write(append, event({ n: 450 }))
  assert.equal(await follow(opened, 1), 1)
})

test('a trace is found by message, address and Message-ID, without case and angle brackets', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const id = makeId('m', NOW_MS)
  const told = { from: 'Out@Far.example', messageId: '<ABC@far.example>', recipients: [{ address: 'ani@home.example', email: 'e1' }] }
  await db.write(append, event(told, id))
  await db.write(append, event({ from: 'other@far.example' }, 'm2'))
  await follow(opened, 2)
  for (const asked of [id, 'out@far.EXAMPLE', '<abc@far.example>', 'ANI@home.example', 'e1']) {
    assert.deepEqual((await trace(db, opened.traces, asked, 10)).map(({ message }) => message), [id], asked)
  }
  assert.deepEqual(await trace(db, opened.traces, 'nobody@far.example', 10), [])
})

// On SQLite one writer gives ids in commit order: there is no second transaction to be early.
if (onPostgres) test('a transaction that began first and commits last is not skipped', commitsInReverse)

async function commitsInReverse(): Promise<void> {
  const { url, drop } = await makePostgresDatabase()
  await migratePostgres(url, migrations, NOW_MS)
  const late = new pg.Client({ connectionString: url })
  await late.connect()
  try {
    await using db = new PostgresDatabase({ url, connections: 2 })
    await late.query('BEGIN')
    await late.query("INSERT INTO event (at_ms, organization, type, version, data) VALUES (1, 'o1', 'mail.arrived', 1, '\"late\"')")
    await db.write(append, event('early'))
    assert.deepEqual(await eventsAfter(db, '', 2), [])
    await late.query('COMMIT')
    assert.deepEqual((await shownEvents(db)).map(({ data }) => data), ['late', 'early'])
  } finally {
    await late.end()
    await drop()
  }
}

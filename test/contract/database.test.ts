import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '../../src/infra/db/database.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { type Write, write } from '../../src/infra/db/transaction.ts'
import { PostgresDatabase } from '../../src/infra/db/postgres/database.ts'
import { forgetAnswers } from '../../src/infra/db/postgres/sql-applied.ts'
import { takeLease } from '../../src/infra/db/sql-lease.ts'
import { makePostgresDatabase, onPostgres, openTestDatabase } from '../support/database.ts'

const INSERT = statement<{ name: string }>("INSERT INTO lease (name, holder, until_ms) VALUES ($name, 'test', 0)")
const SYNCS = statement<Record<never, never>, { value: string }>("SELECT current_setting('synchronous_commit') AS value")
const COUNT = statement<{ like: string }, { count: number }>('SELECT count(*) AS count FROM lease WHERE name LIKE $like')
const TYPES = statement<{ number: number; bytes: Uint8Array; text: string; none: null }, { number: number; bytes: Uint8Array; text: string; none: null }>({
  sqlite: 'SELECT $number AS number, $bytes AS bytes, $text AS text, $none AS none',
  postgres: 'SELECT $number::bigint AS number, $bytes::bytea AS bytes, $text::text AS text, $none::text AS none',
})

const add: Write<{ readonly name: string }, string> = write('test.add', function* (tx, args) {
  yield* tx.run(INSERT, args)
  return `added ${args.name}`
})
const addTwice: Write<{ readonly name: string }, string> = write('test.add-twice', function* (tx, args) {
  yield* tx.run(INSERT, { name: `${args.name}-1` })
  yield* tx.run(INSERT, { name: `${args.name}-1` })
  return 'never'
})
const addUnlessThere: Write<{ readonly name: string }, string> = write('test.add-unless-there', function* (tx, { name }) {
  const there = yield* tx.one(COUNT, { like: name })
  if ((there?.count ?? 0) > 0) return 'taken'
  yield* tx.run(INSERT, { name })
  return 'added'
})
const addThenRefuse: Write<{ readonly name: string }, string> = write('test.add-then-refuse', function* (tx, args) {
  yield* tx.run(INSERT, args)
  return 'refused'
})

async function count(db: Database, like: string): Promise<number> {
  return (await db.one(COUNT, { like }))?.count ?? -1
}

test('a write is there when it resolves, also for another connection', async () => {
  await using opened = await openTestDatabase()
  assert.equal(await opened.db.write(add, { name: 'x' }), 'added x')
  assert.equal(await count(await opened.another(), 'x'), 1)
})

test('a write that throws undoes all of itself and nothing of its neighbours', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const results = await Promise.allSettled([db.write(add, { name: 'a1' }), db.write(addTwice, { name: 'b' }), db.write(add, { name: 'a2' })])
  assert.deepEqual(results.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled'])
  assert.deepEqual([await count(db, 'a%'), await count(db, 'b%')], [2, 0])
})

test('of writes at once that look before they add, one adds, and the others see what it added', async () => {
  await using opened = await openTestDatabase()
  const other = await opened.another()
  const answers = await Promise.all(Array.from({ length: 24 }, (_, at) => (at % 2 === 0 ? opened.db : other).write(addUnlessThere, { name: 'once' })))
  assert.deepEqual(answers.toSorted(), ['added', ...Array.from({ length: 23 }, () => 'taken')])
})

test('a refusal is a value, and what was written before it stays', async () => {
  await using opened = await openTestDatabase()
  assert.equal(await opened.db.write(addThenRefuse, { name: 'r' }), 'refused')
  assert.equal(await count(opened.db, 'r'), 1)
})

test('numbers, bytes, text and null come back as they went', async () => {
  await using opened = await openTestDatabase()
  const values = { number: 2 ** 52 + 1, bytes: new Uint8Array([0, 255, 10]), text: "a'\u{1f600}", none: null }
  const row = await opened.db.one(TYPES, values)
  assert.deepEqual({ ...row, bytes: [...(row?.bytes ?? [])] }, { ...values, bytes: [0, 255, 10] })
})

test('a read of several statements sees one moment', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const counts = db.read(function* (tx) {
    const first = yield* tx.one(COUNT, { like: 's%' })
    const second = yield* tx.one(COUNT, { like: 's%' })
    return [first?.count, second?.count]
  })
  await db.write(add, { name: 's' })
  const [first, second] = await counts
  assert.equal(first, second)
})

test('a missing parameter is a bug that is thrown, not a NULL', async () => {
  await using opened = await openTestDatabase()
  await assert.rejects(async () => await opened.db.one(COUNT, {} as { like: string }), /no value for \$like/)
})

if (onPostgres) {
  test('a commit waits for the disk although the server was told not to', async () => {
    const { url, drop } = await makePostgresDatabase()
    const lax = new URL(url)
    lax.searchParams.set('options', '-c synchronous_commit=off')
    {
      await using db = new PostgresDatabase({ url: lax.href, connections: 1 })
      assert.deepEqual(await db.one(SYNCS, {}), { value: 'on' })
    }
    await drop()
  })

  test('answers of old writes are forgotten, those of new ones are not', async () => {
    await using opened = await openTestDatabase()
    const { db } = opened
    await db.write(takeLease, { name: 'a', holder: 'x', nowMs: 1, untilMs: 2 }, 'w-old')
    assert.equal(await db.write(forgetAnswers, { beforeMs: Date.now() - 3_600_000 }, 'w-first'), 0)
    assert.equal(await db.write(forgetAnswers, { beforeMs: Date.now() + 60_000 }, 'w-second'), 2)
  })
}

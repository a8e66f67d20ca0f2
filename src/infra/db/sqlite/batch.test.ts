import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Unavailable } from '../../../base/unavailable.ts'
import { statement } from '../statement.ts'
import { write } from '../transaction.ts'
import { BatchRunner, type WriteRequest } from './batch.ts'
import type { SqliteConnection } from './connection.ts'
import { SqliteDatabase } from './database.ts'
import { migrateSqlite } from './migrate.ts'
import { openForReading, openForWriting } from './open.ts'
import { type PostedAnswer, type PostedWrite, Writer } from './writer.ts'

const folder = mkdtempSync(join(tmpdir(), 'merpati-batch-'))
after(() => rmSync(folder, { recursive: true }))

const THINGS = { version: 1, name: 'things', statements: ['CREATE TABLE thing (name TEXT NOT NULL PRIMARY KEY, weight BYTES NOT NULL) WITHOUT ROWID'] }
const INSERT = statement<{ name: string; weight: Uint8Array }>('INSERT INTO thing (name, weight) VALUES ($name, $weight)')
const NAMES = statement<Record<never, never>, { name: string }>('SELECT name FROM thing ORDER BY name LIMIT 500')

const addThing = write('test.thing', function* (tx, args: { readonly name: string; readonly bytes: number }) {
  yield* tx.run(INSERT, { name: args.name, weight: new Uint8Array(args.bytes) })
  return { added: args.name }
})

let files = 0

function freshPath(): string {
  const path = join(folder, `${++files}.db`)
  migrateSqlite(path, [THINGS], 0)
  return path
}

function request(name: string, bytes = 10): WriteRequest {
  return { id: `w-${name}`, name: addThing.name, args: { name, bytes } }
}

function names(connection: SqliteConnection): readonly string[] {
  return (connection.obey({ want: 'all', statement: NAMES, params: {} }) as { name: string }[]).map(({ name }) => name)
}

test('a database that is full in the middle of a batch tells nobody yes who is not in it', () => {
  using connection = openForWriting(freshPath())
  connection.exec('PRAGMA max_page_count = 14')
  const runner = new BatchRunner(connection)
  const answers = runner.run([request('a'), request('b', 500_000), request('c')])
  assert.deepEqual(answers.map(({ kind }) => kind), ['done', 'unavailable', 'done'])
  assert.equal(answers[1]?.kind === 'unavailable' && answers[1].full, true)
  assert.deepEqual(names(connection), ['a', 'c'])
  connection.exec('PRAGMA max_page_count = 10000')
  assert.equal(runner.run([request('b', 500_000)])[0]?.kind, 'done')
})

test('a write whose answer was lost is not done again', () => {
  using connection = openForWriting(freshPath())
  const runner = new BatchRunner(connection)
  runner.run([request('a'), request('b')])
  const answers = runner.run([{ ...request('a'), again: true }, { ...request('c'), again: true }])
  assert.deepEqual(answers, [
    { kind: 'done', value: { added: 'a' } },
    { kind: 'done', value: { added: 'c' } },
  ])
  assert.deepEqual(names(connection), ['a', 'b', 'c'])
})

test('writes that a dead writer never answered are done once by its successor', async () => {
  const path = freshPath()
  using connection = openForWriting(path)
  const runner = new BatchRunner(connection)
  await using database = new SqliteDatabase(openForReading(path))
  const heard: PostedWrite[] = []
  database.connect({ post: (posts) => heard.push(...posts) }) // It dies before it answers...
  const writes = ['a', 'b'].map((name) => database.write(addThing, { name, bytes: 1 }, `w-${name}`))
  while (heard.length < 2) await new Promise((resolve) => setImmediate(resolve))
  runner.run([heard[0] as PostedWrite]) // ...but after it has committed one of them.
  const answers: (answers: readonly PostedAnswer[]) => void = database.connect({
    post: (posts) => setImmediate(() => runner.run(posts).forEach((answer, i) => answers([[(posts[i] as PostedWrite).seq, answer]]))),
  })
  assert.deepEqual(await Promise.all(writes), [{ added: 'a' }, { added: 'b' }])
  assert.deepEqual(names(connection), ['a', 'b'])
})

test('while another program holds the database nobody is told yes, and the batch waits for it once', () => {
  const path = freshPath()
  using connection = openForWriting(path)
  using other = openForWriting(path)
  connection.exec('PRAGMA busy_timeout = 1')
  const runner = new BatchRunner(connection)
  other.exec('BEGIN IMMEDIATE')
  assert.deepEqual(runner.run([request('a'), request('b')]).map((answer) => answer.kind === 'unavailable' && answer.full), [false, false])
  other.exec('COMMIT')
  assert.deepEqual(runner.run([request('a'), request('b')]).map(({ kind }) => kind), ['done', 'done'])
})

test('a write whose caller has given up is not done', async () => {
  using connection = openForWriting(freshPath())
  const writer = new Writer(connection)
  const post = (name: string, untilMs: number): PostedWrite => ({ ...request(name), seq: 1, untilMs })
  await new Promise((resolve) => writer.accept([post('late', Date.now() - 1), post('in-time', Date.now() + 60_000)], resolve))
  assert.deepEqual(names(connection), ['in-time'])
})

test('a writer that is silent for too long makes its callers unavailable', async () => {
  await using database = new SqliteDatabase(openForReading(freshPath()), { writeWithinMs: 20 })
  database.connect({ post: () => {} })
  await assert.rejects(database.write(addThing, { name: 'x', bytes: 1 }), Unavailable)
  assert.equal(database.pending, 0)
})

test('a schema from the future is refused in words', () => {
  const path = freshPath()
  migrateSqlite(path, [THINGS, { version: 9, name: 'future', statements: [] }], 0)
  assert.throws(() => migrateSqlite(path, [THINGS], 0), /written by a newer version \(schema 9, this program knows 1\)/)
})

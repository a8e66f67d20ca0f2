import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { compactSegments, type CompactOptions, surveySegments } from '../../src/app/compact.ts'
import { silentLog } from '../../src/base/log.ts'
import { FileBlobStore, recoverSegments } from '../../src/infra/blob/files.ts'
import type { BlobRef } from '../../src/infra/blob/store.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { type Write, write } from '../../src/infra/db/transaction.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { temporaryFolder } from '../support/program.ts'

const NEVER = new AbortController().signal
const HOUR_MS = 3_600_000

const INSERT = statement<{ id: string; segment: string; offset: number; length: number }>(
  `INSERT INTO message (id, organization, size, digest, refs, created_ms, segment, segment_offset, segment_length, bytes)
  VALUES ($id, 'o1', $length, '', 1, 0, $segment, $offset, $length, NULL)`,
)
const DELETE = statement<{ id: string }>('DELETE FROM message WHERE id = $id')
const PLACE = statement<{ id: string }, BlobRef>('SELECT segment, segment_offset AS "offset", segment_length AS length FROM message WHERE id = $id')

const keep: Write<{ readonly id: string } & BlobRef, number> = write('test.message-keep', (tx, args) => tx.run(INSERT, { ...args }))
const forget: Write<{ readonly id: string }, number> = write('test.message-forget', (tx, args) => tx.run(DELETE, args))

interface Bench extends AsyncDisposable {
  readonly db: TestDatabase['db']
  readonly blobs: FileBlobStore
  readonly folder: string
  /** What messages m0, m1, ... are: their rows name one sealed segment. */
  readonly bytes: readonly Uint8Array[]
  /** Compacts `hours` from now. */
  pass(hours: number): ReturnType<typeof compactSegments>
  read(id: string): Promise<Uint8Array | 'gone'>
}

/** Four messages in one segment, closed as at a restart. */
async function bench(): Promise<Bench> {
  const opened = await openTestDatabase()
  const folder = await temporaryFolder()
  let nowMs = Date.now()
  const store = (): FileBlobStore => new FileBlobStore({ folder: folder.path, writer: 't', nowMs: () => nowMs++, log: silentLog })
  await recoverSegments(folder.path, NEVER)
  const bytes = Array.from({ length: 4 }, () => randomBytes(1_000))
  const first = store()
  const refs = await first.append(bytes.map((each, i) => ({ organization: 'o1', message: `m${i}`, bytes: each })), NEVER)
  await first[Symbol.asyncDispose]()
  for (const [i, ref] of refs.entries()) await opened.db.write(keep, { id: `m${i}`, ...ref })
  const blobs = store()
  const options: Omit<CompactOptions, 'nowMs'> = { db: opened.db, blobs, settledMs: HOUR_MS, log: silentLog }
  return {
    db: opened.db,
    blobs,
    folder: folder.path,
    bytes,
    pass(hours) {
      nowMs = Date.now() + hours * HOUR_MS
      return compactSegments({ ...options, nowMs: () => nowMs }, NEVER)
    },
    async read(id) {
      const ref = await opened.db.one(PLACE, { id })
      assert.ok(ref !== null)
      return await blobs.readAll(ref, NEVER)
    },
    async [Symbol.asyncDispose]() {
      await blobs[Symbol.asyncDispose]()
      await opened[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

test('a segment that is more than half dead is copied, and removed an hour later: until then readers of the old place find it', async () => {
  await using at = await bench()
  for (const id of ['m0', 'm1', 'm3']) await at.db.write(forget, { id })
  const before = await at.db.one(PLACE, { id: 'm2' })
  assert.ok(before !== null)
  const moved = await at.pass(2)
  assert.deepEqual([moved.movedMessages, moved.movedBytes, moved.removed], [1, 1_000, 0])
  assert.deepEqual(await at.blobs.readAll(before, NEVER), at.bytes[2])
  assert.deepEqual(await at.read('m2'), at.bytes[2])
  assert.equal((await at.pass(2.9)).removed, 0)
  const removed = await at.pass(3.1)
  assert.equal(removed.removed, 1)
  assert.ok(removed.freedBytes > 4_000)
  assert.deepEqual(await at.read('m2'), at.bytes[2])
})

test('a segment that is more than half alive stays, and so does a young one, however dead: its rows may be on their way', async () => {
  await using at = await bench()
  await at.db.write(forget, { id: 'm0' })
  assert.deepEqual(await at.pass(2), { removed: 0, freedBytes: 0, movedMessages: 0, movedBytes: 0, damaged: [] })
  for (const id of ['m1', 'm2', 'm3']) await at.db.write(forget, { id })
  assert.equal((await at.pass(0.9)).removed, 0)
  const [use] = await surveySegments({ db: at.db, blobs: at.blobs, nowMs: Date.now, settledMs: 0 })
  assert.deepEqual([use?.messages, use?.liveBytes], [0, 0])
  assert.equal((await at.pass(1.1)).removed, 1)
})

test('a backup that pins keeps dead segments in place', async () => {
  await using at = await bench()
  for (const id of ['m0', 'm1', 'm2', 'm3']) await at.db.write(forget, { id })
  {
    await using _pin = await at.blobs.pin(24 * HOUR_MS)
    assert.equal((await at.pass(2)).removed, 0)
  }
  assert.equal((await at.pass(2)).removed, 1)
})

test('copies that no row came to name, because the program died in between, do no harm: the next pass copies again', async () => {
  await using at = await bench()
  for (const id of ['m0', 'm1', 'm3']) await at.db.write(forget, { id })
  const before = await at.db.one(PLACE, { id: 'm2' })
  assert.ok(before !== null)
  assert.equal((await at.blobs.compact(before.segment, ({ message }) => message === 'm2', NEVER)).kind, 'moved') // And dies here.
  assert.deepEqual(await at.db.one(PLACE, { id: 'm2' }), before)
  assert.equal((await at.pass(2)).movedMessages, 1)
  assert.deepEqual(await at.read('m2'), at.bytes[2])
  assert.equal((await at.pass(4)).removed, 1)
  assert.deepEqual(await at.read('m2'), at.bytes[2])
})

import assert from 'node:assert/strict'
import { hash, randomBytes } from 'node:crypto'
import { copyFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { silentLog } from '../../base/log.ts'
import { Unavailable } from '../../base/unavailable.ts'
import type { Disk } from './disk.ts'
import { realDisk } from './disk.ts'
import { FileBlobStore, recoverSegments } from './files.ts'
import type { FileBlobOptions } from './files.ts'
import { HEADER_BYTES } from './record.ts'
import type { BlobRecord, BlobRef } from './store.ts'
import type { Finding } from './walk.ts'

const never = new AbortController().signal

interface Bench extends AsyncDisposable {
  readonly folder: string
  readonly open: (options?: Partial<FileBlobOptions>) => FileBlobStore
}

async function bench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'merpati-blob-'))
  const stores: FileBlobStore[] = []
  let nowMs = 1_800_000_000_000
  return {
    folder,
    open(options = {}) {
      const store = new FileBlobStore({ folder, writer: 'w0', nowMs: () => (nowMs += 1), log: silentLog, ...options })
      stores.push(store)
      return store
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function record(message: string, bytes: Uint8Array): BlobRecord {
  return { organization: 'oDefault', message, bytes }
}

async function gather(pieces: AsyncIterable<Uint8Array> | 'gone'): Promise<Buffer> {
  assert.notEqual(pieces, 'gone')
  const all: Uint8Array[] = []
  if (pieces !== 'gone') for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}

async function findings(store: FileBlobStore, segment: string): Promise<readonly Finding[]> {
  return await Array.fromAsync(store.verifySegment(segment, never))
}

/** `ok`, `digest`, `torn` or `garbage` for each finding. */
async function state(store: FileBlobStore, segment: string): Promise<string> {
  const found = await findings(store, segment)
  return found.map((finding) => (finding.kind === 'garbage' ? 'garbage' : (finding.problem ?? 'ok'))).join(' ')
}

function first<T>(list: readonly T[]): T {
  const [value] = list
  assert.ok(value !== undefined)
  return value
}

test('what is appended or spooled is read back, whole and in ranges, by any thread', async () => {
  await using at = await bench()
  const store = at.open()
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ size: fc.nat(200_000), spooled: fc.boolean(), from: fc.float({ min: 0, max: 1, noNaN: true }) }), { maxLength: 6 }), async (messages) => {
      const reader = at.open({ writer: 'w1' })
      await Promise.all(
        messages.map(async ({ size, spooled, from }) => {
          const bytes = randomBytes(size)
          const ref = spooled ? await spoolAll(store, bytes) : first(await store.append([record('m1', bytes)], never))
          assert.equal(ref.length, size)
          assert.deepEqual(await reader.readAll(ref, never), bytes)
          const start = Math.floor(size * from)
          const end = Math.min(size, start + 70_000)
          assert.deepEqual(await gather(await reader.read(ref, start, end, never)), bytes.subarray(start, end))
        }),
      )
    }),
    { numRuns: 25 },
  )
  for (const { name } of await store.list()) assert.match(await state(store, name), /^(ok ?)*$/)
})

async function spoolAll(store: FileBlobStore, bytes: Buffer): Promise<BlobRef> {
  await using spool = store.spool('oDefault', 'm1')
  for (let i = 0; i < bytes.length; i += 9_999) await spool.write(bytes.subarray(i, i + 9_999))
  const { ref, digest } = await spool.commit()
  assert.deepEqual(digest, hash('sha256', bytes, 'buffer'))
  return ref
}

test('calls that arrive together share one write and one sync', async () => {
  await using at = await bench()
  let syncs = 0
  const disk: Disk = { ...realDisk, sync: (file) => ((syncs += 1), realDisk.sync(file)) }
  const store = at.open({ disk })
  const refs = await Promise.all(Array.from({ length: 50 }, (_, i) => store.append([record(`m${i}`, randomBytes(1000))], never)))
  assert.equal(new Set(refs.map((ref) => first(ref).offset)).size, 50)
  assert.ok(syncs <= 2, `${syncs} syncs`)
})

test('a record says whose it is without the database', async () => {
  await using at = await bench()
  const store = at.open()
  const ref = first(await store.append([record('mAbc', Buffer.from('hello'))], never))
  const found = first(await findings(store, ref.segment))
  assert.ok(found.kind === 'record')
  assert.deepEqual([found.header.organization, found.header.message, found.header.length], ['oDefault', 'mAbc', 5])
})

test('writers of one folder never share a segment, and a full one is followed by the next', async () => {
  await using at = await bench()
  const stores = ['w0', 'w1'].map((writer) => at.open({ writer, rollAtBytes: 5000 }))
  const refs: BlobRef[] = []
  for (let i = 0; i < 10; i++) for (const store of stores) refs.push(first(await store.append([record(`m${i}`, randomBytes(2000))], never)))
  assert.equal(new Set(refs.map(({ segment }) => segment)).size, 8)
  for (const ref of refs) assert.equal(ref.segment.includes('-w0-'), refs.indexOf(ref) % 2 === 0)
  const listed = await first(stores).list()
  assert.equal(listed.length, 8)
  assert.equal(listed.filter(({ open }) => open).length, 2)
})

test('a torn tail is cut at the next start, wherever the power failed', async () => {
  await using at = await bench()
  const store = at.open()
  const kept = await store.append([record('m1', randomBytes(300)), record('m2', randomBytes(200))], never)
  const last = first(await store.append([record('m3', randomBytes(60))], never))
  const whole = await readFile(join(at.folder, `${last.segment}.seg`))
  for (let size = last.offset; size < whole.length; size++) {
    await using crashed = await bench()
    const file = join(crashed.folder, `${last.segment}.seg`)
    await writeFile(file, whole.subarray(0, size))
    await writeFile(join(crashed.folder, `${last.segment}.open`), '')
    const { cut } = await recoverSegments(crashed.folder, never)
    assert.deepEqual(cut, size === last.offset ? [] : [{ segment: last.segment, from: size, to: last.offset }])
    const again = crashed.open()
    assert.equal(await state(again, last.segment), 'ok ok')
    for (const ref of kept) assert.deepEqual(await again.readAll(ref, never), await store.readAll(ref, never))
  }
})

test('a tail whose bytes never reached the disk is cut, even when its length did', async () => {
  await using at = await bench()
  const refs = await at.open().append([record('m1', randomBytes(300)), record('m2', randomBytes(5000))], never)
  const [, last] = refs
  assert.ok(last)
  const whole = await readFile(join(at.folder, `${last.segment}.seg`))
  for (const from of [last.offset, last.offset + 40, last.offset + HEADER_BYTES, last.offset + HEADER_BYTES + 4096]) {
    await using crashed = await bench()
    await writeFile(join(crashed.folder, `${last.segment}.seg`), Buffer.from(whole).fill(0, from))
    await writeFile(join(crashed.folder, `${last.segment}.open`), '')
    const { cut } = await recoverSegments(crashed.folder, never)
    assert.deepEqual(cut, [{ segment: last.segment, from: whole.length, to: last.offset }])
    assert.equal(await state(crashed.open(), last.segment), 'ok')
  }
})

test('a start removes spools that were never committed and segments that hold nothing', async () => {
  await using at = await bench()
  const store = at.open()
  const spool = store.spool('oDefault', 'm1')
  await spool.write(randomBytes(600_000))
  await writeFile(join(at.folder, 'empty-w9-000001.seg'), '')
  await writeFile(join(at.folder, 'empty-w9-000001.open'), '')
  await writeFile(join(at.folder, 'never-w9-000001.open'), '')
  assert.equal((await recoverSegments(at.folder, never)).spools, 1)
  assert.deepEqual(await readdir(at.folder), [])
  await spool.abort()
})

test('damage is found, named, and does not hide what follows', async () => {
  await using at = await bench()
  const store = at.open()
  const refs = await store.append(['m1', 'm2', 'm3', 'm4'].map((id) => record(id, randomBytes(100_000))), never)
  await store[Symbol.asyncDispose]()
  const file = join(at.folder, `${first(refs).segment}.seg`)
  const whole = await readFile(file)
  const spoilt = async (at: number): Promise<string> => {
    const bytes = Buffer.from(whole)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    await writeFile(file, bytes)
    return await state(store, first(refs).segment)
  }
  const third = refs[2]?.offset ?? 0
  assert.equal(await spoilt(third + HEADER_BYTES + 50_000), 'ok ok digest ok')
  assert.equal(await spoilt(third), 'ok ok garbage ok')
  assert.equal(await spoilt(third + 20), 'ok ok garbage ok')
  await truncate(file, whole.length - 1)
  await writeFile(file, whole.subarray(0, whole.length - 1))
  assert.equal(await state(store, first(refs).segment), 'ok ok ok torn')
})

test('a segment of random bytes is walked to its end without a throw', async () => {
  await using at = await bench()
  const store = at.open()
  const ref = first(await store.append([record('m1', Buffer.from('MPTI'.repeat(50)))], never))
  await store[Symbol.asyncDispose]()
  const file = join(at.folder, `${ref.segment}.seg`)
  const sound = await readFile(file)
  const part = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(sound), fc.nat(sound.length).map((n) => sound.subarray(0, n)))
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
      const bytes = Buffer.concat(parts)
      await writeFile(file, bytes)
      let at = 0
      for (const finding of await findings(store, ref.segment)) {
        assert.equal(finding.offset, at)
        assert.ok(finding.end > finding.offset)
        at = finding.end
      }
      assert.equal(at, bytes.length)
    }),
    { numRuns: 200 },
  )
})

test('compaction moves what is kept, readers of the old place are told, and the new place reads the same', async () => {
  await using at = await bench()
  const writer = at.open({ writer: 'w1' })
  const refs = await writer.append(['m1', 'm2', 'm3'].map((id) => record(id, randomBytes(70_000))), never)
  const old = first(refs).segment
  const store = at.open()
  assert.deepEqual(await store.compact(old, () => true, never), { kind: 'open' })
  assert.equal(await store.remove(old), 'open')
  const before = await Promise.all(refs.map((ref) => writer.readAll(ref, never)))
  await writer[Symbol.asyncDispose]()
  assert.deepEqual(await store.compact(old, () => true, never), { kind: 'full' })
  const done = await store.compact(old, ({ message }) => message !== 'm2', never)
  assert.ok(done.kind === 'moved')
  assert.deepEqual(done.moved.map(({ message, ref }) => [message, ref]), [['m1', refs[0]], ['m3', refs[2]]])
  const reading = await store.read(first(refs), 0, 70_000, never)
  assert.notEqual(reading, 'gone')
  if (reading === 'gone') return
  const pieces = reading[Symbol.asyncIterator]()
  const begun = await pieces.next()
  assert.equal(await store.remove(old), 'removed')
  assert.deepEqual(Buffer.concat([begun.value, (await pieces.next()).value]), before[0])
  await pieces.return?.()
  const fresh = at.open()
  assert.equal(await fresh.readAll(first(refs), never), 'gone')
  assert.equal(await fresh.read(first(refs), 0, 1, never), 'gone')
  assert.deepEqual(await fresh.compact(old, () => true, never), { kind: 'gone' })
  for (const [i, { to }] of done.moved.entries()) assert.deepEqual(await fresh.readAll(to, never), before[i * 2])
})

test('a damaged segment is not compacted', async () => {
  await using at = await bench()
  const store = at.open()
  const ref = first(await store.append([record('m1', randomBytes(1000)), record('m2', randomBytes(1000))], never))
  await store[Symbol.asyncDispose]()
  await truncate(join(at.folder, `${ref.segment}.seg`), 1500)
  assert.equal((await at.open().compact(ref.segment, () => false, never)).kind, 'damaged')
})

test('a pin keeps segments until it is let go of or has run out', async () => {
  await using at = await bench()
  let nowMs = 1_800_000_000_000
  const store = at.open({ nowMs: () => nowMs })
  const ref = first(await store.append([record('m1', randomBytes(10))], never))
  await store[Symbol.asyncDispose]()
  const pin = await store.pin(60_000)
  assert.equal(await store.remove(ref.segment), 'pinned')
  await store.pin(30_000)
  await pin[Symbol.asyncDispose]()
  assert.equal(await store.remove(ref.segment), 'pinned')
  nowMs += 30_001
  assert.equal(await store.remove(ref.segment), 'removed')
  assert.deepEqual(await readdir(at.folder), [])
})

test('a copied folder reads the same: nothing depends on where it lies', async () => {
  await using at = await bench()
  await using other = await bench()
  const bytes = randomBytes(50_000)
  const store = at.open()
  const ref = first(await store.append([record('m1', bytes)], never))
  await copyFile(join(at.folder, `${ref.segment}.seg`), join(other.folder, `${ref.segment}.seg`))
  assert.deepEqual(await other.open().readAll(ref, never), bytes)
})

test('a name or a range that is not ours is refused before the disk is asked', async () => {
  await using at = await bench()
  const store = at.open()
  const ref = first(await store.append([record('m1', randomBytes(10))], never))
  await assert.rejects(store.readAll({ ...ref, segment: '../../etc/passwd' }, never), /not a segment name/)
  await assert.rejects(store.read(ref, 0, 11, never), /no bytes 0 to 11/)
  await assert.rejects(store.append([record('no id', randomBytes(1))], never), /not an id/)
  await assert.rejects(store.append([record('m1', randomBytes(1))], AbortSignal.abort()), { name: 'AbortError' })
})

test('a record that ends before its length is an error, not fewer bytes', async () => {
  await using at = await bench()
  const store = at.open()
  const ref = first(await store.append([record('m1', randomBytes(1000))], never))
  await truncate(join(at.folder, `${ref.segment}.seg`), 500)
  await assert.rejects(store.readAll(ref, never), (error) => error instanceof Error && !(error instanceof Unavailable))
})

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLog } from '../../base/log.ts'
import { Unavailable } from '../../base/unavailable.ts'
import type { Disk } from './disk.ts'
import { realDisk } from './disk.ts'
import { FileBlobStore, recoverSegments } from './files.ts'
import type { BlobRecord } from './store.ts'

const never = new AbortController().signal
const isFull = (error: unknown): boolean => error instanceof Unavailable && error.dependency === 'disk' && error.full
const isSilent = (error: unknown): boolean => error instanceof Unavailable && error.dependency === 'disk' && !error.full

/** A disk with room for so many bytes: the write that passes the end is done in part, as a real one is. */
class SmallDisk implements Disk {
  room: number
  failSync = false

  constructor(room: number) {
    this.room = room
  }

  async write(...[file, buffers, position]: Parameters<Disk['write']>): Promise<void> {
    const all = Buffer.concat(buffers)
    const fits = all.subarray(0, this.room)
    this.room -= fits.length
    if (fits.length > 0) await realDisk.write(file, [fits], position)
    if (fits.length < all.length) throw Object.assign(new Error('no space left'), { code: 'ENOSPC', syscall: 'write' })
  }

  async sync(...[file]: Parameters<Disk['sync']>): Promise<void> {
    if (this.failSync) throw Object.assign(new Error('i/o error'), { code: 'EIO', syscall: 'fdatasync' })
    await realDisk.sync(file)
  }

  syncFolder(folder: string): Promise<void> {
    return realDisk.syncFolder(folder)
  }
}

function record(size: number): BlobRecord {
  return { organization: 'oDefault', message: 'm1', bytes: randomBytes(size) }
}

async function withStore(disk: Disk, folder: string, body: (store: FileBlobStore) => Promise<void>): Promise<void> {
  const store = new FileBlobStore({ folder, writer: 'w0', nowMs: () => 1_800_000_000_000, log: silentLog, disk })
  try {
    await body(store)
  } finally {
    await store[Symbol.asyncDispose]()
  }
}

/** Every record in the folder is sound: how many there are. */
async function soundRecords(store: FileBlobStore): Promise<number> {
  let count = 0
  for (const { name } of await store.list()) {
    for await (const finding of store.verifySegment(name, never)) {
      assert.ok(finding.kind === 'record' && finding.problem === null, `${name} holds ${finding.kind} at ${finding.offset}`)
      count += 1
    }
  }
  return count
}

async function temporary(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'merpati-full-'))
  try {
    await body(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test('a full disk refuses the append, leaves nothing of it, and service goes on when there is room', () =>
  temporary(async (folder) => {
    const disk = new SmallDisk(10_000)
    await withStore(disk, folder, async (store) => {
      const [kept] = await store.append([record(5000)], never)
      assert.ok(kept)
      await assert.rejects(store.append([record(3000), record(3000)], never), isFull)
      assert.equal(await soundRecords(store), 1)
      await assert.rejects(store.append([record(3000)], never), isFull)
      disk.room = 1_000_000
      const [next] = await store.append([record(3000)], never)
      assert.equal(next?.segment, kept.segment)
      assert.equal(next?.offset, kept.offset + 128 + kept.length)
      assert.equal(await soundRecords(store), 2)
    })
  }))

test('a full disk refuses a spool and leaves no file of it', () =>
  temporary(async (folder) => {
    await withStore(new SmallDisk(1_000_000), folder, async (store) => {
      const spool = store.spool('oDefault', 'm1')
      const filled = async (): Promise<void> => {
        for (let i = 0; i < 100; i++) await spool.write(randomBytes(50_000))
      }
      await assert.rejects(filled(), isFull)
      await spool.abort()
      assert.deepEqual(await readdir(folder), [])
      const last = store.spool('oDefault', 'm2')
      await last.write(randomBytes(1000))
      await assert.rejects(last.commit(), isFull)
      assert.deepEqual(await readdir(folder), [])
    })
  }))

test('after a failed sync nobody is told yes, and the file takes no more', () =>
  temporary(async (folder) => {
    const disk = new SmallDisk(1_000_000)
    await withStore(disk, folder, async (store) => {
      const [kept] = await store.append([record(100)], never)
      disk.failSync = true
      await assert.rejects(store.append([record(100)], never), isSilent)
      const spool = store.spool('oDefault', 'm1')
      await spool.write(randomBytes(10))
      await assert.rejects(spool.commit(), isSilent)
      disk.failSync = false
      const [next] = await store.append([record(100)], never)
      assert.notEqual(next?.segment, kept?.segment)
    })
    await recoverSegments(folder, never)
    await withStore(disk, folder, async (store) => assert.equal(await soundRecords(store), 2))
  }))

test('a folder that cannot be written is an outage, not a crash', () =>
  temporary(async (folder) => {
    await withStore(realDisk, join(folder, 'missing'), async (store) => {
      await assert.rejects(store.append([record(100)], never), isSilent)
      const spool = store.spool('oDefault', 'm1')
      await spool.write(randomBytes(10))
      await assert.rejects(spool.commit(), isSilent)
    })
  }))

// The tests above fill a pretended disk everywhere; a real small one can be had only where we may mount.
const mounts = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0
if (mounts) test('a file system of 2 MiB fills up and empties again', () =>
  temporary(async (folder) => {
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]).status !== 0) return assert.fail('mount failed')
    try {
      await withStore(realDisk, folder, async (store) => {
        let kept = 0
        const fill = async (): Promise<void> => {
          for (; ; kept++) await store.append([record(100_000)], never)
        }
        await assert.rejects(fill(), isFull)
        assert.ok(kept > 10)
        assert.equal(await soundRecords(store), kept)
        const spool = store.spool('oDefault', 'm1')
        await assert.rejects(async () => {
          for (;;) await spool.write(randomBytes(100_000))
        }, isFull)
        await store[Symbol.asyncDispose]()
        for (const { name } of await store.list()) assert.equal(await store.remove(name), 'removed')
        await store.append([record(100_000)], never)
        assert.equal(await soundRecords(store), 1)
      })
    } finally {
      spawnSync('umount', [folder])
    }
  }))

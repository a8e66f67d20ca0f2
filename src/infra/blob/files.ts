import { mkdir } from 'node:fs/promises'
import { makeId } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import { Appender } from './appender.ts'
import { compact } from './compact.ts'
import type { Compaction, StoredRecord } from './compact.ts'
import type { Disk } from './disk.ts'
import { diskError, realDisk } from './disk.ts'
import type { Folder, SegmentInfo } from './folder.ts'
import { listSegments, removeSegment, touchSegment } from './folder.ts'
import { isPinned, pin } from './pins.ts'
import { SegmentReader } from './reader.ts'
import { recover } from './recover.ts'
import type { Recovery } from './recover.ts'
import { FileSpool } from './spool.ts'
import type { BlobRecord, BlobRef, BlobStore, Spool } from './store.ts'
import { walk } from './walk.ts'
import type { Finding } from './walk.ts'

/** How to open a store of segment files. */
export interface FileBlobOptions {
  /** The folder of the segments; it is made when it is not there. */
  readonly folder: string
  /** Tells this thread from every other that writes here at the same time: `w0`, `w1`, `main`. Letters and digits. */
  readonly writer: string
  readonly nowMs: () => number
  readonly log: Log
  /** For tests. */
  readonly disk?: Disk
  readonly rollAtBytes?: number
}

/** Makes the folder when it is not there and mends what a crash left. Once, by the main thread, before any store is opened. */
export async function recoverSegments(folder: string, signal: AbortSignal, disk: Disk = realDisk): Promise<Recovery> {
  await mkdir(folder, { recursive: true, mode: 0o750 })
  return await recover({ path: folder, disk }, signal)
}

/**
 * Segments on a local disk. Every thread has its own store over the same folder: it appends to segments of its own and
 * reads all of them. Nothing is created before the first append.
 */
export class FileBlobStore implements BlobStore {
  readonly #folder: Folder
  readonly #appender: Appender
  readonly #reader: SegmentReader
  readonly #options: FileBlobOptions
  readonly #began: string
  #names = 0

  constructor(options: FileBlobOptions) {
    this.#options = options
    this.#folder = { path: options.folder, disk: options.disk ?? realDisk }
    this.#began = options.nowMs().toString(36)
    this.#appender = new Appender(this.#folder, () => this.#nextName(), options.rollAtBytes)
    this.#reader = new SegmentReader(this.#folder, options.log)
  }

  async append(records: readonly BlobRecord[], signal: AbortSignal): Promise<readonly BlobRef[]> {
    signal.throwIfAborted()
    return await this.#appender.append(records)
  }

  spool(organization: string, message: string): Spool {
    return new FileSpool(this.#folder, this.#nextName(), organization, message)
  }

  read(ref: BlobRef, start: number, end: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | 'gone'> {
    return this.#reader.read(ref, start, end, signal)
  }

  readAll(ref: BlobRef, signal: AbortSignal): Promise<Uint8Array | 'gone'> {
    return this.#reader.readAll(ref, signal)
  }

  /** All segments, oldest first. */
  list(): Promise<readonly SegmentInfo[]> {
    return guarded(() => listSegments(this.#folder))
  }

  /** Checks every record of a segment against its digest. The last record of an open segment may be `torn`: it is being written. */
  verifySegment(name: string, signal: AbortSignal): AsyncGenerator<Finding> {
    return walk(this.#folder, name, signal)
  }

  /** Copies what is kept out of a sealed segment, so that it can be removed. See `Compaction` for what the caller does next. */
  compact(name: string, keep: (record: StoredRecord) => boolean, signal: AbortSignal): Promise<Compaction> {
    return guarded(() => compact(this.#folder, name, keep, this, signal))
  }

  /** Notes, across a restart too, that from now on no row shall name a segment: `SegmentInfo.changedMs` is now. */
  touch(name: string): Promise<void> {
    return guarded(() => touchSegment(this.#folder, name, this.#options.nowMs()))
  }

  /** Removes a segment whose records no row names. Not while a backup pins it or a worker appends to it. Readers that hold it finish. */
  async remove(name: string): Promise<'removed' | 'pinned' | 'open'> {
    return await guarded(async () => {
      const info = (await listSegments(this.#folder)).find((segment) => segment.name === name)
      if (info?.open === true) return 'open'
      if (await isPinned(this.#folder, this.#options.nowMs())) return 'pinned'
      if (info !== undefined) await removeSegment(this.#folder, name)
      return 'removed'
    })
  }

  /** Keeps all segments in place until it is disposed of, at most `forMs`. For backups. */
  pin(forMs: number): Promise<AsyncDisposable> {
    const nowMs = this.#options.nowMs()
    return guarded(() => pin(this.#folder, makeId('p', nowMs), nowMs + forMs))
  }

  /** Waits for appends on their way, then closes the files. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#appender.close()
    await this.#reader[Symbol.asyncDispose]()
  }

  /** Begin, writer, counter: never the same twice, and older ones sort first. */
  #nextName(): string {
    this.#names += 1
    return `${this.#began}-${this.#options.writer}-${String(this.#names).padStart(6, '0')}`
  }
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw diskError(error)
  }
}

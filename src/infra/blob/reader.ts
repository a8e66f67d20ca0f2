import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Log } from '../../base/log.ts'
import { TaskGroup } from '../../base/task-group.ts'
import { Unavailable } from '../../base/unavailable.ts'
import { diskError, isMissing } from './disk.ts'
import type { Folder } from './folder.ts'
import { segmentPath } from './folder.ts'
import { CLOSE_IDLE_MS, MAX_OPEN_FILES, MAX_READ_ALL_BYTES, READ_CHUNK_BYTES } from './limits.ts'
import { HEADER_BYTES } from './record.ts'
import type { BlobRef } from './store.ts'

interface OpenFile {
  readonly handle: Promise<FileHandle>
  readers: number
  /** Read since the last look: closed at the second look that finds it idle. */
  used: boolean
}

/** Reads records and keeps the files of busy segments open between reads. A reader holds its file: removal does not disturb it. */
export class SegmentReader implements AsyncDisposable {
  readonly #folder: Folder
  readonly #tasks: TaskGroup
  readonly #open = new Map<string, OpenFile>()
  #sweep: NodeJS.Timeout | null = null

  constructor(folder: Folder, log: Log) {
    this.#folder = folder
    this.#tasks = new TaskGroup(log)
  }

  /** See `BlobStore.read`. */
  async read(ref: BlobRef, start: number, end: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | 'gone'> {
    if (!(start >= 0 && start <= end && end <= ref.length)) throw new Error(`no bytes ${start} to ${end} in a message of ${ref.length}`)
    signal.throwIfAborted()
    const file = await this.#acquire(ref.segment)
    if (file === 'gone') return 'gone'
    file.readers -= 1 // Held again while the loop runs: an iterable that nobody takes from must not keep a file open.
    return { [Symbol.asyncIterator]: () => this.#pieces(ref, start, end, signal) }
  }

  /** See `BlobStore.readAll`. */
  async readAll(ref: BlobRef, signal: AbortSignal): Promise<Uint8Array | 'gone'> {
    if (ref.length > MAX_READ_ALL_BYTES) throw new Error(`a message of ${ref.length} bytes is read as a stream`)
    signal.throwIfAborted()
    const file = await this.#acquire(ref.segment)
    if (file === 'gone') return 'gone'
    try {
      return await fill(await file.handle, ref, 0, ref.length)
    } finally {
      file.readers -= 1
    }
  }

  /** Closes files that nobody reads right now. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweep ?? undefined)
    await Promise.all([...this.#open.keys()].map((name) => this.#drop(name)))
    await this.#tasks.settled()
  }

  async *#pieces(ref: BlobRef, start: number, end: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const file = await this.#acquire(ref.segment)
    if (file === 'gone') throw new Unavailable('disk') // Removed between asking and taking: asking again finds the new place.
    try {
      const handle = await file.handle
      for (let at = start; at < end; at += READ_CHUNK_BYTES) {
        signal.throwIfAborted()
        yield await fill(handle, ref, at, Math.min(at + READ_CHUNK_BYTES, end))
      }
    } finally {
      file.readers -= 1
    }
  }

  async #acquire(segment: string): Promise<OpenFile | 'gone'> {
    let file = this.#open.get(segment)
    if (file === undefined) {
      await this.#makeRoom()
      file = this.#open.get(segment) ?? { handle: open(segmentPath(this.#folder, segment), 'r'), readers: 0, used: true }
      this.#open.set(segment, file)
      this.#sweep ??= setInterval(() => this.#closeIdle(), CLOSE_IDLE_MS).unref()
    }
    file.readers += 1
    file.used = true
    try {
      await file.handle
      return file
    } catch (error) {
      if (this.#open.get(segment) === file) this.#open.delete(segment)
      if (isMissing(error)) return 'gone'
      throw diskError(error)
    }
  }

  async #makeRoom(): Promise<void> {
    if (this.#open.size < MAX_OPEN_FILES) return
    for (const [name, { readers }] of this.#open) {
      if (readers === 0) return await this.#drop(name)
    }
  }

  #closeIdle(): void {
    for (const [name, file] of this.#open) {
      if (file.readers === 0 && !file.used) this.#tasks.add('segment.close-failed', this.#drop(name))
      file.used = false
    }
    if (this.#open.size > 0) return
    clearInterval(this.#sweep ?? undefined)
    this.#sweep = null
  }

  async #drop(name: string): Promise<void> {
    const file = this.#open.get(name)
    if (file === undefined || file.readers > 0) return
    this.#open.delete(name)
    await (await file.handle).close()
  }
}

/** Reads exactly the bytes asked for. */
async function fill(handle: FileHandle, ref: BlobRef, start: number, end: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(end - start)
  for (let got = 0; got < buffer.length; ) {
    const { bytesRead } = await readAt(handle, buffer, got, ref.offset + HEADER_BYTES + start + got)
    if (bytesRead === 0) throw new Error(`segment ${ref.segment} ends within the record at ${ref.offset}`)
    got += bytesRead
  }
  return buffer
}

async function readAt(handle: FileHandle, buffer: Buffer, offset: number, position: number): Promise<{ readonly bytesRead: number }> {
  try {
    return await handle.read(buffer, offset, buffer.length - offset, position)
  } catch (error) {
    throw diskError(error)
  }
}

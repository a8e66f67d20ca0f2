import { hash } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { Unavailable } from '../../base/unavailable.ts'
import { diskError } from './disk.ts'
import type { Folder } from './folder.ts'
import { markerPath, removeSegment, segmentPath } from './folder.ts'
import { MAX_BATCH_BYTES, MAX_WAITING_BYTES, ROLL_AT_BYTES } from './limits.ts'
import { encodeHeader, HEADER_BYTES } from './record.ts'
import type { BlobRecord, BlobRef } from './store.ts'

/** A call that waits for its batch. `buffers`: header, bytes, header, bytes. */
interface Waiting {
  readonly buffers: readonly Uint8Array[]
  readonly size: number
  readonly done: (refs: readonly BlobRef[]) => void
  readonly failed: (error: unknown) => void
}

interface OpenSegment {
  readonly name: string
  readonly file: FileHandle
  /** Where the next record goes: everything before is synced. */
  size: number
}

/**
 * Appends records to this thread's own segment: whatever arrived while the last batch was on its way to disk is the
 * next batch, with one write and one sync.
 */
export class Appender {
  readonly #folder: Folder
  readonly #nextName: () => string
  readonly #rollAtBytes: number
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #segment: OpenSegment | null = null
  #running: Promise<void> | null = null

  constructor(folder: Folder, nextName: () => string, rollAtBytes = ROLL_AT_BYTES) {
    this.#folder = folder
    this.#nextName = nextName
    this.#rollAtBytes = rollAtBytes
  }

  /** See `BlobStore.append`. */
  async append(records: readonly BlobRecord[]): Promise<readonly BlobRef[]> {
    if (records.length === 0) return []
    const buffers = records.flatMap((record) => [headerOf(record), record.bytes])
    const size = buffers.reduce((sum, buffer) => sum + buffer.length, 0)
    if (this.#waitingBytes + size > MAX_WAITING_BYTES) throw new Unavailable('disk')
    this.#waitingBytes += size
    return await new Promise((done, failed) => {
      this.#waiting.push({ buffers, size, done, failed })
      this.#running ??= this.#run()
    })
  }

  /** Waits for the last batch and seals the segment. */
  async close(): Promise<void> {
    await this.#running
    await this.#seal()
  }

  async #run(): Promise<void> {
    // Calls of this turn of the event loop share the first batch.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch()
      try {
        const refs = await this.#commit(batch)
        batch.forEach(({ done }, i) => done(refs[i] ?? []))
      } catch (error) {
        for (const { failed } of batch) failed(diskError(error))
      }
    }
    this.#running = null
  }

  #takeBatch(): readonly Waiting[] {
    let bytes = 0
    let count = 0
    for (const { size } of this.#waiting) {
      if (count > 0 && bytes + size > MAX_BATCH_BYTES) break
      bytes += size
      count += 1
    }
    this.#waitingBytes -= bytes
    return this.#waiting.splice(0, count)
  }

  async #commit(batch: readonly Waiting[]): Promise<readonly (readonly BlobRef[])[]> {
    const { disk } = this.#folder
    const segment = (this.#segment ??= await this.#create())
    let written = false
    try {
      await disk.write(segment.file, batch.flatMap(({ buffers }) => buffers), segment.size)
      written = true
      await disk.sync(segment.file)
    } catch (error) {
      const undone = await this.#undo(segment)
      // After a failed sync nobody knows what the page cache still holds: the file takes no more records.
      if (written || !undone) await this.#abandon(segment, undone)
      throw error
    }
    const refs = batch.map(({ buffers }) => refsOf(segment, buffers))
    if (segment.size >= this.#rollAtBytes) await this.#seal()
    return refs
  }

  /** Takes a failed batch back. False when even that failed: then its torn tail, which nobody names, is cut at the next start. */
  async #undo(segment: OpenSegment): Promise<boolean> {
    try {
      await segment.file.truncate(segment.size)
      await this.#folder.disk.sync(segment.file)
      return true
    } catch (error) {
      if (diskError(error) === error) throw error
      return false
    }
  }

  async #abandon(segment: OpenSegment, clean: boolean): Promise<void> {
    this.#segment = null
    await segment.file.close()
    if (segment.size === 0) await removeSegment(this.#folder, segment.name)
    else if (clean) await rm(markerPath(this.#folder, segment.name), { force: true })
  }

  async #create(): Promise<OpenSegment> {
    const name = this.#nextName()
    let file: FileHandle | null = null
    try {
      await (await open(markerPath(this.#folder, name), 'wx', 0o640)).close()
      file = await open(segmentPath(this.#folder, name), 'wx', 0o640)
      await this.#folder.disk.syncFolder(this.#folder.path)
      return { name, file, size: 0 }
    } catch (error) {
      await file?.close()
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') await removeSegment(this.#folder, name)
      throw error
    }
  }

  async #seal(): Promise<void> {
    const segment = this.#segment
    if (segment === null) return
    this.#segment = null
    await segment.file.close()
    await rm(markerPath(this.#folder, segment.name), { force: true })
  }
}

function headerOf(record: BlobRecord): Buffer {
  const { organization, message, bytes } = record
  return encodeHeader({ organization, message, length: bytes.length, digest: record.digest ?? hash('sha256', bytes, 'buffer') })
}

/** Refs of what was just written at the segment's end, which moves behind it. */
function refsOf(segment: OpenSegment, buffers: readonly Uint8Array[]): readonly BlobRef[] {
  const refs: BlobRef[] = []
  for (let i = 1; i < buffers.length; i += 2) {
    const length = buffers[i]?.length ?? 0
    refs.push({ segment: segment.name, offset: segment.size, length })
    segment.size += HEADER_BYTES + length
  }
  return refs
}

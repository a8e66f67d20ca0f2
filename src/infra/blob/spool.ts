import { createHash } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { diskError } from './disk.ts'
import type { Folder } from './folder.ts'
import { segmentPath, spoolPath } from './folder.ts'
import { SPOOL_BUFFER_BYTES } from './limits.ts'
import { encodeHeader, HEADER_BYTES } from './record.ts'
import type { Spool, Spooled } from './store.ts'

/**
 * A large message, streamed to a file of its own. The place of the header stays empty until the end; then the header is
 * written, the file synced, renamed to a segment, and the folder synced. So a segment is never half a message, and
 * what a crash leaves behind is told by its name.
 */
export class FileSpool implements Spool {
  readonly #folder: Folder
  readonly #name: string
  readonly #organization: string
  readonly #message: string
  readonly #digest = createHash('sha256')
  #buffer: Buffer | null = null
  #buffered = 0
  #written = 0
  #size = 0
  #file: FileHandle | null = null
  #over = false

  constructor(folder: Folder, name: string, organization: string, message: string) {
    this.#folder = folder
    this.#name = name
    this.#organization = organization
    this.#message = message
  }

  get size(): number {
    return this.#size
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#over) throw new Error('this spool is over')
    this.#digest.update(chunk)
    this.#size += chunk.length
    const buffer = (this.#buffer ??= Buffer.allocUnsafeSlow(SPOOL_BUFFER_BYTES))
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + buffer.length - this.#buffered)
      buffer.set(part, this.#buffered)
      this.#buffered += part.length
      at += part.length
      if (this.#buffered === buffer.length) await this.#guard(() => this.#drain())
    }
  }

  async commit(): Promise<Spooled> {
    if (this.#over) throw new Error('this spool is over')
    const digest = this.#digest.digest()
    const length = this.#size
    const header = encodeHeader({ organization: this.#organization, message: this.#message, length, digest })
    await this.#guard(async () => {
      await this.#drain()
      const file = await this.#opened()
      await this.#folder.disk.write(file, [header], 0)
      await this.#folder.disk.sync(file)
      await rename(spoolPath(this.#folder, this.#name), segmentPath(this.#folder, this.#name))
      await this.#folder.disk.syncFolder(this.#folder.path)
    })
    await this.#leave()
    return { ref: { segment: this.#name, offset: 0, length }, digest }
  }

  async abort(): Promise<void> {
    if (this.#over) return
    const began = this.#file !== null
    await this.#leave()
    if (!began) return
    await rm(spoolPath(this.#folder, this.#name), { force: true })
    await rm(segmentPath(this.#folder, this.#name), { force: true }) // Renamed, but the rename was not synced.
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.abort()
  }

  async #opened(): Promise<FileHandle> {
    return (this.#file ??= await open(spoolPath(this.#folder, this.#name), 'wx', 0o640))
  }

  async #drain(): Promise<void> {
    if (this.#buffered === 0 || this.#buffer === null) return
    await this.#folder.disk.write(await this.#opened(), [this.#buffer.subarray(0, this.#buffered)], HEADER_BYTES + this.#written)
    this.#written += this.#buffered
    this.#buffered = 0
  }

  async #leave(): Promise<void> {
    this.#over = true
    this.#buffer = null
    await this.#file?.close()
  }

  /** Runs work on the disk; when it fails, nothing of this spool stays. */
  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      await this.abort()
      throw diskError(error)
    }
  }
}

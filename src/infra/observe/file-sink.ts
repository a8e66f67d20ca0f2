import { appendFileSync, writeSync } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { LogSink } from '../../base/log.ts'
import { FLUSH_EVERY_MS, KEPT_FILES, MAX_QUEUED_CHARS, ROTATE_AFTER_MS, ROTATE_AT_BYTES, STALE_LOCK_MS } from './limits.ts'

/** Where a thread's log goes. */
export interface FileSink extends AsyncDisposable {
  readonly write: LogSink
  /** Writes what is queued. */
  flush(): Promise<void>
  /** The same at once, for a thread that is about to die. Lines already on their way may come twice. */
  flushSync(): void
}

/** What a test may change. */
export interface FileSinkOptions {
  readonly rotateAtBytes?: number
  readonly nowMs?: () => number
}

/**
 * A sink that appends lines to a file, which many threads may share: each write is whole lines in one append.
 *
 * Lines are gathered for 200 ms. At 20 MB, or when its first line is a month old, the file becomes `PATH.1`, and so on to `PATH.5`: what is half a year old is gone. A disk that is full or slow
 * costs lines, never the caller: how many were lost is written when there is room again.
 */
export function makeFileSink(path: string, options: FileSinkOptions = {}): FileSink {
  const file = new AppendFile(path, options.rotateAtBytes ?? ROTATE_AT_BYTES, options.nowMs ?? Date.now)
  return {
    write: (line) => file.add(line),
    flush: () => file.flush(),
    flushSync: () => file.flushSync(),
    [Symbol.asyncDispose]: () => file.close(),
  }
}

class AppendFile {
  readonly #path: string
  readonly #rotateAtBytes: number
  readonly #nowMs: () => number
  #handle: FileHandle | null = null
  /** When the first line of the file was written. */
  #sinceMs = 0
  #queued = ''
  #lines = 0
  #dropped = 0
  #writing = ''
  #timer: NodeJS.Timeout | null = null
  #chain: Promise<void> = Promise.resolve()

  constructor(path: string, rotateAtBytes: number, nowMs: () => number) {
    this.#path = path
    this.#rotateAtBytes = rotateAtBytes
    this.#nowMs = nowMs
  }

  add(line: string): void {
    if (this.#queued.length + line.length > MAX_QUEUED_CHARS) {
      this.#dropped += 1
      return
    }
    this.#queued += line
    this.#lines += 1
    // The chain never rejects: `#write` counts what it could not write.
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_EVERY_MS)
  }

  flush(): Promise<void> {
    clearTimeout(this.#timer ?? undefined)
    this.#timer = null
    this.#chain = this.#chain.then(() => this.#write())
    return this.#chain
  }

  flushSync(): void {
    const text = this.#writing + this.#queued
    this.#queued = ''
    if (text === '') return
    if (this.#handle === null) appendFileSync(this.#path, text, { mode: 0o640 })
    else writeSync(this.#handle.fd, text)
  }

  async close(): Promise<void> {
    await this.flush()
    await this.#handle?.close()
    this.#handle = null
  }

  async #write(): Promise<void> {
    if (this.#queued === '') return
    const lines = this.#lines
    const notice = this.#dropped === 0 ? '' : `${JSON.stringify({ at: new Date(this.#nowMs()).toISOString(), level: 'warn', event: 'log.dropped', lines: this.#dropped })}\n`
    const dropped = this.#dropped
    this.#writing = notice + this.#queued
    this.#queued = ''
    this.#lines = 0
    try {
      const handle = await this.#current()
      await handle.appendFile(this.#writing)
      this.#dropped -= dropped
      if (this.#nowMs() - this.#sinceMs > ROTATE_AFTER_MS || (await handle.stat()).size >= this.#rotateAtBytes) await this.#rotate(handle)
    } catch {
      // There is nowhere left to say it but the log itself, later.
      this.#dropped += lines
    } finally {
      this.#writing = ''
    }
  }

  /** The file that PATH names now: another thread may have put ours aside. */
  async #current(): Promise<FileHandle> {
    if (this.#handle !== null) {
      if (await isSameFile(this.#handle, this.#path)) return this.#handle
      await this.#handle.close()
      this.#handle = null
    }
    const handle = await open(this.#path, 'a+', 0o640)
    this.#sinceMs = (await firstTime(handle)) ?? this.#nowMs()
    return (this.#handle = handle)
  }

  /** Puts the file aside, unless another thread is doing it or has done it. */
  async #rotate(handle: FileHandle): Promise<void> {
    const lock = `${this.#path}.lock`
    if (!(await this.#locked(lock))) return
    try {
      if (!(await isSameFile(handle, this.#path))) return
      for (let n = KEPT_FILES - 1; n >= 1; n--) await renameIfThere(`${this.#path}.${n}`, `${this.#path}.${n + 1}`)
      await rename(this.#path, `${this.#path}.1`)
    } finally {
      await rm(lock, { force: true })
    }
  }

  async #locked(lock: string): Promise<boolean> {
    try {
      await (await open(lock, 'wx')).close()
      return true
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
    const madeMs = await stat(lock).then(({ mtimeMs }) => mtimeMs, () => null)
    if (madeMs !== null && this.#nowMs() - madeMs > STALE_LOCK_MS) await rm(lock, { force: true })
    return false
  }
}

/** The time that the first line tells; null where there is none, or it tells none. */
async function firstTime(handle: FileHandle): Promise<number | null> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(AT_CHARS), 0, AT_CHARS, 0)
  const text = /^\{"at":"([\d:.TZ-]{20,30})"/.exec(buffer.toString('latin1', 0, bytesRead))?.[1]
  const ms = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(ms) ? null : ms
}

/** `{"at":"2026-01-31T12:00:00.000Z"` has 33. */
const AT_CHARS = 40

async function isSameFile(handle: FileHandle, path: string): Promise<boolean> {
  const own = await handle.stat()
  try {
    const named = await stat(path)
    return named.ino === own.ino && named.dev === own.dev
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}

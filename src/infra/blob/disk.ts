import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { Unavailable } from '../../base/unavailable.ts'

/** The few calls that make bytes durable, so that a test can fill the disk, break it or count its syncs. */
export interface Disk {
  /** Writes all the bytes, one buffer after the other, from `position` on. */
  write(file: FileHandle, buffers: readonly Uint8Array[], position: number): Promise<void>
  /** Makes what was written to a file survive a power cut. */
  sync(file: FileHandle): Promise<void>
  /** Makes names created, changed or removed in a folder survive a power cut. */
  syncFolder(folder: string): Promise<void>
}

/** The machine's disk. */
export const realDisk: Disk = {
  async write(file, buffers, position) {
    let rest = buffers
    let at = position
    while (rest.length > 0) {
      const { bytesWritten } = await file.writev(rest as NodeJS.ArrayBufferView[], at)
      at += bytesWritten
      rest = after(rest, bytesWritten)
    }
  },
  sync: (file) => file.datasync(),
  async syncFolder(folder) {
    await using handle = await open(folder, 'r')
    await handle.sync()
  },
}

/** What is left of `buffers` when `count` bytes of them are written. */
function after(buffers: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let left = count
  for (const [i, buffer] of buffers.entries()) {
    if (left < buffer.length) return [buffer.subarray(left), ...buffers.slice(i + 1)]
    left -= buffer.length
  }
  return []
}

/** No room: the device, or the owner's share of it. */
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT'])

/** What callers are told of an error of the file system. Anything else is a bug and stays what it is. */
export function diskError(error: unknown): unknown {
  if (error instanceof Unavailable || !isSystemError(error)) return error
  return new Unavailable('disk', { cause: error, full: FULL.has(error.code ?? '') })
}

/** True when `error` says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return isSystemError(error) && error.code === 'ENOENT'
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}

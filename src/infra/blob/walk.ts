import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { diskError } from './disk.ts'
import type { Folder } from './folder.ts'
import { segmentPath } from './folder.ts'
import { READ_CHUNK_BYTES } from './limits.ts'
import { decodeHeader, HEADER_BYTES, MAGIC } from './record.ts'
import type { RecordHeader } from './record.ts'

/**
 * What is found in a segment, from `offset` to `end`: a record, sound or not, or bytes that belong to none.
 *
 * `torn`: the segment ends within it (a crash, or a batch that is being written). `digest`: its bytes are not
 * those that were stored.
 */
export type Finding =
  | { readonly kind: 'record'; readonly offset: number; readonly end: number; readonly header: RecordHeader; readonly problem: null | 'digest' | 'torn' }
  | { readonly kind: 'garbage'; readonly offset: number; readonly end: number }

/**
 * Reads a segment from its start to the end it has now and checks every record against its digest. After
 * damage it goes on at the next sound header.
 *
 * @throws {Unavailable} the disk does not answer, or there is no such segment.
 */
export async function* walk(folder: Folder, segment: string, signal: AbortSignal): AsyncGenerator<Finding> {
  await using file = await opened(segmentPath(folder, segment))
  const { size } = await file.stat()
  for (let offset = 0; offset < size; ) {
    signal.throwIfAborted()
    const header = decodeHeader(await readUpTo(file, offset, HEADER_BYTES))
    if (header === null) {
      const end = await nextHeader(file, offset + 1, size, signal)
      yield { kind: 'garbage', offset, end }
      offset = end
      continue
    }
    const end = offset + HEADER_BYTES + header.length
    if (end > size) {
      // Either the file ends early, or the length lies: a later record tells which.
      const next = await nextHeader(file, offset + 1, size, signal)
      yield { kind: 'record', offset, end: next, header, problem: 'torn' }
      offset = next
      continue
    }
    const sound = (await digestOf(file, offset + HEADER_BYTES, end, signal)).equals(header.digest)
    yield { kind: 'record', offset, end, header, problem: sound ? null : 'digest' }
    offset = end
  }
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (error) {
    throw diskError(error)
  }
}

async function digestOf(file: FileHandle, start: number, end: number, signal: AbortSignal): Promise<Buffer> {
  const digest = createHash('sha256')
  for (let at = start; at < end; at += READ_CHUNK_BYTES) {
    signal.throwIfAborted()
    digest.update(await readUpTo(file, at, Math.min(READ_CHUNK_BYTES, end - at)))
  }
  return digest.digest()
}

/** Where the next sound header begins at or after `from`, else `size`. */
async function nextHeader(file: FileHandle, from: number, size: number, signal: AbortSignal): Promise<number> {
  for (let at = from; at < size; at += READ_CHUNK_BYTES) {
    signal.throwIfAborted()
    const window = await readUpTo(file, at, READ_CHUNK_BYTES + HEADER_BYTES)
    for (let found = window.indexOf(MAGIC); found !== -1 && found < READ_CHUNK_BYTES; found = window.indexOf(MAGIC, found + 1)) {
      if (decodeHeader(window.subarray(found)) !== null) return at + found
    }
  }
  return size
}

/** Up to `length` bytes from `position`: fewer only where the file ends. */
async function readUpTo(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length)
  let got = 0
  try {
    while (got < length) {
      const { bytesRead } = await file.read(buffer, got, length - got, position + got)
      if (bytesRead === 0) break
      got += bytesRead
    }
  } catch (error) {
    throw diskError(error)
  }
  return buffer.subarray(0, got)
}

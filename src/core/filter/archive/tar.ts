import type { Buffer } from 'node:buffer'
import { asBuffer } from '../../../proto/mail/bytes.ts'
import { MAX_ARCHIVE_FILES } from '../limits.ts'

/** A file in a tar archive. */
export interface TarEntry {
  readonly name: string
  readonly start: number
  readonly size: number
}

const BLOCK = 512

/** The files of a tar archive (POSIX ustar; long names of GNU and pax are read as files of their own). Never throws; one header a step. */
export function readTar(bytes: Uint8Array): { readonly entries: readonly TarEntry[]; readonly isWhole: boolean; readonly count: number } {
  const buffer = asBuffer(bytes)
  const entries: TarEntry[] = []
  let count = 0
  let at = 0
  while (at + BLOCK <= buffer.length && buffer[at] !== 0) {
    const size = octal(buffer, at + 124, 12)
    if (size === null || buffer.toString('latin1', at + 257, at + 262) !== 'ustar') return { entries, isWhole: false, count }
    count++
    if (entries.length < MAX_ARCHIVE_FILES) entries.push({ name: nameOf(buffer, at), start: at + BLOCK, size })
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return { entries, isWhole: at <= buffer.length, count }
}

function nameOf(buffer: Buffer, at: number): string {
  const prefix = text(buffer, at + 345, 155)
  const name = text(buffer, at, 100)
  return prefix === '' ? name : `${prefix}/${name}`
}

function text(buffer: Buffer, from: number, length: number): string {
  const zero = buffer.indexOf(0, from)
  return buffer.toString('utf8', from, zero === -1 || zero > from + length ? from + length : zero)
}

/** Null for what is no number. */
function octal(buffer: Buffer, from: number, length: number): number | null {
  const digits = buffer.toString('latin1', from, from + length).replace(/[\0 ]+$/, '').trim()
  return /^[0-7]{1,11}$/.test(digits) ? Number.parseInt(digits, 8) : null
}

import { Buffer } from 'node:buffer'
import { asBuffer } from '../../../proto/mail/bytes.ts'
import { MAX_ARCHIVE_FILES, MAX_ENTRY_NAME_CHARS } from '../limits.ts'

/** A file in a ZIP archive, as its directory or its own header tells. APPNOTE §4.3.7, §4.3.12. */
export interface ZipEntry {
  readonly name: string
  readonly isEncrypted: boolean
  /** 0 stored, 8 deflated. */
  readonly method: number
  readonly packedBytes: number
  readonly unpackedBytes: number
  /** Where its packed bytes begin; -1 when that is not known. */
  readonly dataStart: number
}

/** The files of a ZIP archive, and whether all of it could be read. */
export interface ZipDirectory {
  readonly entries: readonly ZipEntry[]
  readonly isWhole: boolean
  /** How many there are, also beyond the limit. */
  readonly count: number
}

const END_BYTES = 22
const MAX_COMMENT_BYTES = 65_535
const CENTRAL_BYTES = 46
const LOCAL_BYTES = 30
const END_MARK = Buffer.from('PK\x05\x06')
const LOCAL_MARK = Buffer.from('PK\x03\x04')
const CENTRAL_SIGNATURE = 0x02014b50
const LOCAL_SIGNATURE = 0x04034b50

/** Is there a ZIP archive at the end of this, whatever stands in front? */
export function endsAsZip(bytes: Uint8Array): boolean {
  const central = readCentral(asBuffer(bytes))
  return central !== null && central.count > 0
}

/**
 * Reads what a ZIP archive holds without unpacking anything, from the directory at its end and from the header in front of each file: a directory that
 * names less than what is there, or otherwise, is how programs are smuggled past filters, since some readers go by the headers. Never throws; looks at each header once.
 */
export function readZip(bytes: Uint8Array): ZipDirectory {
  const buffer = asBuffer(bytes)
  const central = readCentral(buffer)
  const locals = readLocals(buffer)
  if (central === null) return locals
  const named = new Set(central.entries.map(({ name }) => name))
  const hidden = locals.entries.filter(({ name }) => name !== '' && !named.has(name))
  return { entries: [...central.entries, ...hidden].slice(0, MAX_ARCHIVE_FILES), isWhole: true, count: central.count + hidden.length }
}

/** Local headers from the beginning: also for the first bytes of an archive that is not here whole. */
export function readLocals(buffer: Buffer): ZipDirectory {
  const entries: ZipEntry[] = []
  let count = 0
  for (let at = buffer.indexOf(LOCAL_MARK); at !== -1; ) {
    const entry = localEntry(buffer, at)
    if (entry === null) break
    count++
    if (entries.length < MAX_ARCHIVE_FILES) entries.push(entry)
    const isKnown = entry.packedBytes > 0 && entry.dataStart + entry.packedBytes <= buffer.length
    at = buffer.indexOf(LOCAL_MARK, isKnown ? entry.dataStart + entry.packedBytes : at + 4)
  }
  return { entries, isWhole: false, count }
}

/** Null when there is no central directory that holds together. */
function readCentral(buffer: Buffer): ZipDirectory | null {
  const end = findEnd(buffer)
  if (end === -1) return null
  const said = buffer.readUInt16LE(end + 10)
  const size = buffer.readUInt32LE(end + 12)
  // What stands in front of the archive (a program that unpacks itself) moves every offset in it.
  const start = end - size
  const shift = start - buffer.readUInt32LE(end + 16)
  if (start < 0 || shift < 0) return null
  const entries: ZipEntry[] = []
  let count = 0
  let at = start
  for (; at + CENTRAL_BYTES <= end && buffer.readUInt32LE(at) === CENTRAL_SIGNATURE; count++) {
    const nameBytes = buffer.readUInt16LE(at + 28)
    const next = at + CENTRAL_BYTES + nameBytes + buffer.readUInt16LE(at + 30) + buffer.readUInt16LE(at + 32)
    if (next > end) return null
    if (entries.length < MAX_ARCHIVE_FILES) entries.push(centralEntry(buffer, at, nameBytes, shift))
    at = next
  }
  return at === end && (count & 0xffff) === said && (count > 0 || said === 0) ? { entries, isWhole: true, count } : null
}

/** Where the end record is: the last one whose comment ends with the file; -1 for none. */
function findEnd(buffer: Buffer): number {
  const lowest = Math.max(0, buffer.length - END_BYTES - MAX_COMMENT_BYTES)
  // Only the end is searched: an archive may be looked for in the same bytes again and again.
  const tail = buffer.subarray(lowest)
  for (let at = tail.lastIndexOf(END_MARK); at !== -1; at = at === 0 ? -1 : tail.lastIndexOf(END_MARK, at - 1)) {
    if (at + END_BYTES <= tail.length && at + END_BYTES + tail.readUInt16LE(at + 20) === tail.length) return lowest + at
  }
  return -1
}

function centralEntry(buffer: Buffer, at: number, nameBytes: number, shift: number): ZipEntry {
  const flags = buffer.readUInt16LE(at + 8)
  const local = buffer.readUInt32LE(at + 42) + shift
  const isThere = local + LOCAL_BYTES <= buffer.length && buffer.readUInt32LE(local) === LOCAL_SIGNATURE
  return {
    name: nameAt(buffer, at + CENTRAL_BYTES, nameBytes, flags),
    isEncrypted: (flags & 0x2041) !== 0,
    method: buffer.readUInt16LE(at + 10),
    packedBytes: buffer.readUInt32LE(at + 20),
    unpackedBytes: buffer.readUInt32LE(at + 24),
    dataStart: isThere ? local + LOCAL_BYTES + buffer.readUInt16LE(local + 26) + buffer.readUInt16LE(local + 28) : -1,
  }
}

function localEntry(buffer: Buffer, at: number): ZipEntry | null {
  if (at + LOCAL_BYTES > buffer.length) return null
  const flags = buffer.readUInt16LE(at + 6)
  const nameBytes = buffer.readUInt16LE(at + 26)
  return {
    name: nameAt(buffer, at + LOCAL_BYTES, nameBytes, flags),
    isEncrypted: (flags & 0x2041) !== 0,
    method: buffer.readUInt16LE(at + 8),
    packedBytes: buffer.readUInt32LE(at + 18),
    unpackedBytes: buffer.readUInt32LE(at + 22),
    dataStart: at + LOCAL_BYTES + nameBytes + buffer.readUInt16LE(at + 28),
  }
}

/** §4.4.4 bit 11: UTF-8. Else a code page that we take for Latin-1: extensions are ASCII. */
function nameAt(buffer: Buffer, from: number, length: number, flags: number): string {
  const end = Math.min(from + length, from + MAX_ENTRY_NAME_CHARS, buffer.length)
  return (flags & 0x800) === 0 ? buffer.toString('latin1', from, end) : buffer.toString('utf8', from, end)
}

import { Buffer } from 'node:buffer'
import { gunzipSync, inflateRawSync } from 'node:zlib'
import { asBuffer } from '../../../proto/mail/bytes.ts'
import { type FileKind, fileKind } from '../attachment-kind.ts'
import { MAX_ARCHIVE_DEPTH, MAX_ARCHIVE_FILES, MAX_ARCHIVE_RATIO, MAX_ATTACHMENT_BYTES, MAX_EXPANDED_BYTES, MAX_UNPACKED_BYTES, MIN_RATIO_BYTES } from '../limits.ts'
import { ARCHIVE_EXTENSIONS } from '../table/blocked.ts'
import { readMail } from './mail.ts'
import { type ArchiveReport, goOver, type Inspection } from './report.ts'
import { readTar } from './tar.ts'
import { endsAsZip, readZip, type ZipEntry } from './zip.ts'

/** Can `inspectArchive` say more of this than its first bytes do? Then decode the whole part for it. What is named as an archive may have something in front. */
export function isWorthInspecting(kind: FileKind, name: string): boolean {
  return (kind === null && isArchiveName(name)) || kind === 'zip' || kind === 'gzip' || kind === 'tar' || kind === 'ole' || kind === 'mail'
}

/**
 * Looks into an attachment that is an archive, an Office document, or a message with files of its own. `bytes` is the whole decoded part: the directory of a ZIP file is at its end.
 * Of more than `MAX_ATTACHMENT_BYTES` the caller may give the first `MAX_ATTACHMENT_BYTES` + 1, which counts as over the limit.
 *
 * Directories are read, nothing is unpacked but archives inside the archive, and of those no more than `MAX_UNPACKED_BYTES` together. So a
 * bomb costs what its directory says, never what it unpacks to. Never throws for what is in it.
 */
export function inspectArchive(bytes: Uint8Array): ArchiveReport {
  const inspection: Inspection = {
    names: [], isEncrypted: false, hasMacros: false, over: null, isDamaged: false, steps: 0, files: 0, expanded: 0, budget: MAX_UNPACKED_BYTES,
  }
  look(bytes.subarray(0, MAX_ATTACHMENT_BYTES), 1, inspection)
  if (bytes.length > MAX_ATTACHMENT_BYTES) goOver(inspection, 'size')
  const { names, isEncrypted, hasMacros, over, isDamaged, steps } = inspection
  return { names, isEncrypted, hasMacros, over, isDamaged, steps }
}

/** Looks into one archive, at `depth` from 1. */
function look(bytes: Uint8Array, depth: number, inspection: Inspection): void {
  inspection.steps++
  if (inspection.over !== null) return
  if (depth > MAX_ARCHIVE_DEPTH) return goOver(inspection, 'depth')
  switch (fileKind(bytes)) {
    case 'zip':
      return lookIntoZip(bytes, depth, inspection)
    case 'gzip':
      return lookIntoGzip(bytes, depth, inspection)
    case 'tar':
      return lookIntoTar(bytes, depth, inspection)
    case 'mail':
      return lookIntoMail(bytes, depth, inspection)
    case 'ole':
      return lookIntoOle(bytes, inspection)
    default:
      // Programs that open ZIP files begin at the end.
      if (endsAsZip(bytes)) return lookIntoZip(bytes, depth, inspection)
      inspection.isDamaged = true
  }
}

function lookIntoZip(bytes: Uint8Array, depth: number, inspection: Inspection): void {
  const { entries, isWhole, count } = readZip(bytes)
  if (!isWhole) inspection.isDamaged = true
  inspection.steps += count
  let packed = 0
  let unpacked = 0
  for (const entry of entries) {
    if (!note(entry.name, entry.unpackedBytes, inspection)) return
    packed += entry.packedBytes
    unpacked += entry.unpackedBytes
    if (entry.isEncrypted) inspection.isEncrypted = true
    if (/(?:^|\/)vbaproject\.bin$/i.test(entry.name)) inspection.hasMacros = true
  }
  if (count > entries.length) goOver(inspection, 'files')
  if (unpacked > MIN_RATIO_BYTES && unpacked > packed * MAX_ARCHIVE_RATIO) goOver(inspection, 'ratio')
  for (const entry of entries) {
    if (entry.isEncrypted || !isArchiveName(entry.name)) continue
    const inside = unpack(bytes, entry, inspection)
    if (inside !== null) look(inside, depth + 1, inspection)
  }
}

/** Counts a file; false when there are too many to go on. */
function note(name: string, size: number, inspection: Inspection): boolean {
  inspection.steps++
  inspection.files++
  inspection.expanded += size
  if (inspection.expanded > MAX_EXPANDED_BYTES) goOver(inspection, 'size')
  if (inspection.files > MAX_ARCHIVE_FILES) {
    goOver(inspection, 'files')
    return false
  }
  inspection.names.push(name)
  return true
}

function isArchiveName(name: string): boolean {
  return ARCHIVE_EXTENSIONS.has(name.slice(name.lastIndexOf('.') + 1).toLowerCase())
}

/** The bytes of an archive inside a ZIP file; null when they cannot be had within the budget. */
function unpack(bytes: Uint8Array, entry: ZipEntry, inspection: Inspection): Uint8Array | null {
  const { dataStart, packedBytes, method } = entry
  if (dataStart < 0 || dataStart > bytes.length || (method !== 0 && method !== 8)) {
    inspection.isDamaged = true
    return null
  }
  const packed = bytes.subarray(dataStart, packedBytes === 0 ? bytes.length : dataStart + packedBytes)
  return method === 0 ? spend(packed, inspection) : inflate(packed, inflateRawSync, inspection)
}

/** Takes bytes from the budget: many entries of an archive may name the same ones. Null when it is used up. */
function spend(bytes: Uint8Array, inspection: Inspection): Uint8Array | null {
  if (bytes.length > inspection.budget) {
    inspection.isDamaged = true
    return null
  }
  inspection.budget -= bytes.length
  inspection.steps += bytes.length
  return bytes
}

/** Unpacks within the budget. Null, and a note, for what goes over it or is damaged. */
function inflate(packed: Uint8Array, run: (packed: Uint8Array, options: { readonly maxOutputLength: number }) => Buffer, inspection: Inspection): Uint8Array | null {
  const { budget } = inspection
  if (budget < 1) {
    inspection.isDamaged = true
    return null
  }
  try {
    return spend(run(packed, { maxOutputLength: budget }), inspection)
  } catch (error) {
    // What zlib throws is about the bytes: it got no other argument of a stranger's.
    if (!(error instanceof Error)) throw error
    const isTooLarge = 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    // How much was unpacked before it failed is not known: halving bounds what many failures cost together.
    inspection.steps += budget
    inspection.budget = isTooLarge ? 0 : Math.floor(budget / 2)
    if (isTooLarge && budget > packed.length * MAX_ARCHIVE_RATIO) goOver(inspection, 'ratio')
    else inspection.isDamaged = true
    return null
  }
}

function lookIntoGzip(bytes: Uint8Array, depth: number, inspection: Inspection): void {
  const out = inflate(bytes, gunzipSync, inspection)
  // RFC 1952 §2.3.1: the last four bytes say the size. They are asked when it is more than we unpack; of a damaged file they are anything.
  const isBeyond = out === null && inspection.budget === 0 && bytes.length >= 18
  const said = isBeyond ? asBuffer(bytes).readUInt32LE(bytes.length - 4) : (out?.length ?? 0)
  if (said > MIN_RATIO_BYTES && said > bytes.length * MAX_ARCHIVE_RATIO) goOver(inspection, 'ratio')
  const kind = out === null ? null : fileKind(out)
  const isArchive = kind === 'tar' || kind === 'zip' || kind === 'gzip'
  if (!note(kind === 'program' ? PROGRAM : 'content', said, inspection)) return
  if (out !== null && isArchive) look(out, depth + 1, inspection)
}

function lookIntoTar(bytes: Uint8Array, depth: number, inspection: Inspection): void {
  const { entries, isWhole, count } = readTar(bytes)
  if (!isWhole) inspection.isDamaged = true
  if (count > entries.length) goOver(inspection, 'files')
  for (const { name, start, size } of entries) {
    if (!note(name, size, inspection)) return
    const inside = isArchiveName(name) ? spend(bytes.subarray(start, start + size), inspection) : null
    if (inside !== null) look(inside, depth + 1, inspection)
  }
}

function lookIntoMail(bytes: Uint8Array, depth: number, inspection: Inspection): void {
  const { entries, over } = readMail(bytes)
  if (over !== null) goOver(inspection, over)
  inspection.steps += bytes.length
  for (const { name, size, head, decoded } of entries) {
    const kind = fileKind(head)
    if (!note(kind === 'program' ? PROGRAM : name, size, inspection)) return
    const inside = isWorthInspecting(kind, name) ? spend(decoded(), inspection) : null
    if (inside !== null) look(inside, depth + 1, inspection)
  }
}

/** Stands for a program by whatever name it has, or none. */
const PROGRAM = 'content.exe'

/** Old Office documents: a compound file names its streams in UTF-16. [MS-OVBA] §2.3.4.1, [MS-OFFCRYPTO] §2.3.4.4. */
function lookIntoOle(bytes: Uint8Array, inspection: Inspection): void {
  const buffer = asBuffer(bytes)
  inspection.steps += bytes.length
  if (buffer.includes(VBA_STREAM)) inspection.hasMacros = true
  if (buffer.includes(ENCRYPTED_STREAM)) inspection.isEncrypted = true
}

const VBA_STREAM = Buffer.from('_VBA_PROJECT', 'utf16le')
const ENCRYPTED_STREAM = Buffer.from('EncryptedPackage', 'utf16le')

import { isUtf8 } from 'node:buffer'
import type { Buffer } from 'node:buffer'
import { asBuffer } from './bytes.ts'
import { decodeCharset } from './charset.ts'
import { MAX_FIELD_BYTES, MAX_FIELDS, MAX_HEADER_BYTES } from './limits.ts'
import type { Range } from './view.ts'

/** One header field: where its line starts, where its folds end (line ending included), and where its value begins. */
export interface Field extends Range {
  /** Lower-case. */
  readonly name: string
  readonly valueStart: number
}

/** A header block, cut into fields. Offsets are those of the array it was read from. */
export interface HeaderBlock {
  readonly fields: readonly Field[]
  /** Where the body begins: just past the empty line, or where reading stopped. */
  readonly end: number
  /** Lines read, the empty one included. */
  readonly lines: number
  /** Did the block end with an empty line? Else at the end of the bytes or before a boundary. */
  readonly terminated: boolean
  readonly defects: readonly HeaderDefect[]
}

/** What was wrong with a header block. Nothing of it stops the reader. */
export type HeaderDefect = 'not-a-field' | 'field-too-long' | 'too-many-fields' | 'header-too-long'

/** Told each header line that begins with two hyphens; true when it is a boundary, and the header ends before it. */
export type StopAt = (lineStart: number) => boolean

const TAB = 9
const LF = 10
const CR = 13
const SPACE = 32
const DASH = 45
const COLON = 58
const DELETE = 127

/**
 * Cuts the header block that starts at `start` into fields, in one pass. RFC 5322 §2.2, read leniently: lines may end in
 * a bare LF, a name may be followed by spaces (§4.5.8), and a line that is no field is passed over.
 *
 * Fields beyond the limits are not listed, but the end of the block is found all the same.
 */
export function readHeader(bytes: Uint8Array, start = 0, stopAt: StopAt | null = null): HeaderBlock {
  const fields: Field[] = []
  const defects = new Set<HeaderDefect>()
  const text = asBuffer(bytes)
  let lines = 0
  let at = start
  let open: { name: string; start: number; end: number; valueStart: number } | null = null
  while (at < bytes.length) {
    const first = bytes[at] ?? 0
    if (first === LF || (first === CR && bytes[at + 1] === LF)) {
      return { fields, end: at + (first === LF ? 1 : 2), lines: lines + 1, terminated: true, defects: [...defects] }
    }
    if (first === DASH && bytes[at + 1] === DASH && stopAt !== null && stopAt(at)) break
    const lf = text.indexOf(LF, at)
    const next = lf === -1 ? bytes.length : lf + 1
    if (lf !== -1) lines++
    if (first === SPACE || first === TAB) {
      if (open !== null) open.end = next
    } else {
      open = openField(text, at, next)
      if (open === null) defects.add('not-a-field')
      if (fields.length >= MAX_FIELDS) defects.add('too-many-fields')
      if (open !== null && fields.length < MAX_FIELDS && next - start <= MAX_HEADER_BYTES) fields.push(open)
    }
    // Also when only folds are there: a reader that holds no more than a header may have must know that it has not seen all.
    if (next - start > MAX_HEADER_BYTES) defects.add('header-too-long')
    if (open !== null && open.end - open.start > MAX_FIELD_BYTES) defects.add('field-too-long')
    at = next
  }
  return { fields, end: at, lines, terminated: false, defects: [...defects] }
}

/**
 * The value of a field, unfolded, trimmed, as text without CR, LF or NUL. UTF-8 when it is (RFC 6532), else windows-1252,
 * which is what old senders mean. Encoded words are left as they are. Cut at 64 KiB.
 */
export function fieldText(bytes: Uint8Array, field: Field): string {
  const end = Math.min(field.end, field.valueStart + MAX_FIELD_BYTES)
  const buffer = asBuffer(bytes)
  let text = buffer.toString('utf8', field.valueStart, end)
  if (text.includes('\ufffd') && !isUtf8(bytes.subarray(field.valueStart, end))) {
    text = decodeCharset(bytes.subarray(field.valueStart, end), 'windows-1252')
  }
  const trimmed = text.trim()
  // RFC 5322 §2.2.3: unfolding takes the line ending away and leaves the space.
  return UNCLEAN.test(trimmed) ? trimmed.replace(/\r?\n(?=[ \t])|\0/g, '').replace(/[\r\n]+/g, ' ') : trimmed
}

/** The fields that have one of `names` (lower-case), in order. */
export function findFields(block: Pick<HeaderBlock, 'fields'>, names: readonly string[]): readonly Field[] {
  return block.fields.filter((field) => names.includes(field.name))
}

/** The text of the first field named `name` (lower-case), or null when there is none. */
export function firstText(bytes: Uint8Array, block: Pick<HeaderBlock, 'fields'>, name: string): string | null {
  for (const field of block.fields) if (field.name === name) return fieldText(bytes, field)
  return null
}

const UNCLEAN = /[\r\n\0]/

/** The field whose first line is [at, next), or null when that line is none: name, spaces, colon. */
function openField(text: Buffer, at: number, next: number): { name: string; start: number; end: number; valueStart: number } | null {
  let nameEnd = at
  for (; nameEnd < next; nameEnd++) {
    const byte = text[nameEnd] ?? 0
    if (byte <= SPACE || byte >= DELETE || byte === COLON) break
  }
  let colon = nameEnd
  while (text[colon] === SPACE || text[colon] === TAB) colon++
  if (nameEnd === at || text[colon] !== COLON) return null
  return { name: text.toString('latin1', at, nameEnd).toLowerCase(), start: at, end: next, valueStart: colon + 1 }
}

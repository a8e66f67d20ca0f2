import { asBuffer } from '../mail/bytes.ts'
import { bodyDecoder, isKnownEncoding } from '../mail/decode-body.ts'
import { readHeader } from '../mail/headers.ts'
import { findPart, findSection } from '../mail/section.ts'
import type { Range } from '../mail/view.ts'
import type { EmailColumns, ImapStore, Row } from './backend.ts'
import type { FetchItem, Partial, Section } from './fetch-items.ts'
import { MAX_HEADER } from './limits.ts'

/** Bytes for a FETCH answer: how many, and where they come from. */
export interface Payload {
  readonly sizeBytes: number
  readonly chunks: AsyncIterable<Uint8Array> | readonly Uint8Array[]
}

/** Where the bytes of messages come from while one FETCH runs. */
export interface Source {
  readonly store: ImapStore
  readonly signal: AbortSignal
}

/** The bytes of a section of a message; null when it has no such part (the answer is then NIL). RFC 9051 §6.4.5.1. */
export async function sectionBytes(source: Source, row: Row, section: Section, partial: Partial | null): Promise<Payload | null> {
  const { email, index } = row
  if (email === null) return null
  // BODY[] is by far the most asked for, and needs no index.
  if (section.path.length === 0 && section.of === 'all') return viewBytes(source, email, { start: 0, end: email.size }, partial)
  if (index === null) return null
  const { of } = section
  const range = findSection(index, section.path, of === 'fields' || of === 'fields.not' ? 'header' : of)
  if (range === null) return null
  if (of !== 'fields' && of !== 'fields.not') return viewBytes(source, email, range, partial)
  const header = await readRange(source, email, { start: range.start, end: Math.min(range.end, range.start + MAX_HEADER) })
  return inMemory(pickFields(header, section), partial)
}

/** What BINARY could not give: the encoding is unknown. RFC 3516 §4.3. */
export type BinaryFault = 'unknown-cte'

/** The decoded bytes of a part. Their number is known only after decoding, so larger parts are decoded twice and never held. RFC 3516. */
export async function binaryBytes(source: Source, row: Row, item: Extract<FetchItem, { kind: 'binary' }>): Promise<Payload | null | BinaryFault> {
  const decoded = await binarySize(source, row, item.path)
  if (decoded === null || typeof decoded === 'string') return decoded
  const { sizeBytes, chunks } = decoded
  if (item.partial === null) return { sizeBytes, chunks: chunks() }
  const range = cut({ start: 0, end: sizeBytes }, item.partial)
  return { sizeBytes: range.end - range.start, chunks: within(chunks(), range) }
}

/** How large a part is when decoded, and how to get it. */
export async function binarySize(
  source: Source,
  { email, index }: Row,
  path: readonly number[],
): Promise<{ readonly sizeBytes: number; readonly chunks: () => AsyncIterable<Uint8Array> } | null | BinaryFault> {
  if (email === null || index === null) return null
  const part = findPart(index, path)
  if (part === null) return null
  const range = path.length === 0 ? { start: 0, end: email.size } : { start: part.bodyStart, end: part.bodyEnd }
  // The whole message is sent as it is; only a numbered part has an encoding to take off.
  const encoding = path.length === 0 ? 'binary' : part.encoding
  if (!isKnownEncoding(encoding)) return 'unknown-cte'
  const chunks = (): AsyncIterable<Uint8Array> => decoding(source.store.body(email, range.start, range.end, source.signal), encoding)
  if (encoding === 'binary' || encoding === '7bit' || encoding === '8bit') return { sizeBytes: range.end - range.start, chunks }
  let sizeBytes = 0
  for await (const chunk of chunks()) sizeBytes += chunk.length
  return { sizeBytes, chunks }
}

/** Reads a range of a message into memory. The caller bounds it. */
export async function readRange({ store, signal }: Source, email: EmailColumns, range: Range): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of store.body(email, range.start, range.end, signal)) chunks.push(chunk.slice())
  const [only] = chunks
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)
}

/** The fields that are asked for, or all others, as they stand, and the empty line. RFC 9051 §6.4.5.1. */
export function pickFields(header: Uint8Array, section: Section): Uint8Array {
  const names = new Set(section.fields.map((name) => name.toLowerCase()))
  const bytes = asBuffer(header)
  const picked: Uint8Array[] = []
  for (const { name, start, end } of readHeader(header).fields) {
    if (names.has(name) === (section.of === 'fields')) picked.push(bytes.subarray(start, end))
  }
  picked.push(CRLF)
  return Buffer.concat(picked)
}

const CRLF = Buffer.from('\r\n')

function viewBytes({ store, signal }: Source, email: EmailColumns, range: Range, partial: Partial | null): Payload {
  const { start, end } = cut(range, partial)
  if (start === end) return { sizeBytes: 0, chunks: [] }
  return { sizeBytes: end - start, chunks: store.body(email, start, end, signal) }
}

function inMemory(bytes: Uint8Array, partial: Partial | null): Payload {
  const { start, end } = cut({ start: 0, end: bytes.length }, partial)
  return { sizeBytes: end - start, chunks: [bytes.subarray(start, end)] }
}

/** A partial beyond the end is empty, one that reaches over it is cut. RFC 9051 §6.4.5. */
function cut(range: Range, partial: Partial | null): Range {
  if (partial === null) return range
  const start = Math.min(range.start + partial.start, range.end)
  return { start, end: Math.min(start + partial.count, range.end) }
}

async function* decoding(chunks: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
  const decoder = bodyDecoder(encoding)
  for await (const chunk of chunks) yield decoder.push(chunk)
  yield decoder.finish()
}

async function* within(chunks: AsyncIterable<Uint8Array>, range: Range): AsyncGenerator<Uint8Array> {
  let at = 0
  for await (const chunk of chunks) {
    const from = Math.max(0, range.start - at)
    const to = Math.min(chunk.length, range.end - at)
    if (from < to) yield chunk.subarray(from, to)
    at += chunk.length
    if (at >= range.end) return
  }
}

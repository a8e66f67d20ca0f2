import { isAscii } from 'node:buffer'
import type { Domain } from '../../base/brand.ts'
import { MAX_HEADER_BYTES } from '../../proto/mail/limits.ts'
import { type MessageSource, toSevenBit } from '../../proto/mail/seven-bit.ts'
import { makeView, slicesOf, type View } from '../../proto/mail/view.ts'
import type { OutgoingContent } from '../../proto/smtp/client/outgoing.ts'
import type { SegmentReader } from '../mailbox/body.ts'
import type { LeasedDelivery } from '../queue/delivery.ts'
import type { StoredMessage } from '../queue/sql-message.ts'

const HEADER_END = Buffer.from('\r\n\r\n')

/** Which of its two forms a message has: as it is stored, or made 7-bit for a server that takes nothing else. Each has signatures of its own. */
export type Form = 'stored' | 'seven-bit'

/** Header fields that vouch for a message: DKIM signatures of our own mail, or the ARC set of what we forward. */
export interface Marks {
  /** Each with its CRLF; '' for none. */
  readonly fields: string
  /** What the trace is told of them; null for nothing. */
  readonly note: string | null
  /** Where reports on programs' mail come back, at a name below the author's domain. Missing: at our host. */
  readonly returnDomain?: Domain
}

/** Signs or seals a message from its bytes. */
export type Sign = (delivery: LeasedDelivery, form: Form, pieces: () => AsyncIterable<Uint8Array>) => Promise<Marks>

/** A message for whatever the next hop takes. */
export interface Sendable {
  readonly content: OutgoingContent
  /** What the trace is told of its signatures or seals; null for nothing. */
  readonly note: string | null
  /** See `Marks`. */
  readonly returnDomain: Domain | null
  /** The same in 7-bit lines, made when it is first asked for; as it was, and why in `conversion`, when that cannot be. */
  readonly sevenBit: () => Promise<OutgoingContent>
}

/**
 * A stored message as the next hop gets it: marks + prefix + received bytes - skips. What is in it is looked at, because what was
 * declared of it may be wrong.
 */
export async function contentOf(delivery: LeasedDelivery, stored: StoredMessage, segments: SegmentReader, sign: Sign): Promise<Sendable> {
  const { view, wishes } = delivery
  const plain = reader(view.prefix, view.skips, stored, segments)
  const seen = await look(plain, Buffer.byteLength(view.prefix) + MAX_HEADER_BYTES)
  if (wishes.body === 'BINARYMIME') return await binaryContent(delivery, plain, seen.utf8Header, sign)
  const { fields, note, returnDomain = null } = await sign(delivery, 'stored', () => plain.pieces(0, plain.size))
  const signed = fields === '' ? plain : reader(fields + view.prefix, view.skips, stored, segments)
  const content: OutgoingContent = { sizeBytes: signed.size, ...seen, open: () => signed.pieces(0, signed.size) }
  let converted: Promise<Converted> | null = null
  return { content, note, returnDomain, sevenBit: async () => (await (converted ??= inSevenBit(delivery, plain, content, sign))).content }
}

/**
 * What is not in lines has its 7-bit form made and is signed in that. RFC 6376 §5.3: convert before signing, and sign what the verifier will get. What nobody
 * here signs for, or what has no such form, leaves as it is.
 */
async function binaryContent(delivery: LeasedDelivery, plain: MessageSource, utf8Header: boolean, sign: Sign): Promise<Sendable> {
  const content: OutgoingContent = { sizeBytes: plain.size, body: 'BINARYMIME', utf8Header, open: () => plain.pieces(0, plain.size) }
  let converted: Promise<Converted> | null = null
  const convert = (): Promise<Converted> => (converted ??= inSevenBit(delivery, plain, content, sign))
  const sevenBit = async (): Promise<OutgoingContent> => (await convert()).content
  // What only passes through is not ours to sign, and may have a signature that must not break.
  if (delivery.view.forwardedBy !== undefined) return { content, note: null, returnDomain: null, sevenBit }
  const { content: inLines, marks } = await convert()
  if (marks === null) return { content, note: 'Not signed: its binary content has no 7-bit form', returnDomain: null, sevenBit }
  return { content: marks.fields === '' ? content : inLines, note: marks.note, returnDomain: marks.returnDomain ?? null, sevenBit }
}

interface Converted {
  readonly content: OutgoingContent
  /** Null when it has no 7-bit form, and is as it was. */
  readonly marks: Marks | null
}

/**
 * Converted first and then signed: RFC 6376 §5.3. A signature that came with a message which only passes through breaks; the choice is between that and
 * sending it back, and a message without a signature can still be taken (docs/decision/006-outbound.md).
 */
async function inSevenBit(delivery: LeasedDelivery, plain: MessageSource, content: OutgoingContent, sign: Sign): Promise<Converted> {
  const result = await toSevenBit(plain)
  if (result.kind === 'impossible') return { content: result.why === 'signed' ? { ...content, conversion: 'prohibited' } : content, marks: null }
  const { size, pieces } = result.message
  const marks = await sign(delivery, 'seven-bit', () => pieces(0, size))
  const fields = Buffer.from(marks.fields)
  const open = async function* (): AsyncGenerator<Uint8Array> {
    yield fields
    yield* pieces(0, size)
  }
  return { content: { sizeBytes: fields.length + size, body: '7BIT', utf8Header: false, open }, marks }
}

function reader(prefix: string, skips: LeasedDelivery['view']['skips'], stored: StoredMessage, segments: SegmentReader): MessageSource {
  const before = Buffer.from(prefix)
  const view = makeView(before.length, skips, stored.sizeBytes)
  return { size: view.size, pieces: (start, end) => read(view, before, stored, segments, start, end) }
}

async function* read(view: View, prefix: Uint8Array, { location }: StoredMessage, segments: SegmentReader, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (const slice of slicesOf(view, start, end)) {
    if (slice.of === 'prefix') yield prefix.subarray(slice.start, slice.end)
    else if (location.kind === 'inline') yield location.bytes.subarray(slice.start, slice.end)
    else yield* segments.read(location, slice.start, slice.end)
  }
}

/** Whether any byte is above 127, and whether one of the header is, however long: then SMTPUTF8 is needed. RFC 6531 §3.4. */
async function look({ size, pieces }: MessageSource, headerBytes: number): Promise<{ readonly body: '7BIT' | '8BITMIME'; readonly utf8Header: boolean }> {
  let ascii = true
  for await (const piece of pieces(0, size)) {
    ascii = isAscii(piece)
    if (!ascii) break
  }
  if (ascii) return { body: '7BIT', utf8Header: false }
  const head = Buffer.concat(await Array.fromAsync(pieces(0, Math.min(size, headerBytes))))
  const end = head.indexOf(HEADER_END)
  return { body: '8BITMIME', utf8Header: !isAscii(end === -1 ? head : head.subarray(0, end)) }
}

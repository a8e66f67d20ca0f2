import type { ListedAddress } from './display-address.ts'
import type { Params } from './parameter.ts'
import type { Disposition, Envelope, MessageIndex, MimeDefect, Part } from './part.ts'

/** An index as text for a row: the prefix length, a blank, JSON of short arrays. Made by this file only. */
export type EncodedIndex = string

/**
 * Writes an index into a row. Encode once, then `prefixIndex` gives each recipient's row its own prefix length for the price
 * of joining two strings.
 */
export function encodeIndex(index: MessageIndex): EncodedIndex {
  return `0 ${JSON.stringify([VERSION, index.size, index.references, index.defects, packEnvelope(index.envelope), packPart(index.root)])}`
}

/** An encoded index as it is when `prefixLength` bytes of header lines stand in front of what was indexed. */
export function prefixIndex(encoded: EncodedIndex, prefixLength: number): EncodedIndex {
  const blank = encoded.indexOf(' ')
  return `${Number(encoded.slice(0, blank)) + prefixLength}${encoded.slice(blank)}`
}

/** Reads an index out of a row; its numbers include the prefix. @throws {Error} when the row is damaged. */
export function decodeIndex(encoded: EncodedIndex): MessageIndex {
  const blank = encoded.indexOf(' ')
  const shift = Number(encoded.slice(0, blank))
  const packed = JSON.parse(encoded.slice(blank + 1)) as PackedIndex
  if (packed[0] !== VERSION || !Number.isSafeInteger(shift)) throw new Error(`unknown message index: ${encoded.slice(0, 20)}`)
  const [, size, references, defects, envelope, root] = packed
  const shown = unpackPart(root, shift)
  return { size: size + shift, envelope: unpackEnvelope(envelope), references, root: { ...shown, headerStart: 0 }, defects }
}

/** An index in memory, moved by a prefix of `prefixLength` bytes. */
export function shiftIndex(index: MessageIndex, prefixLength: number): MessageIndex {
  const move = (part: Part): Part => ({
    ...part,
    headerStart: part.headerStart + prefixLength,
    bodyStart: part.bodyStart + prefixLength,
    bodyEnd: part.bodyEnd + prefixLength,
    children: part.children.map(move),
  })
  return { ...index, size: index.size + prefixLength, root: { ...move(index.root), headerStart: 0 } }
}

const VERSION = 1

type PackedList = readonly (string | null)[] | 0
type PackedEnvelope = readonly [
  date: string | null, subject: string | null, messageId: string | null, inReplyTo: string | null,
  from: PackedList, to: PackedList, cc: PackedList, bcc: PackedList, sender: PackedList, replyTo: PackedList,
]
type PackedDisposition = readonly [type: string, ...params: readonly string[]]
/** The tail is left out from the last value on that says something. */
type PackedPart = readonly [
  headerStart: number, bodyStart: number, bodyEnd: number, lines: number, type: string,
  params?: readonly string[] | 0, encoding?: string | 0,
  children?: readonly PackedPart[] | 0, disposition?: PackedDisposition | 0, id?: string | 0, description?: string | 0,
  envelope?: PackedEnvelope | 0, md5?: string | 0, language?: readonly string[] | 0, location?: string | 0,
]
type PackedIndex = readonly [
  version: number, size: number, references: readonly string[], defects: readonly MimeDefect[], envelope: PackedEnvelope, root: PackedPart,
]

function packEnvelope(envelope: Envelope): PackedEnvelope {
  const { from } = envelope
  return [
    envelope.date, envelope.subject, envelope.messageId, envelope.inReplyTo,
    packList(from), packList(envelope.to), packList(envelope.cc), packList(envelope.bcc),
    // Mostly the From list itself: then nothing is written, and reading puts it back.
    envelope.sender === from ? 0 : packList(envelope.sender),
    envelope.replyTo === from ? 0 : packList(envelope.replyTo),
  ]
}

function unpackEnvelope(packed: PackedEnvelope): Envelope {
  const [date, subject, messageId, inReplyTo, from, to, cc, bcc, sender, replyTo] = packed
  const fromList = unpackList(from)
  return {
    date,
    subject,
    from: fromList,
    sender: unpackList(sender) ?? fromList,
    replyTo: unpackList(replyTo) ?? fromList,
    to: unpackList(to),
    cc: unpackList(cc),
    bcc: unpackList(bcc),
    inReplyTo,
    messageId,
  }
}

function packList(list: readonly ListedAddress[] | null): PackedList {
  return list === null ? 0 : list.flatMap((each) => [each.name, each.mailbox, each.host])
}

function unpackList(packed: PackedList): readonly ListedAddress[] | null {
  if (packed === 0) return null
  const list: ListedAddress[] = []
  for (let at = 0; at < packed.length; at += 3) {
    list.push({ name: packed[at] ?? null, mailbox: packed[at + 1] ?? null, host: packed[at + 2] ?? null })
  }
  return list
}

function packPart(part: Part): PackedPart {
  const packed: unknown[] = [
    part.headerStart, part.bodyStart, part.bodyEnd, part.lines, `${part.type}/${part.subtype}`,
    part.params.length === 0 ? 0 : part.params.flat(),
    part.encoding === '7bit' ? 0 : part.encoding,
    part.children.length === 0 ? 0 : part.children.map(packPart),
    part.disposition === null ? 0 : [part.disposition.type, ...part.disposition.params.flat()],
    part.id ?? 0, part.description ?? 0,
    part.envelope === null ? 0 : packEnvelope(part.envelope),
    part.md5 ?? 0, part.language ?? 0, part.location ?? 0,
  ]
  while (packed.at(-1) === 0) packed.pop()
  return packed as unknown as PackedPart
}

function unpackPart(packed: PackedPart, shift: number): Part {
  const [headerStart, bodyStart, bodyEnd, lines, media, params, encoding, children, disposition, ...rest] = packed
  const [id, description, envelope, md5, language, location] = rest
  const slash = media.indexOf('/')
  return {
    type: media.slice(0, slash),
    subtype: media.slice(slash + 1),
    params: unpackParams(params || []),
    encoding: encoding || '7bit',
    id: id || null,
    description: description || null,
    md5: md5 || null,
    disposition: disposition ? unpackDisposition(disposition) : null,
    language: language || null,
    location: location || null,
    headerStart: headerStart + shift,
    bodyStart: bodyStart + shift,
    bodyEnd: bodyEnd + shift,
    lines,
    children: (children || []).map((child) => unpackPart(child, shift)),
    envelope: envelope ? unpackEnvelope(envelope) : null,
  }
}

function unpackDisposition([type, ...params]: PackedDisposition): Disposition {
  return { type, params: unpackParams(params) }
}

function unpackParams(flat: readonly string[]): Params {
  const params: [string, string][] = []
  for (let at = 0; at < flat.length; at += 2) params.push([flat[at] ?? '', flat[at + 1] ?? ''])
  return params
}

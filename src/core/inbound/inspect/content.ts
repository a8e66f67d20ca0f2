import { decodeBody } from '../../../proto/mail/decode-body.ts'
import type { Part } from '../../../proto/mail/part.ts'
import { walkParts } from '../../../proto/mail/section.ts'
import { inspectArchive, isWorthInspecting } from '../../filter/archive/inspect.ts'
import { fileKind } from '../../filter/attachment-kind.ts'
import { archiveVerdict, type AttachmentVerdict } from '../../filter/check/attachment.ts'
import type { ContentFacts } from '../../filter/content-facts.ts'
import { contentVerdict } from '../../filter/content-findings.ts'
import { finding } from '../../filter/finding.ts'
import {
  ARCHIVES_AT_ONCE, ARCHIVES_WAITING, ENCODED_HEAD_BYTES, MAX_ARCHIVES, MAX_ATTACHMENT_BYTES, MAX_CONTENT_BYTES, MAX_HEADS_READ, MAX_STREAMED_ARCHIVE_BYTES,
} from '../../filter/limits.ts'
import type { Attachment, MailContent } from '../../filter/mail-content.ts'
import { attachmentHead, readContent } from '../../filter/read-content.ts'
import { Slots } from '../../filter/scan/slots.ts'
import type { ReadMessage } from './inspected.ts'

/** The beginning of a message that the content checks read: what is at hand when that is all of it, else from the disk. */
export async function beginningOf({ head, size, range }: ReadMessage): Promise<Uint8Array> {
  return head.length < size ? await bytesOf(range, 0, Math.min(size, MAX_CONTENT_BYTES)) : head
}

/** Reads what a message says. The first bytes of attachments that lie behind its beginning are read from the disk. */
export async function contentOf(message: ReadMessage, beginning: Uint8Array): Promise<MailContent> {
  const content = readContent(beginning.subarray(0, MAX_CONTENT_BYTES), message.header, message.index)
  const have = Math.min(beginning.length, MAX_CONTENT_BYTES)
  const places = placesOf(message)
  const attachments: Attachment[] = []
  let reads = 0
  for (const attachment of content.attachments) {
    const place = places.get(attachment.path)
    const isCut = place !== undefined && Math.min(place.end, place.start + ENCODED_HEAD_BYTES) > have
    if (isCut && reads++ < MAX_HEADS_READ) attachments.push({ ...attachment, head: attachmentHead(place.part, await bytesOf(message.range, place.start, Math.min(place.end, place.start + ENCODED_HEAD_BYTES))) })
    else attachments.push(attachment)
  }
  return { ...content, attachments }
}

/** What its content tells, archives looked into. */
export async function contentFound(content: MailContent, facts: ContentFacts, message: ReadMessage): Promise<AttachmentVerdict> {
  const outside = contentVerdict(content, facts)
  const inside = await archivesOf(content, message, facts)
  return { findings: [...outside.findings, ...inside.flatMap(({ findings }) => findings)], hard: [outside, ...inside].find(({ hard }) => hard !== null)?.hard ?? null }
}

/** Where the body of a part lies in the received bytes. */
interface Place {
  readonly part: Part
  readonly start: number
  readonly end: number
}

function placesOf({ header, index }: Pick<ReadMessage, 'header' | 'index'>): ReadonlyMap<string, Place> {
  // Offsets of the index are those of what clients see: all that is left out lies in the header.
  const skipped = header.skips.reduce((sum, { start, end }) => sum + end - start, 0)
  const places = new Map<string, Place>()
  for (const { path, part } of walkParts(index, 'nested-messages')) places.set(path.join('.'), { part, start: part.bodyStart + skipped, end: part.bodyEnd + skipped })
  return places
}

/** Of this worker: archives of large messages take memory. */
const slots = new Slots(ARCHIVES_AT_ONCE, ARCHIVES_WAITING)

async function archivesOf(content: MailContent, message: ReadMessage, { attachments: policy }: ContentFacts): Promise<readonly AttachmentVerdict[]> {
  const worth = content.attachments.filter(({ head }) => isWorthInspecting(fileKind(head))).slice(0, MAX_ARCHIVES)
  if (worth.length === 0) return []
  const places = placesOf(message)
  const look = (attachment: Attachment, { part }: Place, body: Uint8Array): AttachmentVerdict => archiveVerdict(attachment, inspectArchive(decodeBody(body, part.encoding).subarray(0, MAX_ATTACHMENT_BYTES + 1)), policy)
  const verdicts: AttachmentVerdict[] = []
  for (const attachment of worth) {
    const place = places.get(attachment.path)
    if (place === undefined) continue
    if (message.head.length === message.size) verdicts.push(look(attachment, place, message.head.subarray(place.start, place.end)))
    else verdicts.push(await lookOnDisk(attachment, place, message, look))
  }
  return verdicts
}

async function lookOnDisk(attachment: Attachment, place: Place, { range }: ReadMessage, look: (attachment: Attachment, place: Place, body: Uint8Array) => AttachmentVerdict): Promise<AttachmentVerdict> {
  const unread = { findings: [finding('ARCHIVE_UNREADABLE', attachment.name)], hard: null }
  if (place.end - place.start > MAX_STREAMED_ARCHIVE_BYTES || !(await slots.take(new AbortController().signal))) return unread
  try {
    return look(attachment, place, await bytesOf(range, place.start, place.end))
  } finally {
    slots.free()
  }
}

async function bytesOf(range: ReadMessage['range'], start: number, end: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of range(start, end)) pieces.push(piece)
  return Buffer.concat(pieces)
}

import type { Part } from '../../../proto/mail/part.ts'
import { walkParts } from '../../../proto/mail/section.ts'
import { inspectArchive, isWorthInspecting } from '../../filter/archive/inspect.ts'
import { fileKind } from '../../filter/attachment-kind.ts'
import type { AttachmentPolicy } from '../../filter/attachment-policy.ts'
import { archiveVerdict, type AttachmentVerdict, joinedVerdict, structureVerdict } from '../../filter/check/attachment.ts'
import type { ContentFacts } from '../../filter/content-facts.ts'
import { contentVerdict } from '../../filter/content-findings.ts'
import { finding } from '../../filter/finding.ts'
import { MAX_ATTACHMENT_BYTES, MAX_CONTENT_BYTES, MAX_HEAD_BYTES } from '../../filter/limits.ts'
import type { Attachment, MailContent } from '../../filter/mail-content.ts'
import { readContent } from '../../filter/read-content.ts'
import { Slots } from '../../filter/scan/slots.ts'
import { LOOK_WITHIN_MS, MAX_WAITING_LOOKS } from '../limits.ts'
import type { ReadMessage } from './inspected.ts'
import { readParts, type WantedPart } from './read-parts.ts'

/** Large messages of this thread are looked into one after the other: each may take as much memory as an attachment may have. */
const LOOKS = new Slots(1, MAX_WAITING_LOOKS)

/** The beginning of a message that the content checks read: what is at hand when that is all of it, else from the disk. */
export async function beginningOf({ head, size, range }: ReadMessage): Promise<Uint8Array> {
  return head.length < size ? Buffer.concat(await Array.fromAsync(range(0, Math.min(size, MAX_CONTENT_BYTES)))) : head
}

/** Reads what a message says, from its beginning. */
export function contentOf({ header, index }: Pick<ReadMessage, 'header' | 'index'>, beginning: Uint8Array): MailContent {
  return readContent(beginning.subarray(0, MAX_CONTENT_BYTES), header, index)
}

/**
 * What its content tells. Archives are looked into, and attachments behind the beginning are seen; for that a message that is not held is read once
 * more. What could not be looked into in time, or for want of room, is told as `ARCHIVE_UNREADABLE`. Throws what `message.open` throws.
 */
export function contentFound(content: MailContent, facts: ContentFacts, message: ReadMessage, beginning: Uint8Array): Promise<AttachmentVerdict> {
  return contentFoundBy(content, facts, message, beginning, { slots: LOOKS, deadline: () => AbortSignal.timeout(LOOK_WITHIN_MS) })
}

/** Whose turn it is, and how long that may take. */
export interface Turn {
  readonly slots: Slots
  readonly deadline: () => AbortSignal
}

/** The same, in turns of the caller's. */
export async function contentFoundBy(content: MailContent, facts: ContentFacts, message: ReadMessage, beginning: Uint8Array, turn: Turn): Promise<AttachmentVerdict> {
  const structure = structureVerdict(message.index.defects, facts.attachments)
  const wanted = partsToLookAt(content, message, beginning)
  if (wanted.length === 0) return joinedVerdict([contentVerdict(content, facts), structure])
  const look = new Look(content, facts.attachments)
  if (beginning.length >= message.size) await readParts(once(beginning), wanted, MAX_ATTACHMENT_BYTES, look, new AbortController().signal)
  else await readStored(message, wanted, look, turn)
  return joinedVerdict([contentVerdict(look.content(), facts), structure, ...look.verdicts(wanted)])
}

async function readStored(message: ReadMessage, wanted: readonly WantedPart[], look: Look, { slots, deadline }: Turn): Promise<void> {
  const signal = deadline()
  if (!(await slots.take(signal))) return
  try {
    await readParts(message.open(signal), wanted, MAX_ATTACHMENT_BYTES, look, signal)
  } catch (error) {
    // Too late: what has not been seen is told. All else is told by whoever asks.
    if (!signal.aborted) throw error
  } finally {
    slots.free()
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Attachments that are archives, and those of which the beginning of the message does not tell what they are. */
export function partsToLookAt({ attachments }: MailContent, { header, index }: Pick<ReadMessage, 'header' | 'index'>, beginning: Uint8Array): readonly WantedPart[] {
  if (attachments.length === 0) return []
  // All that is left out of the index, or put in front, lies in the header: bodies are moved by one number.
  const shift = header.end - index.root.bodyStart
  const seen = Math.min(beginning.length, MAX_CONTENT_BYTES)
  const parts = new Map<string, Part>()
  for (const { path, part } of walkParts(index, 'nested-messages')) parts.set(path.join('.'), part)
  return attachments.flatMap(({ path, name, head }) => {
    const part = parts.get(path)
    // The parts of a message inside are attachments of their own.
    if (part === undefined || part.children.length > 0) return []
    const [start, end] = [part.bodyStart + shift, part.bodyEnd + shift]
    const isKnown = end <= seen || head.length >= MAX_HEAD_BYTES
    return isKnown && !isWorthInspecting(fileKind(head), name) ? [] : [{ path, encoding: part.encoding, start, end }]
  })
}

/** What is seen in the attachments of one message. */
class Look {
  readonly #content: MailContent
  readonly #policy: AttachmentPolicy
  readonly #heads = new Map<string, Uint8Array>()
  readonly #found = new Map<string, AttachmentVerdict>()
  readonly #byPath: ReadonlyMap<string, Attachment>

  constructor(content: MailContent, policy: AttachmentPolicy) {
    this.#content = content
    this.#policy = policy
    this.#byPath = new Map(content.attachments.map((attachment) => [attachment.path, attachment]))
  }

  head(path: string, bytes: Uint8Array): boolean {
    this.#heads.set(path, bytes)
    const isWorth = isWorthInspecting(fileKind(bytes), this.#nameOf(path))
    if (!isWorth) this.#found.set(path, { findings: [], hard: null })
    return isWorth
  }

  archive(path: string, bytes: Uint8Array): void {
    this.#found.set(path, archiveVerdict({ name: this.#nameOf(path) }, inspectArchive(bytes), this.#policy))
  }

  left(path: string): void {
    this.#found.set(path, unread(this.#nameOf(path)))
  }

  /** The message with the first bytes of all its attachments. */
  content(): MailContent {
    const attachments = this.#content.attachments.map((each) => {
      const head = this.#heads.get(each.path)
      return head === undefined || head.length <= each.head.length ? each : { ...each, head }
    })
    return { ...this.#content, attachments }
  }

  /** What the inside of each tells. Of what nobody has come to, the name must do. */
  verdicts(wanted: readonly WantedPart[]): readonly AttachmentVerdict[] {
    return wanted.flatMap(({ path }) => {
      const found = this.#found.get(path)
      if (found !== undefined) return [found]
      const attachment = this.#byPath.get(path)
      return attachment !== undefined && isWorthInspecting(fileKind(attachment.head), attachment.name) ? [unread(attachment.name)] : []
    })
  }

  #nameOf(path: string): string {
    return this.#byPath.get(path)?.name ?? ''
  }
}

function unread(name: string): AttachmentVerdict {
  return { findings: [finding('ARCHIVE_UNREADABLE', name)], hard: null }
}

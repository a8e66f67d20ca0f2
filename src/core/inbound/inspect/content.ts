import { decodeBody } from '../../../proto/mail/decode-body.ts'
import type { Part } from '../../../proto/mail/part.ts'
import { walkParts } from '../../../proto/mail/section.ts'
import { inspectArchive, isWorthInspecting } from '../../filter/archive/inspect.ts'
import { fileKind } from '../../filter/attachment-kind.ts'
import { archiveVerdict, type AttachmentVerdict } from '../../filter/check/attachment.ts'
import type { ContentFacts } from '../../filter/content-facts.ts'
import { contentVerdict } from '../../filter/content-findings.ts'
import { MAX_ARCHIVES, MAX_ATTACHMENT_BYTES, MAX_CONTENT_BYTES } from '../../filter/limits.ts'
import type { MailContent } from '../../filter/mail-content.ts'
import { readContent } from '../../filter/read-content.ts'
import type { ReadMessage } from './inspected.ts'

/** Reads what a message says, from its beginning. */
export function contentOf({ header, index }: Pick<ReadMessage, 'header' | 'index'>, beginning: Uint8Array): MailContent {
  return readContent(beginning.subarray(0, MAX_CONTENT_BYTES), header, index)
}

/** What its content tells, archives looked into where the whole message is at hand. */
export function contentFound(content: MailContent, facts: ContentFacts, message: ReadMessage, beginning: Uint8Array): AttachmentVerdict {
  const outside = contentVerdict(content, facts)
  const inside = beginning.length < message.size ? [] : archivesOf(content, message, beginning, facts)
  return { findings: [...outside.findings, ...inside.flatMap(({ findings }) => findings)], hard: [outside, ...inside].find(({ hard }) => hard !== null)?.hard ?? null }
}

function archivesOf(content: MailContent, { header, index }: ReadMessage, bytes: Uint8Array, { attachments: policy }: ContentFacts): readonly AttachmentVerdict[] {
  const worth = content.attachments.filter(({ head }) => isWorthInspecting(fileKind(head))).slice(0, MAX_ARCHIVES)
  if (worth.length === 0) return []
  // Offsets of the index are those of what clients see: all that is left out lies in the header.
  const skipped = header.skips.reduce((sum, { start, end }) => sum + end - start, 0)
  const parts = new Map<string, Part>()
  for (const { path, part } of walkParts(index, 'nested-messages')) parts.set(path.join('.'), part)
  return worth.flatMap((attachment) => {
    const part = parts.get(attachment.path)
    if (part === undefined) return []
    const whole = decodeBody(bytes.subarray(part.bodyStart + skipped, part.bodyEnd + skipped), part.encoding)
    return [archiveVerdict(attachment, inspectArchive(whole.subarray(0, MAX_ATTACHMENT_BYTES + 1)), policy)]
  })
}

import { jsonText } from '../../base/json-text.ts'
import { decodeBody } from './decode-body.ts'
import { MAX_FILES } from './limits.ts'
import type { MessageIndex } from './part.ts'
import { walkParts } from './section.ts'
import { fileNameOf } from './text-of-part.ts'
import { isText } from './texts-of.ts'

/** Characters of a Content-ID that are told. */
const MAX_ID_CHARS = 998

/** A file of a message. */
export interface MailFile {
  /** From 1 on, in the order of the message. */
  readonly number: number
  readonly name: string | null
  readonly type: string
  readonly contentId: string | null
  readonly isInline: boolean
  /** Decoded. */
  readonly bytes: Uint8Array
}

/** What is no text of a message, decoded; the first `MAX_FILES` of it. `index` is that of `bytes`. Never throws. */
export function filesOf(bytes: Uint8Array, index: MessageIndex): readonly MailFile[] {
  const files: MailFile[] = []
  for (const { part } of walkParts(index, 'own-parts')) {
    if (part.type === 'multipart' || isText(part) || files.length >= MAX_FILES) continue
    const { type, subtype, id, disposition, encoding } = part
    const body = decodeBody(bytes.subarray(part.bodyStart, part.bodyEnd), encoding)
    files.push({ number: files.length + 1, name: fileNameOf(part), type: `${type}/${subtype}`, contentId: id === null ? null : jsonText(id.replace(/^<|>$/g, ''), MAX_ID_CHARS), isInline: disposition?.type === 'inline', bytes: body })
  }
  return files
}

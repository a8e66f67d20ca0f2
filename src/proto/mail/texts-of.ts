import { jsonText } from '../../base/json-text.ts'
import type { MessageIndex, Part } from './part.ts'
import { walkParts } from './section.ts'
import { fileNameOf, textOfPart } from './text-of-part.ts'

/** What mail programs show of a message itself; null where it has none. */
export interface Texts {
  readonly text: string | null
  readonly html: string | null
}

/** Reads the texts of a message, each of at most so many characters; several of a kind one below the other. `index` is that of `bytes`. Never throws. */
export function textsOf(bytes: Uint8Array, index: MessageIndex, mostChars: number): Texts {
  let text: string | null = null
  let html: string | null = null
  for (const { part } of walkParts(index, 'own-parts')) {
    if (!isText(part)) continue
    const words = jsonText(textOfPart(part, bytes.subarray(part.bodyStart, part.bodyEnd)) ?? '', mostChars)
    if (part.subtype === 'html') html = jsonText(html === null ? words : `${html}\n${words}`, mostChars)
    else text = jsonText(text === null ? words : `${text}\n${words}`, mostChars)
  }
  return { text, html }
}

/** Text that mail programs show in the message itself, and no file. */
export function isText(part: Part): boolean {
  return part.type === 'text' && (part.subtype === 'plain' || part.subtype === 'html') && part.disposition?.type !== 'attachment' && fileNameOf(part) === null
}

import { decodeWords } from '../mail/encoded-word.ts'
import { foldText } from '../mail/fold-text.ts'
import { fieldText, readHeader } from '../mail/headers.ts'
import type { Part } from '../mail/part.ts'
import { walkParts } from '../mail/section.ts'
import { textOfHeader, textOfPart } from '../mail/text-of-part.ts'
import type { Range } from '../mail/view.ts'
import type { Row } from './backend.ts'
import { readRange, type Source } from './fetch-bytes.ts'
import { MAX_HEADER, MAX_SEARCH_TEXT } from './limits.ts'

/** Messages up to this are read once, whole; of larger ones only the parts that are looked at. */
const WHOLE = 256 * 1024

/**
 * The text of one message, as a search looks at it: decoded, turned to Unicode, folded. What has been read or folded is
 * kept for the next key of the same search.
 */
export class SearchText {
  readonly #source: Source
  readonly #row: Row
  #whole: Uint8Array | null = null
  #header: string | null = null
  readonly #bodies: string[] = []
  #unread: Iterator<string | Promise<string>> | null = null

  constructor(source: Source, row: Row) {
    this.#source = source
    this.#row = row
  }

  /** Has a field of that name (lower-case) this text? An empty text asks for the field alone. RFC 9051 §6.4.4, HEADER. */
  async headerHas(name: string, text: string): Promise<boolean> {
    const { index } = this.#row
    if (index === null) return false
    const bytes = await this.#read({ start: 0, end: Math.min(index.root.bodyStart, MAX_HEADER) })
    for (const field of readHeader(bytes).fields) {
      if (field.name === name && foldText(decodeWords(fieldText(bytes, field))).includes(text)) return true
    }
    return false
  }

  /** Is this text anywhere in the header? */
  async wholeHeaderHas(text: string): Promise<boolean> {
    if (this.#header === null) {
      const end = Math.min(this.#row.index?.root.bodyStart ?? 0, MAX_HEADER)
      this.#header = foldText(textOfHeader(await this.#read({ start: 0, end })))
    }
    return this.#header.includes(text)
  }

  /** Is this text in a text part, or in the header of a message inside? An empty text is in every body. */
  async bodyHas(text: string): Promise<boolean> {
    if (text === '' || this.#bodies.some((body) => body.includes(text))) return true
    this.#unread ??= this.#texts()
    for (let next = this.#unread.next(); next.done !== true; next = this.#unread.next()) {
      const body = await next.value
      this.#bodies.push(body)
      if (body.includes(text)) return true
    }
    return false
  }

  *#texts(): Generator<Promise<string>> {
    const { index } = this.#row
    if (index === null) return
    for (const { part } of walkParts(index, 'nested-messages')) {
      if (part.type === 'text') yield this.#textOf(part)
      const inside = part.envelope === null ? undefined : part.children[0]
      if (inside !== undefined) yield this.#headerOf(inside)
    }
  }

  async #textOf(part: Part): Promise<string> {
    const end = Math.min(part.bodyEnd, part.bodyStart + MAX_SEARCH_TEXT)
    return foldText(textOfPart(part, await this.#read({ start: part.bodyStart, end })) ?? '')
  }

  async #headerOf(message: Part): Promise<string> {
    const end = Math.min(message.bodyStart, message.headerStart + MAX_HEADER)
    return foldText(textOfHeader(await this.#read({ start: message.headerStart, end })))
  }

  async #read(range: Range): Promise<Uint8Array> {
    const { email } = this.#row
    if (email === null) return new Uint8Array(0)
    if (email.size > WHOLE) return await readRange(this.#source, email, range)
    this.#whole ??= await readRange(this.#source, email, { start: 0, end: email.size })
    return this.#whole.subarray(range.start, range.end)
  }
}

import { decodeCharset } from './charset.ts'
import { decodeBody } from './decode-body.ts'
import { decodeWords } from './encoded-word.ts'
import { fieldText, readHeader } from './headers.ts'
import { paramText } from './parameter.ts'
import type { Part } from './part.ts'

/**
 * The text of a text part as people read it: encoding taken off, charset turned to text. `body` are the bytes of its body.
 * Null when the part is no text. For SEARCH, previews and filters; never for what is sent on.
 */
export function textOfPart(part: Pick<Part, 'type' | 'encoding' | 'params'>, body: Uint8Array): string | null {
  if (part.type !== 'text') return null
  return decodeCharset(decodeBody(body, part.encoding), paramText(part.params, 'charset') ?? 'us-ascii')
}

/** A header block as SEARCH TEXT looks at it: a line `Name: value` a field, encoded words decoded. */
export function textOfHeader(header: Uint8Array): string {
  const block = readHeader(header)
  let out = ''
  for (const field of block.fields) out += `${field.name}: ${decodeWords(fieldText(header, field))}\r\n`
  return out
}

/** The name a part gives its file, as people read it, without directories; null when it gives none. RFC 2183 §2.3. */
export function fileNameOf(part: Pick<Part, 'disposition' | 'params'>): string | null {
  const given = (part.disposition === null ? null : paramText(part.disposition.params, 'filename')) ?? paramText(part.params, 'name')
  if (given === null) return null
  const bare = given.slice(Math.max(given.lastIndexOf('/'), given.lastIndexOf('\\')) + 1).replace(/[\0-\x1f\x7f]/g, '').trim()
  return bare === '' || bare === '.' || bare === '..' ? null : bare
}

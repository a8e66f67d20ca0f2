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
  return given === null ? null : bareName(given)
}

/** Every name that a program could give a part's file, each once: `filename` and `name`, and beside those of RFC 2231 the plain ones, which programs that do not know it take. */
export function fileNamesOf({ disposition, params }: Pick<Part, 'disposition' | 'params'>): readonly string[] {
  const given = ([[disposition?.params ?? [], 'filename'], [params, 'name']] as const).flatMap(([all, name]) => [paramText(all, name), paramText(all.filter(([known]) => known === name), name)])
  return [...new Set(given.flatMap((each) => (each === null ? [] : (bareName(each) ?? []))))]
}

function bareName(given: string): string | null {
  const bare = given.slice(Math.max(given.lastIndexOf('/'), given.lastIndexOf('\\')) + 1).replace(/[\0-\x1f\x7f]/g, '').trim()
  return bare === '' || bare === '.' || bare === '..' ? null : bare
}

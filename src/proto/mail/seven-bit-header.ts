import { Buffer } from 'node:buffer'
import { asBuffer } from './bytes.ts'
import { isKnownEncoding } from './decode-body.ts'
import { isFieldName, textField, writeParameter } from './header-write.ts'
import { type Field, fieldText, readHeader } from './headers.ts'
import { paramText, parseParameters } from './parameter.ts'
import { readPartHeader } from './part-header.ts'

/** What a part says of itself, whatever the index makes of it. */
export interface PartFacts {
  readonly type: string
  readonly subtype: string
  readonly hasType: boolean
  /** Whether its body may have an encoding: not that of a multipart or of a message (RFC 2045 §6.4), message/global apart (RFC 6532 §3.7). */
  readonly isEncodable: boolean
}

/** Reads a part's header once more. */
export function partFacts(header: Uint8Array): PartFacts {
  const { fields } = readHeader(header)
  const { type, subtype, encoding } = readPartHeader(header, fields, 'text/plain')
  const isContainer = type === 'multipart' || (type === 'message' && !subtype.startsWith('global'))
  return { type, subtype, hasType: fields.some(({ name }) => name === 'content-type'), isEncodable: !isContainer && isKnownEncoding(encoding) }
}

/** What a header is to say. */
export interface NewHeader {
  /** Its Content-Transfer-Encoding; null leaves it as it is. */
  readonly encoding: string | null
  /** A root that has an encoding must say that it is MIME. */
  readonly place: 'root' | 'inside'
  /** For a part without a Content-Type: text of this charset. */
  readonly charset: string | null
}

/**
 * A header with another encoding, in ASCII. File names and free text that are not ASCII are encoded; null when something else is not, or when the
 * header has no end to write in front of.
 */
export function rewriteHeader(header: Uint8Array, { encoding, place, charset }: NewHeader): Uint8Array | null {
  const { fields, end, terminated } = readHeader(header)
  if (end !== header.length) return null
  const out: Uint8Array[] = []
  let at = 0
  let hasEncoding = false
  for (const field of fields) {
    out.push(header.subarray(at, field.start))
    at = field.end
    if (field.name === 'content-transfer-encoding' && encoding !== null) {
      if (!hasEncoding) out.push(Buffer.from(`Content-Transfer-Encoding: ${encoding}\r\n`))
      hasEncoding = true
      continue
    }
    const written = header.subarray(field.start, field.end)
    const clean = isClean(written) ? written : inAscii(header, field)
    if (clean === null) return null
    out.push(clean)
  }
  const added = addedLines(fields, { encoding: hasEncoding ? null : encoding, place, charset })
  const empty = lineEndBefore(header, at, terminated)
  out.push(header.subarray(at, empty))
  if (added !== '' && !terminated) return null
  out.push(Buffer.from(added), header.subarray(empty))
  const whole = Buffer.concat(out)
  return isClean(whole) ? withLineEnds(whole) : null
}

function addedLines(fields: readonly Field[], { encoding, place, charset }: NewHeader): string {
  const has = (name: string): boolean => fields.some((field) => field.name === name)
  const changes = encoding !== null || charset !== null
  const version = changes && place === 'root' && !has('mime-version') ? 'MIME-Version: 1.0\r\n' : ''
  const type = charset === null ? '' : `Content-Type: text/plain; charset=${charset}\r\n`
  return version + type + (encoding === null ? '' : `Content-Transfer-Encoding: ${encoding}\r\n`)
}

/** Where the empty line begins that ends the header; the end of the header when there is none. */
function lineEndBefore(header: Uint8Array, from: number, terminated: boolean): number {
  if (!terminated) return header.length
  return Math.max(from, header.at(-2) === CR ? header.length - 2 : header.length - 1)
}

/** A field that has other bytes than ASCII, without them; null when it has no such form. */
function inAscii(header: Uint8Array, field: Field): Uint8Array | null {
  const name = asBuffer(header).toString('latin1', field.start, field.start + field.name.length)
  const text = fieldText(header, field)
  if (!isFieldName(name)) return null
  if (PARAMETERS.has(field.name)) return parameters(name, text)
  return TEXTS.has(field.name) ? Buffer.from(textField(name, text)) : null
}

const PARAMETERS: ReadonlySet<string> = new Set(['content-type', 'content-disposition'])
const TEXTS: ReadonlySet<string> = new Set(['subject', 'comments', 'content-description'])
const TOKEN = /^[A-Za-z0-9!#$%&'+.^_`{|}~-]{1,60}$/
const MEDIA = /^[A-Za-z0-9!#$&^_.+-]{1,127}(?:\/[A-Za-z0-9!#$&^_.+-]{1,127})?$/

/** A parameter a line: what is ASCII stays in one piece, because few readers look for a boundary in several. */
function parameters(name: string, text: string): Uint8Array | null {
  const { value, params } = parseParameters(text)
  if (!MEDIA.test(value)) return null
  let out = `${name}: ${value}`
  for (const key of new Set(params.map(([each]) => each.replace(/\*$/, '')))) {
    if (!TOKEN.test(key)) return null
    const content = (paramText(params, key) ?? '').replace(/[\0\r\n]/g, '')
    const pieces = /^[ -~]{0,900}$/.test(content) ? [`${key}="${content.replace(/["\\]/g, '\\$&')}"`] : writeParameter(key, content)
    for (const piece of pieces) out += `;\r\n ${piece}`
  }
  return Buffer.from(`${out}\r\n`)
}

const LF = 10
const CR = 13

function isClean(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte > 0 && byte < 128)
}

/** Every line ends in CRLF; a CR that ends none is a blank, so that it begins no field either. */
function withLineEnds(bytes: Buffer): Uint8Array {
  if (!bytes.some((byte, at) => (byte === LF && bytes[at - 1] !== CR) || (byte === CR && bytes[at + 1] !== LF))) return bytes
  return Buffer.from(bytes.toString('latin1').replace(/\r(?!\n)/g, ' ').replace(/\r?\n/g, '\r\n'), 'latin1')
}

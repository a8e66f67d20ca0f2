import { Buffer } from 'node:buffer'
import type { Address } from './address.ts'
import { encodeWords } from './encoded-word.ts'
import { toHex } from './hex.ts'
import { FOLD_CHARS, MAX_LINE_CHARS } from './limits.ts'

/** An address with the name it is shown with, or null. */
export interface NamedAddress {
  readonly name: string | null
  readonly address: Address
}

/** CR, LF or NUL: what would end a header field, or worse. Whoever writes headers from what others typed asks first. */
export function breaksHeader(text: string): boolean {
  return /[\r\n\0]/.test(text)
}

/** May this be the name of a header field? RFC 5322 §2.2, and not so long that a line could not hold it. */
export function isFieldName(name: string): boolean {
  return /^[!-9;-~]{1,76}$/.test(name)
}

/**
 * Writes a field of free text (Subject and the like), folded and CRLF-terminated; encoded words when it is not plain ASCII or has a
 * word that no line could hold. @throws {Error} when `name` or `text` would break the header: the caller must have asked.
 */
export function textField(name: string, text: string): string {
  check(name, text)
  const words = encodeWords(text)
  return fold(`${name}:`, (isTooLong(words) ? chunks(text) : words).split(' '))
}

/** Whether a field of free text says this as it stands, without encoded words: what is read by programs must (RFC 2047 §5). */
export function isWrittenPlain(text: string): boolean {
  return encodeWords(text) === text && !isTooLong(text)
}

function isTooLong(words: string): boolean {
  return words.split(' ').some((word) => word.length > MAX_LINE_CHARS - 80)
}

/** Writes a field of addresses, one piece a fold. @throws {Error} as `textField` does. */
export function addressField(name: string, list: readonly NamedAddress[]): string {
  const pieces: string[] = []
  for (const [at, each] of list.entries()) {
    check(name, each.name ?? '')
    const comma = at === list.length - 1 ? '' : ','
    if (each.name === null || each.name === '') {
      pieces.push(`${each.address.text}${comma}`)
    } else {
      pieces.push(...phrase(each.name), `<${each.address.text}>${comma}`)
    }
  }
  return fold(`${name}:`, pieces)
}

/** Writes Message-ID, In-Reply-To or References from ids without brackets. @throws {Error} as `textField` does. */
export function idsField(name: string, ids: readonly string[]): string {
  for (const id of ids) check(name, id)
  return fold(`${name}:`, ids.map((id) => `<${id}>`))
}

/** Writes `value; name=value; ...`, RFC 2231 where a value is not plain ASCII or is long. @throws {Error} as `textField` does. */
export function parameterField(name: string, value: string, params: readonly (readonly [name: string, value: string])[]): string {
  check(name, value)
  const pieces: string[] = []
  for (const [key, text] of params) {
    check(key, text)
    pieces.push(...writeParameter(key, text))
  }
  const all = [value, ...pieces]
  return fold(`${name}:`, all.map((piece, at) => (at === all.length - 1 ? piece : `${piece};`)))
}

/** A display name as words that may be folded between. RFC 5322 §3.2.5, RFC 2047 §5 (3). */
function phrase(text: string): readonly string[] {
  const words = encodeWords(text)
  if (words !== text) return words.split(' ')
  const atoms = text.split(' ')
  if (atoms.every((atom) => ATOM.test(atom))) return atoms
  if (text.length <= FOLD_CHARS) return [`"${text.replace(/["\\]/g, '\\$&')}"`]
  return chunks(text).split(' ')
}

const ATOM = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,200}$/
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`{|}~-]+$/
const MAX_PARAM_CHARS = 60

/** One parameter as `name=value` or `name="value"`, in several pieces with RFC 2231 where it is long or not plain ASCII. */
export function writeParameter(name: string, value: string): readonly string[] {
  if (TOKEN.test(value) && value.length <= MAX_PARAM_CHARS) return [`${name}=${value}`]
  if (/^[ -~]*$/.test(value) && value.length <= MAX_PARAM_CHARS) return [`${name}="${value.replace(/["\\]/g, '\\$&')}"`]
  const encoded: string[] = []
  for (const byte of Buffer.from(value.toWellFormed(), 'utf8')) {
    const char = String.fromCharCode(byte)
    encoded.push(/[A-Za-z0-9!#$&+.^_`{|}~-]/.test(char) ? char : `%${toHex(byte)}`)
  }
  // RFC 2231 §3: continuations, none of which cuts a percent triplet.
  const lines: string[] = ["utf-8''"]
  for (const piece of encoded) {
    if ((lines.at(-1) ?? '').length + piece.length > MAX_PARAM_CHARS) lines.push('')
    lines[lines.length - 1] += piece
  }
  if (lines.length === 1) return [`${name}*=${lines[0] ?? ''}`]
  return lines.map((line, at) => `${name}*${at}*=${line}`)
}

/** Plain ASCII that has to become encoded words all the same, because it is too long to be folded. */
function chunks(text: string): string {
  const words: string[] = []
  for (let at = 0; at < text.length; at += 45) words.push(`=?utf-8?B?${Buffer.from(text.slice(at, at + 45)).toString('base64')}?=`)
  return words.join(' ')
}

function check(name: string, text: string): void {
  if (!isFieldName(name) || breaksHeader(text)) throw new Error(`header field would break: ${JSON.stringify(name.slice(0, 80))}`)
}

/** Joins pieces with blanks, breaking the line before one that would make it longer than 76. */
function fold(head: string, pieces: readonly string[]): string {
  let out = head
  let length = head.length
  for (const piece of pieces) {
    const breaks = length + 1 + piece.length > FOLD_CHARS && out !== head && piece !== ''
    out += `${breaks ? '\r\n' : ''} ${piece}`
    length = (breaks ? 0 : length) + 1 + piece.length
  }
  return `${out}\r\n`
}

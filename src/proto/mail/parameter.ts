import { Buffer } from 'node:buffer'
import { decodeCharset } from './charset.ts'
import { decodeWords } from './encoded-word.ts'
import { hexByte, toHex } from './hex.ts'
import { MAX_COMMENT_DEPTH, MAX_PARAMS } from './limits.ts'

/** Parameters as they came: lower-case name, unquoted value. RFC 2231 continuations are joined; an encoded value keeps its `*`. */
export type Params = readonly (readonly [name: string, value: string])[]

/** A header value such as `text/plain; charset=utf-8`: what comes before the first semicolon, lower-case, and the parameters. */
export interface ParameterizedValue {
  readonly value: string
  readonly params: Params
}

/** A token or a broken sender's idea of one. */
const NAME = /[^\s()<>,;:\\"=]+/y
const RAW_VALUE = /[^\s;"(]+/y
const CONTINUATION = /^([^*]+)\*(\d{1,3})(\*?)$/

/**
 * Reads `value; name=value; ...` as Content-Type and Content-Disposition have it. RFC 2045 §5.1, RFC 2183 §2.
 *
 * Lenient: comments anywhere, blanks around `=`, unquoted values with any character, missing semicolons between parameters.
 * The first of two parameters with one name wins. Continuations (RFC 2231 §3) are joined in the order of their numbers; when
 * one of them is percent-encoded the joined name keeps its `*` and the value is `charset'language'percent-encoded`.
 */
export function parseParameters(text: string): ParameterizedValue {
  const semicolon = text.indexOf(';')
  const head = stripComments(semicolon === -1 ? text : text.slice(0, semicolon)).trim().toLowerCase()
  if (semicolon === -1) return { value: head, params: [] }
  const plain: [string, string][] = []
  const pieces = new Map<string, Piece[]>()
  let at = semicolon + 1
  for (let count = 0; at < text.length && count < MAX_PARAMS; count++) {
    const name = readName(text, at)
    if (name === null) break
    const value = readValue(text, name.next)
    at = value.next
    const lower = name.text.toLowerCase()
    const match = lower.includes('*') ? CONTINUATION.exec(lower) : null
    if (match === null) {
      if (!plain.some(([known]) => known === lower)) plain.push([lower, value.text])
    } else {
      const base = match[1] ?? ''
      const list = pieces.get(base) ?? []
      list.push({ number: Number(match[2]), encoded: match[3] === '*', text: value.text })
      pieces.set(base, list)
    }
  }
  return { value: head, params: pieces.size === 0 ? plain : [...plain, ...joined(pieces, plain)] }
}

/**
 * The value of a parameter as people read it: RFC 2231 first, else the plain one, in which encoded words are decoded although
 * RFC 2047 §5 forbids them there: Outlook and others write them. Null when there is none.
 */
export function paramText(params: Params, name: string): string | null {
  const extended = params.find(([known]) => known === `${name}*`)
  if (extended !== undefined) return decodeExtended(extended[1])
  const plain = params.find(([known]) => known === name)
  if (plain === undefined) return null
  return plain[1].includes('=?') ? decodeWords(plain[1]) : plain[1]
}

/** `charset'language'percent-encoded` as text. RFC 2231 §4. Without the two quotes it is taken for UTF-8. */
export function decodeExtended(text: string): string {
  const first = text.indexOf("'")
  const second = first === -1 ? -1 : text.indexOf("'", first + 1)
  const charset = second === -1 ? 'utf-8' : text.slice(0, first)
  return decodeCharset(percentDecode(text.slice(second + 1)), charset === '' ? 'utf-8' : charset)
}

interface Piece {
  readonly number: number
  readonly encoded: boolean
  readonly text: string
}

function joined(pieces: ReadonlyMap<string, Piece[]>, plain: readonly (readonly [string, string])[]): [string, string][] {
  const out: [string, string][] = []
  for (const [base, list] of pieces) {
    list.sort((a, b) => a.number - b.number)
    // Numbers have no gaps and begin at 0 (§3); from the first gap on nothing can be trusted.
    const usable = list.filter((piece, index) => piece.number === index)
    const encoded = usable.some((piece) => piece.encoded)
    const name = encoded ? `${base}*` : base
    if (usable.length === 0 || plain.some(([known]) => known === name)) continue
    const texts = usable.map((piece) => (encoded && !piece.encoded ? percentEncode(piece.text) : piece.text))
    // §4.1: only the first piece tells charset and language; when it was plain there are none.
    out.push([name, encoded && usable[0]?.encoded === false ? `''${texts.join('')}` : texts.join('')])
  }
  return out
}

function readName(text: string, from: number): { readonly text: string; readonly next: number } | null {
  for (let at = skipBlank(text, from); at < text.length; at = skipBlank(text, at + 1)) {
    NAME.lastIndex = at
    if (NAME.test(text)) return { text: text.slice(at, NAME.lastIndex), next: NAME.lastIndex }
  }
  return null
}

/** The value after a name: empty when no `=` follows. */
function readValue(text: string, from: number): { readonly text: string; readonly next: number } {
  const equals = skipBlank(text, from)
  if (text.charAt(equals) !== '=') return { text: '', next: equals }
  const at = skipBlank(text, equals + 1)
  if (text.charAt(at) === '"') return readQuotedValue(text, at + 1)
  RAW_VALUE.lastIndex = at
  if (!RAW_VALUE.test(text)) return { text: '', next: at }
  const end = RAW_VALUE.lastIndex
  // `filename=My report.pdf`: words up to the semicolon belong to it, unless another parameter begins.
  const stop = text.indexOf(';', end)
  const all = text.slice(at, stop === -1 ? text.length : stop).trim()
  const loose = all.length < 256 && !/["=(]/.test(all)
  return loose ? { text: all, next: stop === -1 ? text.length : stop } : { text: text.slice(at, end), next: end }
}

/** Content of a quoted string from just inside it. Unclosed, it goes to the end. */
function readQuotedValue(text: string, from: number): { readonly text: string; readonly next: number } {
  let out = ''
  let at = from
  for (; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '"') return { text: out, next: at + 1 }
    if (char === '\\' && at + 1 < text.length) {
      at++
      out += text.charAt(at)
    } else {
      out += char
    }
  }
  return { text: out, next: text.length }
}

/** Past blanks and comments. */
function skipBlank(text: string, from: number): number {
  let depth = 0
  let at = from
  for (; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '(' && depth < MAX_COMMENT_DEPTH) depth++
    else if (char === ')' && depth > 0) depth--
    else if (char === '\\' && depth > 0) at++
    else if (depth === 0 && char !== ' ' && char !== '\t') break
  }
  return Math.min(at, text.length)
}

function stripComments(text: string): string {
  if (!text.includes('(')) return text
  let out = ''
  for (let at = 0; at < text.length; ) {
    const next = text.charAt(at) === '(' ? skipBlank(text, at) : at + 1
    if (text.charAt(at) !== '(') out += text.charAt(at)
    at = next
  }
  return out
}

function percentDecode(text: string): Uint8Array {
  const raw = Buffer.from(text, 'utf8')
  let length = 0
  for (let at = 0; at < raw.length; at++) {
    const hex = raw[at] === 0x25 ? hexByte(raw, at + 1) : -1
    raw[length++] = hex === -1 ? (raw[at] ?? 0) : hex
    if (hex !== -1) at += 2
  }
  return raw.subarray(0, length)
}

function percentEncode(text: string): string {
  let out = ''
  for (const byte of Buffer.from(text, 'utf8')) {
    const char = String.fromCharCode(byte)
    out += /[A-Za-z0-9!#$&+\-.^_`{|}~]/.test(char) ? char : `%${toHex(byte)}`
  }
  return out
}

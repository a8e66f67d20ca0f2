import { Buffer } from 'node:buffer'
import { fail, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { formatDate } from './date.ts'
import { encodeBase64, encodeText } from './encode-body.ts'
import { addressField, breaksHeader, idsField, isFieldName, parameterField, textField } from './header-write.ts'
import type { NamedAddress } from './header-write.ts'
import { MAX_DEPTH, MAX_LINE_CHARS } from './limits.ts'

/** A file to go along. */
export interface Attachment {
  readonly name: string
  /** `application/pdf`, without parameters. */
  readonly mediaType: string
  readonly bytes: Uint8Array
  /** Shown inside the HTML as `cid:` this; null for a plain attachment. Without brackets. */
  readonly contentId: string | null
}

/** What a body is made of. `native` bytes go as they are, in lines of at most 998: 7bit, or `8bit` where that is said. */
export type Body =
  | { readonly kind: 'text'; readonly subtype: string; readonly text: string }
  | { readonly kind: 'file'; readonly file: Attachment }
  | { readonly kind: 'native'; readonly mediaType: string; readonly encoding?: '8bit'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'multipart'
      readonly subtype: string
      readonly params: readonly (readonly [name: string, value: string])[]
      readonly parts: readonly Body[]
    }

/** The head of a message. Date and Message-ID are the caller's: nothing here knows the time. */
export interface Head {
  readonly from: readonly NamedAddress[]
  readonly to: readonly NamedAddress[]
  readonly cc: readonly NamedAddress[]
  readonly replyTo: readonly NamedAddress[]
  readonly subject: string
  readonly dateMs: number
  readonly offsetMinutes: number
  /** Without brackets, as are the next two. */
  readonly messageId: string
  readonly inReplyTo: readonly string[]
  readonly references: readonly string[]
  /** Further fields of free text, in order: `['Auto-Submitted', 'auto-generated']`. */
  readonly more: readonly (readonly [name: string, text: string])[]
}

/** What cannot be written, and where. */
export interface ComposeFault {
  readonly field: string
  readonly reason: 'line-break' | 'bad-name' | 'bad-id' | 'bad-type' | 'not-7bit' | 'too-deep' | 'empty'
}

/**
 * Writes a message that every way can carry: 7bit (but for parts that are said to be 8bit), lines of at most 76 where possible, RFC 2047 and 2231 in the header. What somebody
 * typed cannot add a header field: CR, LF and NUL in it are refused.
 *
 * `seed` makes the boundaries differ from those of a message inside; letters and digits, from the caller, who has randomness.
 */
export function compose(head: Head, body: Body, seed: string): Result<Uint8Array, ComposeFault> {
  const fault = checkHead(head) ?? checkBody(body, 0)
  if (fault !== null) return fail(fault)
  const chunks: Uint8Array[] = [Buffer.from(`${writeHead(head)}MIME-Version: 1.0\r\n`, 'utf8')]
  const counter = { next: 1, seed: seed.replace(/[^A-Za-z0-9]/g, '').slice(0, 40) }
  writeBody(body, counter, chunks)
  return ok(Buffer.concat(chunks))
}

/** What people put into a message. Without text and HTML it has an empty text. */
export interface Content {
  readonly text: string | null
  readonly html: string | null
  readonly files: readonly Attachment[]
}

/** RFC 2045 §6.4: a multipart says 8bit when a part of it does. */
function label(body: Body): '' | 'Content-Transfer-Encoding: 8bit\r\n' {
  return is8bit(body) ? 'Content-Transfer-Encoding: 8bit\r\n' : ''
}

function is8bit(body: Body): boolean {
  return body.kind === 'multipart' ? body.parts.some(is8bit) : body.kind === 'native' && body.encoding === '8bit'
}

/** The usual body: text, HTML as an alternative with its pictures, attachments. RFC 2046 §5.1.4, RFC 2387. */
export function usualBody(content: Content): Body {
  const { text, html, files } = content
  const pictures = files.filter((file) => file.contentId !== null && html !== null).map((file): Body => ({ kind: 'file', file }))
  const attached = files.filter((file) => file.contentId === null || html === null).map((file): Body => ({ kind: 'file', file }))
  const plain: Body = { kind: 'text', subtype: 'plain', text: text ?? '' }
  const htmlText: Body | null = html === null ? null : { kind: 'text', subtype: 'html', text: html }
  const bare = htmlText === null || pictures.length === 0
  const related = bare ? htmlText : multipart('related', [htmlText, ...pictures], [['type', 'text/html']])
  const shown = related === null || text === null ? (related ?? plain) : multipart('alternative', [plain, related])
  return attached.length === 0 ? shown : multipart('mixed', [shown, ...attached])
}

function multipart(subtype: string, parts: readonly Body[], params: readonly (readonly [string, string])[] = []): Body {
  return { kind: 'multipart', subtype, params, parts }
}

function writeHead(head: Head): string {
  let out = textField('Date', formatDate(head.dateMs, head.offsetMinutes))
  out += addressField('From', head.from)
  if (head.replyTo.length > 0) out += addressField('Reply-To', head.replyTo)
  if (head.to.length > 0) out += addressField('To', head.to)
  if (head.cc.length > 0) out += addressField('Cc', head.cc)
  out += textField('Subject', head.subject)
  out += idsField('Message-ID', [head.messageId])
  if (head.inReplyTo.length > 0) out += idsField('In-Reply-To', head.inReplyTo)
  if (head.references.length > 0) out += idsField('References', head.references)
  for (const [name, text] of head.more) out += textField(name, text)
  return out
}

function writeBody(body: Body, counter: { next: number; readonly seed: string }, out: Uint8Array[]): void {
  switch (body.kind) {
    case 'text': {
      const { encoding, bytes } = encodeText(body.text)
      const type = parameterField('Content-Type', `text/${body.subtype}`, [['charset', 'utf-8']])
      out.push(Buffer.from(`${type}Content-Transfer-Encoding: ${encoding}\r\n\r\n`), bytes)
      return
    }
    case 'file':
      out.push(Buffer.from(`${fileHead(body.file)}Content-Transfer-Encoding: base64\r\n\r\n`), encodeBase64(body.file.bytes))
      return
    case 'native':
      out.push(Buffer.from(`Content-Type: ${body.mediaType}\r\n${label(body)}\r\n`), body.bytes)
      return
    case 'multipart': {
      // `=_` can stand in no quoted-printable or base64 body. RFC 2045 §6.7 (note).
      const boundary = `=_${counter.seed}.${counter.next++}`
      out.push(Buffer.from(`${parameterField('Content-Type', `multipart/${body.subtype}`, [...body.params, ['boundary', boundary]])}${label(body)}\r\n`))
      for (const part of body.parts) {
        out.push(Buffer.from(`--${boundary}\r\n`))
        writeBody(part, counter, out)
        out.push(Buffer.from('\r\n'))
      }
      out.push(Buffer.from(`--${boundary}--\r\n`))
    }
  }
}

function fileHead(file: Attachment): string {
  const id = file.contentId === null ? '' : `Content-ID: <${file.contentId}>\r\n`
  const disposition = parameterField('Content-Disposition', file.contentId === null ? 'attachment' : 'inline', [['filename', file.name]])
  return `${parameterField('Content-Type', file.mediaType, [['name', file.name]])}${disposition}${id}`
}

const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/i
const PARAM_NAME = /^[a-z][a-z0-9-]{0,40}$/
const SUBTYPE = /^[a-z0-9][a-z0-9.+-]{0,60}$/i
/** What may stand between the brackets of an id: RFC 5322 §3.6.4 without the obsolete. */
const ID = /^[!-;=?-~\u00a1-\uffff]{1,200}$/
const TAKEN: ReadonlySet<string> = new Set([
  'date', 'from', 'to', 'cc', 'bcc', 'reply-to', 'subject', 'message-id', 'in-reply-to', 'references', 'mime-version',
  'content-type', 'content-transfer-encoding', 'content-disposition', 'content-id',
])

function checkHead(head: Head): ComposeFault | null {
  if (head.from.length === 0) return { field: 'From', reason: 'empty' }
  const lists = [['From', head.from], ['To', head.to], ['Cc', head.cc], ['Reply-To', head.replyTo]] as const
  for (const [field, list] of lists) {
    if (list.some((each) => breaksHeader(each.name ?? '') || breaksHeader(each.address.text))) return { field, reason: 'line-break' }
  }
  if (breaksHeader(head.subject)) return { field: 'Subject', reason: 'line-break' }
  const ids = [['Message-ID', [head.messageId]], ['In-Reply-To', head.inReplyTo], ['References', head.references]] as const
  for (const [field, list] of ids) if (!list.every((id) => ID.test(id))) return { field, reason: 'bad-id' }
  for (const [name, text] of head.more) {
    if (!isFieldName(name) || TAKEN.has(name.toLowerCase())) return { field: name.slice(0, 80), reason: 'bad-name' }
    if (breaksHeader(text)) return { field: name, reason: 'line-break' }
  }
  return null
}

function checkBody(body: Body, depth: number): ComposeFault | null {
  if (depth >= MAX_DEPTH) return { field: 'body', reason: 'too-deep' }
  switch (body.kind) {
    case 'text':
      return SUBTYPE.test(body.subtype) ? null : { field: 'Content-Type', reason: 'bad-type' }
    case 'file':
      if (!MEDIA_TYPE.test(body.file.mediaType)) return { field: 'Content-Type', reason: 'bad-type' }
      if (breaksHeader(body.file.name)) return { field: 'filename', reason: 'line-break' }
      return body.file.contentId === null || ID.test(body.file.contentId) ? null : { field: 'Content-ID', reason: 'bad-id' }
    case 'native':
      if (!MEDIA_TYPE.test(body.mediaType)) return { field: 'Content-Type', reason: 'bad-type' }
      return isInLines(body.bytes, body.encoding ?? '7bit') ? null : { field: 'body', reason: 'not-7bit' }
    case 'multipart': {
      if (!SUBTYPE.test(body.subtype)) return { field: 'Content-Type', reason: 'bad-type' }
      if (body.parts.length === 0) return { field: 'body', reason: 'empty' }
      if (!body.params.every(([name, value]) => PARAM_NAME.test(name) && name !== 'boundary' && !breaksHeader(value))) {
        return { field: 'Content-Type', reason: 'bad-type' }
      }
      for (const part of body.parts) {
        const fault = checkBody(part, depth + 1)
        if (fault !== null) return fault
      }
      return null
    }
  }
}

/** RFC 2045 §2.7, §2.8: no NUL, CR and LF only together, lines of at most 998; and ASCII only in 7bit. */
function isInLines(bytes: Uint8Array, encoding: '7bit' | '8bit'): boolean {
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === 0 || (byte > 126 && encoding === '7bit')) return false
    if (byte === 10) {
      if (bytes[at - 1] !== 13) return false
      length = 0
      continue
    }
    if (byte === 13 && bytes[at + 1] !== 10) return false
    if (byte !== 13 && ++length > MAX_LINE_CHARS) return false
  }
  return true
}

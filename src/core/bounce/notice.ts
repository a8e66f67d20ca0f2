import { isAscii, isUtf8 } from 'node:buffer'
import { formatDate } from '../../proto/mail/date.ts'
import type { Address } from '../../proto/mail/address.ts'
import { composeAutomatic } from '../../proto/mail/automatic-mail.ts'
import type { Body } from '../../proto/mail/compose.ts'
import type { Category } from '../pool/category.ts'
import { type Language, noticeSubject, noticeText } from './notice-text.ts'

/** What a report says of one recipient. RFC 3464 §2.3. */
export interface NoticeRecipient {
  readonly recipient: string
  /** Who the sender wrote to, as `type;address`, decoded; null when it did not say. */
  readonly original: string | null
  /** `relayed`: a server has it that makes no reports. */
  readonly action: 'failed' | 'delayed' | 'delivered' | 'relayed'
  readonly status: string
  /** What its refusal means; null when there was none. */
  readonly category: Category | null
  /** The server that decided; null when we did. */
  readonly host: string | null
  /** Its words, code first, or ours. */
  readonly answer: string
  readonly atMs: number
  /** For a delay: until when it is tried. */
  readonly retryUntilMs: number | null
}

/** A report to the sender of a message: a delivery status notification. RFC 3464. */
export interface Notice {
  readonly hostname: string
  readonly to: Address
  readonly language: Language
  /** The sender's own name for the message: RFC 3461 §4.4. */
  readonly envid: string | null
  readonly arrivedMs: number
  /** At least one, all with the same action. */
  readonly recipients: readonly NoticeRecipient[]
  /** The message itself, or its header. */
  readonly returned: { readonly what: 'message' | 'header'; readonly bytes: Uint8Array }
  /** Subject and Message-ID of the message, for people and their programs. */
  readonly subject: string | null
  readonly messageId: string | null
  /** Of the report, without brackets. */
  readonly id: string
  readonly nowMs: number
}

/** Writes a report: words for people, fields for programs, and what is reported on. RFC 3462, RFC 3464. */
export function writeNotice(notice: Notice): Uint8Array {
  const { hostname, to, language, recipients, messageId, id, nowMs } = notice
  const action = recipients[0]?.action ?? 'failed'
  const from = { name: 'Mail Delivery System', address: { ...to, text: `MAILER-DAEMON@${hostname}` } }
  const parts: Body[] = [{ kind: 'text', subtype: 'plain', text: noticeText(action, recipients, hostname, language) }, machinePart(notice), returnedPart(notice)]
  const body: Body = { kind: 'multipart', subtype: 'report', params: [['report-type', 'delivery-status']], parts }
  return composeAutomatic({ from, to: [to], subject: noticeSubject(action, notice.subject, language), body, kind: 'auto-replied', inReplyTo: messageId, more: [], id, nowMs })
}

/** RFC 3464 §2: a block for the message, then one for each recipient. With addresses beyond ASCII it is RFC 6533's. */
function machinePart({ hostname, envid, arrivedMs, recipients }: Notice): Body {
  const international = recipients.some(({ recipient, original }) => !isPlain(recipient) || !isPlain(original ?? ''))
  const message = [['Reporting-MTA', `dns; ${hostname}`], ...(envid === null ? [] : [['Original-Envelope-Id', envid]]), ['Arrival-Date', formatDate(arrivedMs)]]
  const blocks = [message, ...recipients.map((each) => recipientFields(each, international))]
  const text = blocks.map((fields) => fields.map(([name, value]) => `${name}: ${oneLine(value ?? '')}\r\n`).join('')).join('\r\n')
  const bytes = Buffer.from(text)
  if (!international) return { kind: 'native', mediaType: 'message/delivery-status', bytes }
  return coded('status.txt', 'message/global-delivery-status', bytes)
}

function recipientFields(each: NoticeRecipient, international: boolean): readonly (readonly string[])[] {
  const { recipient, original, action, status, host, answer, atMs, retryUntilMs } = each
  const type = international && !isPlain(recipient) ? 'utf-8' : 'rfc822'
  return [
    ...(original === null ? [] : [['Original-Recipient', original.replace(';', '; ')]]),
    ['Final-Recipient', `${type}; ${recipient}`],
    ['Action', action],
    ['Status', status],
    ...(host === null ? [] : [['Remote-MTA', `dns; ${host}`]]),
    // RFC 3464 §2.3.6: only what a server said is its diagnostic.
    ...(/^[245]\d\d[ -]/.test(answer) ? [['Diagnostic-Code', `smtp; ${answer}`]] : []),
    ['Last-Attempt-Date', formatDate(atMs)],
    ...(retryUntilMs === null ? [] : [['Will-Retry-Until', formatDate(retryUntilMs)]]),
  ]
}

/**
 * The message can go along as it is when every line of it can; else its header does, coded where it must be. Where the header is UTF-8 their types are those
 * of RFC 6533 §4: a whole message goes as 8bit, because readers look into no message that is coded.
 */
function returnedPart({ returned: { what, bytes } }: Notice): Body {
  const end = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf('\r\n\r\n')
  const header = what === 'header' || end === -1 ? bytes : bytes.subarray(0, end + 2)
  const international = !isAscii(header) && isUtf8(header)
  if (what === 'message' && isInLines(bytes)) {
    if (isAscii(bytes)) return { kind: 'native', mediaType: 'message/rfc822', bytes }
    if (international) return { kind: 'native', mediaType: 'message/global', encoding: '8bit', bytes }
  }
  if (isAscii(header) && isInLines(header)) return { kind: 'native', mediaType: 'text/rfc822-headers', bytes: header }
  return coded('header.txt', international ? 'message/global-headers' : 'text/rfc822-headers', header)
}

function coded(name: string, mediaType: string, bytes: Uint8Array): Body {
  return { kind: 'file', file: { name, mediaType, bytes, contentId: null } }
}

/** RFC 2045 §2.7, §2.8, a little narrower: nobody needs to look at it byte by byte for a report. */
function isInLines(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  return !/[\0\x7f]|(?:^|[^\r])\n|\r(?!\n)|[^\r\n]{999}/.test(text)
}

/** What others wrote must not begin a field of ours. */
function oneLine(value: string): string {
  return value.replace(/[\0-\x1f\x7f]+/g, ' ').slice(0, MAX_VALUE_CHARS)
}

const MAX_VALUE_CHARS = 900

function isPlain(text: string): boolean {
  return isAscii(Buffer.from(text))
}

import type { MessageId } from '../../base/brand.ts'
import { formatDate } from '../../proto/mail/date.ts'
import type { HeaderRules, HeaderScan } from '../../proto/mail/header-scan.ts'
import { VERDICT_FIELDS } from '../filter/verdict-fields.ts'
import { STREAM_FIELD } from './stream.ts'

/** Which header fields are left out of strangers' mail: a Return-Path set in transit, results in our name (RFC 8601 §5), and what only our checks may say. */
export function transitRules(hostname: string): HeaderRules {
  return { ...gatewayRules(hostname), leaveOut: new Set(['return-path', ...VERDICT_FIELDS]) }
}

/** And of mail over LMTP: what its gateway says of it stays, because the gateway has checked it. */
export function gatewayRules(hostname: string): HeaderRules {
  return { leaveOut: new Set(['return-path']), authservId: hostname.toLowerCase(), orphans: 'leave-out', unusable: 'keep' }
}

/** And of our own users' mail: Bcc too, also of what is sent again (RFC 5322 §3.6.3, §3.6.6), and what is said to us alone. */
export function submissionRules(hostname: string): HeaderRules {
  return { leaveOut: new Set(['return-path', 'bcc', 'resent-bcc', STREAM_FIELD]), authservId: hostname.toLowerCase(), orphans: 'leave-out', unusable: 'leave-out' }
}

/** The fields that a submission lacks (or has in a form that says nothing) and that RFC 5322 §3.6 demands or expects; '' when it has them. RFC 6409 §8.2, §8.3. */
export function missingFields(header: HeaderScan, house: { readonly hostname: string }, author: string, id: MessageId, nowMs: number): string {
  const fields: string[] = []
  if (!header.names.has('from')) fields.push(`From: <${author}>\r\n`)
  if (!header.names.has('date')) fields.push(`Date: ${formatDate(nowMs)}\r\n`)
  if (!header.names.has('message-id')) fields.push(`Message-ID: <${id}@${house.hostname}>\r\n`)
  return fields.join('')
}

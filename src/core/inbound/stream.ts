import { fieldText } from '../../proto/mail/headers.ts'
import type { HeaderScan } from '../../proto/mail/header-scan.ts'
import { readStream, type StreamName } from '../organization/stream/name.ts'
import { type OwnFeedback, ownFeedback } from '../bounce/feedback-fields.ts'
import { stopIn } from './own-stop.ts'

/** The header field by which a program says what kind of traffic its submission is. It is not sent on. Lower-case. */
export const STREAM_FIELD = 'x-merpati-stream'

/** What a submission is: what a person writes, a program's answer to something somebody did, or what goes to many. */
export type SubmittedStream = 'submission' | StreamName

/** Whether mail is a program's: only such mail names a stream, and only its recipients may stop it. */
export function isOfProgram(stream: SubmittedStream): stream is StreamName {
  return stream !== 'submission'
}

/** The stream that a submission names, `submission` when it names none; null when there is no such stream. `head` holds the header. */
export function streamOf(header: HeaderScan, head: Uint8Array): SubmittedStream | null {
  if (!header.names.has(STREAM_FIELD)) return 'submission'
  const named = header.fields.filter(({ name }) => name === STREAM_FIELD).map((field) => fieldText(head, field).trim().toLowerCase())
  const [first = ''] = named
  if (named.length !== 1) return null
  return first === 'submission' ? first : readStream(first)
}

/** What the header of a message asks for on its way out. */
export interface HeaderWishes {
  /** What a submission says it is; `submission` for others' mail. */
  readonly stream: SubmittedStream
  /** The sender would rather have it read than kept from view: policies of the recipient's domain do not count. RFC 8689 §5. */
  readonly tlsOptional: boolean
  /** What it says of complaints itself. */
  readonly feedback: OwnFeedback
  /** Who says how it is stopped, and what of it is left out then: `stopIn`. */
  readonly stops: ReturnType<typeof stopIn>
}

/** Reads them. Only a submission names its stream. */
export function wishesIn(header: HeaderScan, head: Uint8Array, from: 'submission' | 'elsewhere'): HeaderWishes {
  const stream = from === 'submission' ? (streamOf(header, head) ?? 'submission') : 'submission'
  return { stream, tlsOptional: header.names.has('tls-required') && isTlsOptional(header, head), feedback: ownFeedback(header.names), stops: stopIn(stream, header, head) }
}

/** RFC 8689 §5: one field, whose only value is `No`. */
function isTlsOptional(header: HeaderScan, head: Uint8Array): boolean {
  const [first, ...more] = header.fields.filter(({ name }) => name === 'tls-required')
  return first !== undefined && more.length === 0 && fieldText(head, first).trim().toLowerCase() === 'no'
}

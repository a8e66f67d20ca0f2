import { fieldText } from '../../proto/mail/headers.ts'
import type { HeaderScan } from '../../proto/mail/header-scan.ts'

/** The header field by which a program says what kind of traffic its submission is. It is not sent on. Lower-case. */
export const STREAM_FIELD = 'x-merpati-stream'

/** What a submission is: what a person writes, a program's answer to something somebody did, or what goes to many. */
export type SubmittedStream = 'submission' | 'transactional' | 'broadcast'

const STREAMS: Readonly<Record<string, SubmittedStream>> = { submission: 'submission', transactional: 'transactional', broadcast: 'broadcast' }

/** The stream that a submission names, `submission` when it names none; null when there is no such stream. `head` holds the header. */
export function streamOf(header: HeaderScan, head: Uint8Array): SubmittedStream | null {
  if (!header.names.has(STREAM_FIELD)) return 'submission'
  const named = header.fields.filter(({ name }) => name === STREAM_FIELD).map((field) => fieldText(head, field).trim().toLowerCase())
  const [first = ''] = named
  return named.length === 1 && Object.hasOwn(STREAMS, first) ? (STREAMS[first] ?? null) : null
}

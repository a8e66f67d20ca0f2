import { formatDate } from '../../../proto/mail/date.ts'
import { decodeBody } from '../../../proto/mail/decode-body.ts'
import { encodeText } from '../../../proto/mail/encode-body.ts'
import { type HeaderRules, KEEP_ALL, scanHeader } from '../../../proto/mail/header-scan.ts'
import { readHeader } from '../../../proto/mail/headers.ts'
import { indexMessage } from '../../../proto/mail/mime-index.ts'
import type { Part } from '../../../proto/mail/part.ts'

/** What belongs to the first sending: what signed it does not fit any more. Folded lines before the first field would go on with a field of ours. */
const FIRST_ONLY: HeaderRules = { ...KEEP_ALL, leaveOut: new Set(['date', 'message-id', 'dkim-signature']), orphans: 'leave-out' }

/** A message with another Date and another Message-ID, so that no reader takes it for the one that it has. Everything else stays, in its order. */
export function withNewIdentity(bytes: Uint8Array, { messageId, dateMs }: { readonly messageId: string; readonly dateMs: number }): Uint8Array {
  const pieces: Uint8Array[] = [Buffer.from(`Date: ${formatDate(dateMs)}\r\nMessage-ID: <${messageId}>\r\n`)]
  let at = 0
  for (const { start, end } of scanHeader(bytes, FIRST_ONLY).skips) {
    pieces.push(bytes.subarray(at, start))
    at = end
  }
  return Buffer.concat([...pieces, bytes.subarray(at)])
}

/** Text of a message that we composed, and how to put other text in its place. */
export interface TextPlace {
  readonly text: string
  put(text: string): Uint8Array
}

/** Finds its HTML; null for a message without HTML of its own. A file that is HTML is none. */
export function htmlOf(bytes: Uint8Array): TextPlace | null {
  return placeOf(bytes, 'html')
}

/** A message whose text and HTML say something else; the same bytes where nothing is to be said otherwise. */
export function reworded(bytes: Uint8Array, say: (text: string) => string): Uint8Array {
  let said = bytes
  for (const subtype of ['plain', 'html'] as const) {
    const place = placeOf(said, subtype)
    const text = place === null ? '' : say(place.text)
    if (place !== null && text !== place.text) said = place.put(text)
  }
  return said
}

function placeOf(bytes: Uint8Array, subtype: 'plain' | 'html'): TextPlace | null {
  const part = firstText(indexMessage(bytes).root, subtype)
  const field = part === null ? undefined : readHeader(bytes, part.headerStart).fields.find(({ name }) => name === 'content-transfer-encoding')
  if (part === null || field === undefined) return null // What we compose says how it is encoded.
  const { bodyStart, bodyEnd, encoding } = part
  return {
    // Encoding ends the last line, and would end it again.
    text: Buffer.from(decodeBody(bytes.subarray(bodyStart, bodyEnd), encoding)).toString('utf8').replace(/\r\n$/, ''),
    put(text) {
      const { encoding: now, bytes: body } = encodeText(text)
      return Buffer.concat([bytes.subarray(0, field.start), Buffer.from(`Content-Transfer-Encoding: ${now}\r\n`), bytes.subarray(field.end, bodyStart), body, bytes.subarray(bodyEnd)])
    },
  }
}

function firstText(part: Part, subtype: 'plain' | 'html'): Part | null {
  if (part.type === 'text' && part.subtype === subtype && part.disposition === null) return part
  for (const child of part.type === 'multipart' ? part.children : []) {
    const found = firstText(child, subtype)
    if (found !== null) return found
  }
  return null
}

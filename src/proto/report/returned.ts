import { decodeWords, fieldText, parseAddressList, readHeader } from '../mail/index.ts'
import { MAX_RETURNED_FIELDS } from './limits.ts'
import type { Returned } from './report.ts'

/** Reads the header of the returned message; null when there is none. */
export function readReturned(bytes: Uint8Array | null): Returned | null {
  if (bytes === null) return null
  const fields = readHeader(bytes)
    .fields.slice(0, MAX_RETURNED_FIELDS)
    .map((field) => ({ name: field.name, value: fieldText(bytes, field).trim() }))
  if (fields.length === 0) return null
  const first = (name: string): string | null => fields.find((field) => field.name === name)?.value ?? null
  const subject = first('subject')
  return {
    messageId: first('message-id'),
    from: addressesIn(first('from'))[0] ?? null,
    to: addressesIn(first('to')),
    subject: subject === null ? null : decodeWords(subject),
    fields,
  }
}

function addressesIn(text: string | null): readonly string[] {
  return parseAddressList(text ?? '', 100).flatMap(({ mailbox, host }) => (mailbox === null || !host ? [] : [`${mailbox}@${host}`]))
}

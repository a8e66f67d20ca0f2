import { addressField, readFields, valueOf } from './fields.ts'
import type { ReportParts } from './parts.ts'
import type { Report } from './report.ts'
import { oneLine } from './said.ts'

/** Reads a read report: RFC 8098 §3.2. Null when the message is none. */
export function readDisposition(parts: ReportParts): Report | null {
  const text = parts.machine.get('disposition-notification')
  if (text === undefined) return null
  const fields = readFields(text.replace(/\r\n?/g, '\n').replace(/^\n+/, ''))
  // `automatic-action/MDN-sent-automatically; displayed/error`: what was done stands after the semicolon.
  const done = /;\s*([\w-]+)/.exec(valueOf(fields, 'disposition') ?? '')?.[1]
  return {
    kind: 'disposition',
    recipient: addressField(fields, 'final-recipient') ?? addressField(fields, 'original-recipient'),
    disposition: oneLine(done ?? 'unknown').toLowerCase(),
    originalMessageId: valueOf(fields, 'original-message-id'),
  }
}

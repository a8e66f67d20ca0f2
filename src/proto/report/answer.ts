import { readLetter } from './copy.ts'
import { isOfServer } from './free-form.ts'
import type { ReportParts } from './parts.ts'
import type { Report } from './report.ts'
import { oneLine } from './said.ts'
import { AUTO_REPLY_SUBJECT, CHALLENGE, UNSUBSCRIBE } from './words.ts'

/** What a message is that tells of no delivery: the answer of a machine or of a person. */
export function readAnswer(parts: ReportParts): Report {
  const own = readLetter(parts.human).lines
  const text = `${parts.subject}\n${own.slice(0, 60).join('\n')}`
  if (CHALLENGE.test(text.replace(/\s+/g, ' '))) return { kind: 'challenge' }
  const why = whyMachine(parts)
  if (why !== null) return { kind: 'auto-reply', why: oneLine(why) }
  if (isLeaving(parts.subject, own)) return { kind: 'unsubscribe' }
  const from = parts.field('from')
  // What a server writes and nobody can read is no answer of a person's. deliverability §4.3.
  return own.some((line) => line.trim() !== '') && from !== null && !isOfServer(from) ? { kind: 'reply' } : { kind: 'unclassified' }
}

/** Fields that only machines write, with the values that mean no machine. RFC 3834 §5; the others are older than it. */
const MACHINE_FIELDS: readonly (readonly [string, RegExp])[] = [
  ['auto-submitted', /^(?!no\b)/i],
  ['x-autoreply', /^(?!no\b)/i],
  ['x-autorespond', /^/],
  ['x-autoresponse', /^/],
  ['x-auto-reply-from', /^/],
  ['x-mail-autoreply', /^/],
  ['x-apple-action', /vacation/i],
  ['x-auto-response-suppress', /\ball\b/i],
  ['precedence', /auto_?reply|bulk|junk/i],
  ['x-precedence', /auto_?reply/i],
]

function whyMachine({ field, subject }: ReportParts): string | null {
  if (AUTO_REPLY_SUBJECT.test(subject)) return subject
  for (const [name, pattern] of MACHINE_FIELDS) {
    const value = field(name)
    if (value !== null && pattern.test(value)) return subject === '' ? `${name}: ${value}` : subject
  }
  return null
}

/** Only what the person wrote counts, and only where it begins: our own footer says `unsubscribe` as well. */
function isLeaving(subject: string, lines: readonly string[]): boolean {
  const written = lines.filter((line) => line.trim() !== '').slice(0, 3)
  return UNSUBSCRIBE.test(subject) || written.some((line) => UNSUBSCRIBE.test(line))
}

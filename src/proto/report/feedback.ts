import { parseDate } from '../mail/index.ts'
import { plainAddress, readFields, valueOf } from './fields.ts'
import { MAX_REPORTED } from './limits.ts'
import type { ReportParts } from './parts.ts'
import type { FeedbackReport, FeedbackType } from './report.ts'
import { readReturned } from './returned.ts'

const TYPES: ReadonlySet<string> = new Set<FeedbackType>(['abuse', 'fraud', 'virus', 'not-spam', 'auth-failure', 'opt-out'])

/** Reads an abuse report (RFC 5965), or a complaint that has no machine part but encloses the message; null when it is neither. */
export function readFeedback(parts: ReportParts): FeedbackReport | null {
  const machine = parts.machine.get('feedback-report') ?? inWords(parts.human)
  if (machine !== null) return readMachine(machine, parts)
  return isComplaint(parts) ? readForwarded(parts) : null
}

/** Some give the machine part the type of a text. Its first field and another one that RFC 5965 §3.1 asks for tell it from what a person writes. */
function inWords(human: string): string | null {
  const start = /^feedback-type:/im.exec(human)?.index
  if (start === undefined) return null
  const fields = human.slice(start).split(/\r?\n\r?\n/, 1)[0] ?? ''
  return /^(?:version|user-agent):/im.test(fields) ? fields : null
}

function readMachine(text: string, { returned }: ReportParts): FeedbackReport {
  const fields = readFields(text.replace(/\r\n?/g, '\n').replace(/^\n+/, ''))
  const word = (valueOf(fields, 'feedback-type') ?? '').toLowerCase().replace(/[ _]/g, '-')
  const from = valueOf(fields, 'original-mail-from')
  const arrived = parseDate(valueOf(fields, 'arrival-date') ?? valueOf(fields, 'received-date') ?? '')
  const back = readReturned(returned)
  const recipients = (fields.get('original-rcpt-to') ?? []).map(plainAddress).filter((each) => each !== null)
  return {
    kind: 'feedback',
    type: typeOf(word),
    originalFrom: from === null ? null : plainAddress(from),
    originalRecipients: [...new Set(recipients)].slice(0, MAX_REPORTED),
    sourceIp: valueOf(fields, 'source-ip'),
    reportedDomain: valueOf(fields, 'reported-domain'),
    arrivedMs: arrived?.ms ?? null,
    userAgent: valueOf(fields, 'user-agent'),
    returned: back,
  }
}

/** `opt-out-list` is RFC 5965's first draft for what its registry calls `opt-out`. */
function typeOf(word: string): FeedbackType {
  if (word.startsWith('opt-out')) return 'opt-out'
  return isFeedbackType(word) ? word : 'other'
}

function isFeedbackType(word: string): word is FeedbackType {
  return TYPES.has(word)
}

/** Some providers forward the message under a subject that says why, or name its recipient in a field that stands in nothing else. */
function isComplaint({ subject, returned, machine }: ReportParts): boolean {
  if (machine.size > 0 || returned === null) return false
  if (/\bcomplaint about (?:a )?(?:message|e-?mail)\b|\b(?:abuse|spam) report\b/i.test(subject)) return true
  return readReturned(returned)?.fields.some(({ name }) => name === RECIPIENT_OF_COMPLAINT) === true
}

/** Written by Microsoft's programme for complaints. deliverability §4.6. */
const RECIPIENT_OF_COMPLAINT = 'x-hmxmroriginalrecipient'

function readForwarded(parts: ReportParts): FeedbackReport {
  const returned = readReturned(parts.returned)
  const field = (name: string): string | null => returned?.fields.find((each) => each.name === name)?.value ?? null
  const recipient = plainAddress(field(RECIPIENT_OF_COMPLAINT) ?? field('x-original-to') ?? field('delivered-to') ?? '')
  const returnPath = field('return-path')
  return {
    kind: 'feedback',
    type: 'abuse',
    originalFrom: returnPath === null ? null : plainAddress(returnPath),
    originalRecipients: recipient === null ? (returned?.to ?? []) : [recipient],
    sourceIp: /\bfrom\s+\[?([\da-f.:]{7,45})\]?/i.exec(parts.subject)?.[1] ?? null,
    ...{ reportedDomain: null, arrivedMs: null, userAgent: null },
    returned,
  }
}

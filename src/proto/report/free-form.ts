import { type Addressee, addresseesIn, locate } from './addressees.ts'
import { readLetter } from './copy.ts'
import { readDeliveryStatus } from './delivery-status.ts'
import { diagnosisOf } from './diagnosis.ts'
import { ADDRESS, plainAddress } from './fields.ts'
import { MAX_REPORTED } from './limits.ts'
import type { ReportParts } from './parts.ts'
import type { DeliveryReport, ReportedRecipient, Returned } from './report.ts'
import { readReturned } from './returned.ts'
import { isSaid, oneLine, saidIn } from './said.ts'
import { DELAY, FAILURE_SUBJECT, FAILURE_TEXT } from './words.ts'

/**
 * Reads a delivery report without a machine part: qmail, Exim, Exchange, sendmail before 8.8, and hundreds of others, by how all of them name
 * those they could not reach. Null when the message is no such report.
 */
export function readFreeForm(parts: ReportParts): DeliveryReport | null {
  const { lines, copy } = readLetter(parts.human)
  const text = lines.join('\n')
  if (!tellsFailure(parts)) return null
  const returned = readReturned(parts.returned ?? copy)
  const report = { kind: 'delivery', reportingMta: null, envid: null, returned } as const
  const machine = readDeliveryStatus(machineFields(lines))
  if (machine.recipients.length > 0) return { ...report, ...machine }
  const action = DELAY.test(parts.subject) || DELAY.test(text) ? 'delayed' : 'failed'
  return { ...report, recipients: recipientsOf(parts, lines, returned).map((each) => ({ ...each, action })) }
}

/** Does a server tell of a failure? From whom, about what, in which words: two of these say so. */
export function tellsFailure({ field, subject, human }: ReportParts): boolean {
  const { lines } = readLetter(human)
  if (field('x-failed-recipients') !== null) return true
  const from = field('from') ?? ''
  const isDaemon = isOfServer(from)
  if (!isDaemon && /auto-(?:replied|notified)/i.test(field('auto-submitted') ?? '')) return false
  const signs = [isDaemon, FAILURE_SUBJECT.test(subject), FAILURE_TEXT.test(lines.join('\n')) || lines.some(isSaid)]
  return signs.filter(Boolean).length >= 2 || (/no-?reply/i.test(from) && signs[2] === true)
}

/** Does a server write, and no person? By the name in From. */
export function isOfServer(from: string): boolean {
  return /mailer[-_. ]?daemon|post[-_ ]?master|mail[-_. ]?deliver|mail system|system administrator|bounces?[@+-]/i.test(from)
}

/** Some write the fields of RFC 3464 into the text. */
function machineFields(lines: readonly string[]): string {
  const start = lines.findIndex((line) => /^(?:reporting-mta|final-recipient|original-recipient|action):/i.test(line))
  return start === -1 ? '' : lines.slice(start).join('\n')
}

type Told = Omit<ReportedRecipient, 'action'>

function recipientsOf(parts: ReportParts, lines: readonly string[], returned: Returned | null): readonly Told[] {
  const named = addressees(parts, lines)
  if (named.length > 0) {
    return named.map((each, at) => told(each.address, knownForm(parts.human) ?? diagnosisOf(lines, each, named[at + 1]?.line ?? lines.length)))
  }
  const all = { address: '', line: -1, rest: '' }
  const text = knownForm(parts.human) ?? (diagnosisOf(lines, all, lines.length) || oneLine(parts.subject))
  const to = returned?.to ?? []
  return to.length === 0 ? [told(null, text)] : to.slice(0, MAX_REPORTED).map((address) => told(address, text))
}

/** Whom the header names (Exim and Google write it), else whom the text names, else the sender itself when it wrote to nobody else. */
function addressees({ field }: ReportParts, lines: readonly string[]): readonly Addressee[] {
  const failed = (field('x-failed-recipients') ?? '').split(',', MAX_REPORTED).map(plainAddress)
  const listed = failed.flatMap((address) => (address === null ? [] : [locate(lines, address)]))
  if (listed.length > 0) return listed
  const ours = new Set(['to', 'from'].flatMap((name) => ADDRESS.exec(field(name) ?? '')?.[0].toLowerCase() ?? []))
  return addresseesIn(lines, ours)
}

function told(recipient: string | null, text: string): Told {
  const { code, status } = saidIn(text)
  const host = /\b(?:host|server|from|by)\s+([a-z\d][a-z\d.-]{1,250}\.[a-z]{2,63})\b/i.exec(text)?.[1] ?? null
  return { recipient, original: null, status, code, text, host }
}

/** Servers that write in the reader's language, known by a sign that is in all of them: what they say, in English. */
const FORMS: readonly { readonly sign: RegExp; readonly says: string }[] = [
  { sign: /groups\.google\.com\/support/, says: 'The group you tried to contact may not exist, or you may not have permission to post messages to the group' },
]

function knownForm(text: string): string | null {
  return FORMS.find(({ sign }) => sign.test(text))?.says ?? null
}

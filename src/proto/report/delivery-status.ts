import { addressField, type Fields, readFields, typedValue, valueOf } from './fields.ts'
import { MAX_REPORTED } from './limits.ts'
import type { ReportedRecipient } from './report.ts'
import { isWeak, oneLine, saidIn } from './said.ts'

/** What the machine part of a delivery report says. */
export interface DeliveryStatus {
  readonly reportingMta: string | null
  readonly envid: string | null
  readonly recipients: readonly ReportedRecipient[]
}

/**
 * Reads a `message/delivery-status` body: groups of fields between empty lines, the first about the message, each other about one
 * recipient. RFC 3464 §2.1. Some servers write it all in one group, or put empty lines inside; a recipient begins with what names it.
 */
export function readDeliveryStatus(text: string): DeliveryStatus {
  const groups = groupsOf(text).map(readFields).filter((group) => group.size > 0)
  const about = groups.find((group) => group.has('reporting-mta')) ?? groups[0] ?? new Map()
  const recipients = joined(groups).slice(0, MAX_REPORTED).map(recipientOf)
  return { reportingMta: typedValue(about, 'reporting-mta'), envid: valueOf(about, 'original-envelope-id'), recipients }
}

/** Text between empty lines, cut again where a second recipient begins without one. */
function groupsOf(text: string): readonly string[] {
  return text.replace(/\r\n?/g, '\n').split(/\n[ \t]*\n\s*/).flatMap((group) => cutAtRecipients(group.trimStart()))
}

function cutAtRecipients(group: string): readonly string[] {
  const name = /^(?:final|original|x-actual)-recipient(?=:)/im.exec(group)?.[0]
  if (name === undefined) return [group]
  const [before = '', first = '', ...more] = group.split(new RegExp(`^(?=${name}:)`, 'im'))
  return before.toLowerCase().startsWith(name.toLowerCase()) ? [before, first, ...more] : [before + first, ...more]
}

/** Groups about recipients; one that names nobody and follows one that misses its outcome goes with it. */
function joined(groups: readonly Fields[]): readonly Fields[] {
  const list: Map<string, readonly string[]>[] = []
  for (const group of groups) {
    const last = list.at(-1)
    if (namesRecipient(group)) list.push(new Map(group))
    else if (last !== undefined && !last.has('diagnostic-code') && (group.has('diagnostic-code') || group.has('status'))) {
      for (const [name, values] of group) if (!last.has(name)) last.set(name, values)
    }
  }
  return list
}

const NAMES = ['final-recipient', 'original-recipient', 'x-actual-recipient']

function namesRecipient(group: Fields): boolean {
  return NAMES.some((name) => valueOf(group, name) !== null)
}

/** RFC 3464 §2.3. `Action` words that are not in it are taken for what their servers mean by them. */
const ACTIONS: readonly (readonly [RegExp, ReportedRecipient['action']])[] = [
  [/^(?:failed|failure|failed\b.*|error|expired|rejected)/i, 'failed'],
  [/^(?:delayed|deferred|temporary)/i, 'delayed'],
  [/^(?:delivered|deliverable|success)/i, 'delivered'],
  [/^relayed/i, 'relayed'],
  [/^expanded/i, 'expanded'],
]

/** Where the word is missing, the class of the status says it. RFC 3463 §3.1. */
const BY_CLASS: Readonly<Record<string, ReportedRecipient['action']>> = { 2: 'delivered', 4: 'delayed' }

function recipientOf(group: Fields): ReportedRecipient {
  const original = addressField(group, 'original-recipient')
  const recipient = addressField(group, 'final-recipient') ?? original ?? addressField(group, 'x-actual-recipient')
  const diagnostic = valueOf(group, 'diagnostic-code')
  const text = oneLine(diagnostic === null ? '' : diagnostic.replace(/^\s*[\w-]{1,40}\s*;\s*/, ''))
  const said = saidIn(text)
  const field = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(valueOf(group, 'status') ?? '')?.[0] ?? null
  const action = actionOf(valueOf(group, 'action'), field)
  // RFC 3464 §2.3.4 lets a server write x.0.0 for what it cannot say; the words of the other server may say it.
  const status = isWeak(field) && !isWeak(said.status) ? said.status : (field ?? said.status)
  return { recipient, original, action, status, code: said.code, text, host: typedValue(group, 'remote-mta') }
}

function actionOf(word: string | null, status: string | null): ReportedRecipient['action'] {
  const known = ACTIONS.find(([pattern]) => word !== null && pattern.test(word.trim()))
  if (known !== undefined) return known[1]
  return BY_CLASS[status?.charAt(0) ?? ''] ?? 'failed'
}

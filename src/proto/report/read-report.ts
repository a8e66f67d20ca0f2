import { locate } from './addressees.ts'
import { readAnswer } from './answer.ts'
import { readLetter } from './copy.ts'
import { readDeliveryStatus } from './delivery-status.ts'
import { diagnosisOf } from './diagnosis.ts'
import { readDisposition } from './disposition.ts'
import { readFeedback } from './feedback.ts'
import { readFreeForm, tellsFailure } from './free-form.ts'
import { partsOf, type ReportParts } from './parts.ts'
import type { DeliveryReport, Report, ReportedRecipient } from './report.ts'
import { readReturned } from './returned.ts'
import { isWeak, saidIn } from './said.ts'

/**
 * What a message is: a delivery report, a complaint, a read report, or an answer. `bytes` may be its beginning only.
 *
 * What is written for machines counts before what is written for people, and what a server says before what a person could have written.
 */
export function readReport(bytes: Uint8Array): Report {
  const parts = partsOf(bytes)
  return readFeedback(parts) ?? readMachine(parts) ?? readDisposition(parts) ?? readWrapped(parts) ?? readFreeForm(parts) ?? readAnswer(parts)
}

function readMachine(parts: ReportParts): DeliveryReport | null {
  const machine = parts.machine.get('delivery-status')
  if (machine === undefined) return null
  const status = readDeliveryStatus(machine)
  if (status.recipients.length === 0) return readFreeForm(parts)
  const letter = readLetter(parts.human)
  const recipients = status.recipients.map((each) => explained(each, letter.lines, status.recipients.length === 1))
  return { kind: 'delivery', ...status, recipients: named(recipients, parts), returned: readReturned(parts.returned ?? letter.copy) }
}

/** A report on one recipient that hides it in the machine part may name it in the other. */
function named(recipients: readonly ReportedRecipient[], parts: ReportParts): readonly ReportedRecipient[] {
  const [one, ...more] = recipients
  if (one === undefined || one.recipient !== null || more.length > 0) return recipients
  const inWords = readFreeForm(parts)?.recipients ?? []
  return inWords.length === 1 ? [{ ...one, recipient: inWords[0]?.recipient ?? null }] : recipients
}

/** A gateway or a list puts a letter of its own around the report that it got. */
function readWrapped(parts: ReportParts): DeliveryReport | null {
  const inner = parts.returned ?? readLetter(parts.human).copy
  return inner === null || !tellsFailure(parts) ? null : readMachine(partsOf(inner))
}

/** Where the machine part says nothing, the part for people may; `alone` when it can speak of nobody else. */
function explained(told: ReportedRecipient, lines: readonly string[], alone: boolean): ReportedRecipient {
  const isVague = isWeak(told.status) || told.text === ''
  if (told.action !== 'failed' || told.recipient === null || !isVague) return told
  const found = locate(lines, told.recipient)
  if (found.line === -1 && !alone) return told
  const text = diagnosisOf(lines, found, lines.length)
  const said = saidIn(text)
  return {
    ...told,
    status: isWeak(told.status) && !isWeak(said.status) ? said.status : told.status,
    code: told.code ?? said.code,
    text: told.text === '' ? text : told.text,
  }
}

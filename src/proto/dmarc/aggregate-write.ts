import { DMARC_NAMESPACE } from './aggregate-report.ts'
import type { AggregateRecord, AggregateReport, PublishedPolicy } from './aggregate-report.ts'

/** An element: its name, and text or further elements. A null is left out. */
type Element = readonly [name: string, content: string | number | readonly (Element | null)[] | null]

/** Writes an aggregate report, elements in the order of RFC 9990 §3.1.1. It needs one record at least. */
export function writeAggregate(report: AggregateReport): string {
  const { organization, email, contact, id, begin, end, errors, generator, policy, records } = report
  const metadata: Element = ['report_metadata', [
    ['org_name', organization],
    ['email', email],
    ['extra_contact_info', contact],
    ['report_id', id],
    ['date_range', [['begin', begin], ['end', end]]],
    ...errors.map((error): Element => ['error', error]),
    ['generator', generator],
  ]]
  const parts: readonly Element[] = [['version', '1.0'], metadata, policyElement(policy), ...records.map(recordElement)]
  return `<?xml version="1.0" encoding="UTF-8"?>\n<feedback xmlns="${DMARC_NAMESPACE}">\n${parts.map((part) => write(part, 1)).join('')}</feedback>\n`
}

function policyElement({ domain, discovery, policy, subdomains, nonexistent, failureOptions, dkim, spf, testing }: PublishedPolicy): Element {
  return ['policy_published', [
    ['domain', domain],
    ['discovery_method', discovery],
    ['p', policy],
    ['sp', subdomains],
    ['np', nonexistent],
    ['fo', failureOptions],
    ['adkim', dkim],
    ['aspf', spf],
    ['testing', testing ? 'y' : 'n'],
  ]]
}

function recordElement(record: AggregateRecord): Element {
  const { source, count, disposition, dkim, spf, reasons, headerFrom, envelopeFrom, envelopeTo, signatures, spfCheck } = record
  const evaluated: Element = ['policy_evaluated', [
    ['disposition', disposition],
    ['dkim', dkim],
    ['spf', spf],
    ...reasons.map(({ type, comment }): Element => ['reason', [['type', type], ['comment', comment]]]),
  ]]
  const checks: readonly Element[] = signatures.map(({ domain, selector, result }) => ['dkim', [['domain', domain], ['selector', selector ?? ''], ['result', result]]])
  // RFC 9990 §3.1.1: only MAIL FROM has a scope.
  const spfElement: Element | null = spfCheck === null ? null : ['spf', [['domain', spfCheck.domain], ['scope', 'mfrom'], ['result', spfCheck.result]]]
  return ['record', [
    ['row', [['source_ip', source], ['count', count], evaluated]],
    ['identifiers', [['header_from', headerFrom], ['envelope_from', envelopeFrom], ['envelope_to', envelopeTo]]],
    ['auth_results', [...checks, spfElement]],
  ]]
}

function write([name, content]: Element, depth: number): string {
  const indent = '  '.repeat(depth)
  if (content === null) return ''
  if (typeof content === 'number') return `${indent}<${name}>${content}</${name}>\n`
  if (typeof content === 'string') return `${indent}<${name}>${escaped(content)}</${name}>\n`
  const inside = content.map((each) => (each === null ? '' : write(each, depth + 1))).join('')
  return `${indent}<${name}>\n${inside}${indent}</${name}>\n`
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

/** What a message says stands in it too: characters that XML 1.0 cannot have (§2.2) are left out. */
function escaped(text: string): string {
  return text.toWellFormed().replace(/[\0-\x08\v\f\x0e-\x1f\x7f\ufffe\uffff]/g, '').replace(/[&<>"']/g, (char) => ESCAPES[char] ?? '')
}

import { fail, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { MAX_DETAILS, MAX_LINES, MAX_POLICIES, MAX_REPORT_CHARS, MAX_TEXT_CHARS } from './limits.ts'
import type { TlsFailure, TlsPolicyReport, TlsPolicyType, TlsReport } from './report.ts'

/** Why a file is no report. */
export type TlsReportFault = 'too-large' | 'no-json' | 'no-range' | 'no-policies'

type Fields = Readonly<Record<string, unknown>>

/** Reads a report. RFC 8460 §4.4. What is missing is empty, null or 0; policies of a kind that nobody has defined are left out. */
export function readTlsReport(json: string): Result<TlsReport, TlsReportFault> {
  if (json.length > MAX_REPORT_CHARS) return fail('too-large')
  const root = fieldsOf(parsed(json))
  if (root === null) return fail('no-json')
  const range = fieldsOf(root['date-range'])
  const beginMs = timeOf(range?.['start-datetime'])
  const endMs = timeOf(range?.['end-datetime'])
  if (beginMs === null || endMs === null) return fail('no-range')
  const policies = listOf(root['policies'], MAX_POLICIES).flatMap((each) => policyOf(fieldsOf(each)) ?? [])
  if (policies.length === 0) return fail('no-policies')
  return ok({ organization: textOf(root['organization-name']) ?? '', contact: textOf(root['contact-info']) ?? '', id: textOf(root['report-id']) ?? '', beginMs, endMs, policies })
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json.replace(/^\ufeff/, '')) as unknown
  } catch {
    // It throws for what is no JSON.
    return null
  }
}

function policyOf(entry: Fields | null): TlsPolicyReport | null {
  const policy = fieldsOf(entry?.['policy'])
  const summary = fieldsOf(entry?.['summary'])
  const type = policy?.['policy-type']
  if (policy === null || !isPolicyType(type)) return null
  const texts = (value: unknown): readonly string[] => (typeof value === 'string' ? [value] : listOf(value, MAX_LINES)).flatMap((each) => textOf(each) ?? [])
  return {
    type,
    lines: texts(policy['policy-string']),
    domain: (textOf(policy['policy-domain']) ?? '').toLowerCase(),
    hosts: texts(policy['mx-host'] ?? policy['mx-host-pattern']),
    successful: countOf(summary?.['total-successful-session-count']),
    failed: countOf(summary?.['total-failure-session-count']),
    failures: listOf(entry?.['failure-details'], MAX_DETAILS).flatMap((each) => failureOf(fieldsOf(each)) ?? []),
  }
}

function failureOf(detail: Fields | null): TlsFailure | null {
  const result = textOf(detail?.['result-type'])
  if (detail === null || result === null) return null
  return {
    result,
    sendingAddress: textOf(detail['sending-mta-ip']),
    receivingHost: textOf(detail['receiving-mx-hostname']),
    receivingAddress: textOf(detail['receiving-ip']),
    sessions: countOf(detail['failed-session-count']),
    reason: textOf(detail['failure-reason-code']),
  }
}

function isPolicyType(value: unknown): value is TlsPolicyType {
  return value === 'tlsa' || value === 'sts' || value === 'no-policy-found'
}

function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
}

function listOf(value: unknown, most: number): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, most) : []
}

/** On one line, and not too long. */
function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, MAX_TEXT_CHARS).toWellFormed().replace(/\p{Cc}+/gu, ' ') : null
}

function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0
}

function timeOf(value: unknown): number | null {
  const ms = typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value) && value.length <= 40 ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? null : ms
}

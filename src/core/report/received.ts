import type { OrganizationId } from '../../base/brand.ts'
import type { AggregateReport } from '../../proto/dmarc/aggregate-report.ts'
import type { TlsReport } from '../../proto/tlsrpt/report.ts'
import { MAX_KEPT_CHARS, MAX_KEPT_ROWS } from './limits.ts'

/** A report that came to us about a domain of ours, as the console shows it. */
export interface ReceivedReport {
  readonly kind: 'dmarc' | 'tls'
  readonly domain: string
  /** Who made it, and its id there: a second one with the same id and time is the same. */
  readonly reporter: string
  readonly reportId: string
  readonly beginMs: number
  readonly endMs: number
  /** Messages that passed DMARC and those that did not; or sessions. */
  readonly passed: number
  readonly failed: number
  readonly document: AggregateReport | TlsReport
}

/** The same, kept. */
export interface KeptReport extends ReceivedReport {
  readonly id: string
  readonly organization: OrganizationId
  readonly receivedMs: number
  /** The message that it came in. */
  readonly message: string
}

/** An aggregate report, summed up. Rows beyond the most that are kept are in its sums only. */
export function ofAggregate(report: AggregateReport): ReceivedReport {
  let passed = 0
  let failed = 0
  for (const { count, dkim, spf } of report.records) {
    if (dkim === 'pass' || spf === 'pass') passed = sumOf(passed, count)
    else failed = sumOf(failed, count)
  }
  const records = fitting(report.records.toSorted((a, b) => b.count - a.count).slice(0, MAX_KEPT_ROWS), MAX_KEPT_CHARS)
  const { organization, email, id, begin, end, policy } = report
  return {
    kind: 'dmarc', domain: policy.domain, reporter: organization === '' ? email : organization, reportId: id, beginMs: begin * 1000, endMs: end * 1000,
    passed, failed, document: { ...report, records },
  }
}

/** A report on TLS, one for each domain that it is about. */
export function ofTls(report: TlsReport): readonly ReceivedReport[] {
  const { organization, contact, id, beginMs, endMs, policies } = report
  return [...new Set(policies.map(({ domain }) => domain))].map((domain) => {
    const own = policies.filter((policy) => policy.domain === domain)
    const sum = (of: 'successful' | 'failed'): number => own.reduce((total, policy) => sumOf(total, policy[of]), 0)
    return { kind: 'tls', domain, reporter: organization === '' ? contact : organization, reportId: id, beginMs, endMs, passed: sum('successful'), failed: sum('failed'), document: { ...report, policies: fitting(own.map(({ failures, ...policy }) => ({ ...policy, failures: fitting(failures, MAX_KEPT_CHARS / own.length) })), MAX_KEPT_CHARS) } }
  })
}

/** Strangers count as they like; a database does not take every number. */
function sumOf(a: number, b: number): number {
  return Math.min(a + b, Number.MAX_SAFE_INTEGER)
}

/** The first ones, as many as there is room for. */
function fitting<T>(all: readonly T[], chars: number): readonly T[] {
  let left = chars
  return all.filter((each) => {
    if (left > 0) left -= JSON.stringify(each).length
    return left > 0
  })
}

import { DAY_MS } from '../../base/duration.ts'
import type { CountedTls } from '../outbound/tls/sql-tls-result.ts'
import type { PolicyType } from '../outbound/tls/result.ts'
import type { StsPolicy } from '../../proto/mtasts/policy.ts'
import type { TlsFailure, TlsPolicyReport, TlsReport } from '../../proto/tlsrpt/report.ts'
import { reportId } from './make-dmarc.ts'
import type { ReportSender } from './sender.ts'

/** Makes the report about a domain of how TLS with it went on a day. `sts` is its MTA-STS policy, when we have one. RFC 8460 §4. */
export function makeTlsReport(sender: ReportSender, day: string, domain: string, counted: readonly CountedTls[], sts: StsPolicy | null): TlsReport {
  const beginMs = Date.parse(day)
  const types = [...new Set(counted.map(({ policy }) => policy))]
  return {
    organization: sender.name,
    contact: sender.from.text,
    id: reportId(day, domain, sender.hostname),
    beginMs,
    endMs: beginMs + DAY_MS - 1000,
    policies: types.map((type) => policyOf(type, domain, counted.filter(({ policy }) => policy === type), type === 'sts' ? sts : null)),
  }
}

function policyOf(type: PolicyType, domain: string, counted: readonly CountedTls[], sts: StsPolicy | null): TlsPolicyReport {
  const sum = (all: readonly CountedTls[]): number => all.reduce((total, { sessions }) => total + sessions, 0)
  const failed = counted.filter(({ result }) => result !== 'successful')
  return { type, lines: sts === null ? [] : linesOf(sts), domain, hosts: sts?.mx ?? [], successful: sum(counted) - sum(failed), failed: sum(failed), failures: failed.map(failureOf) }
}

/** A policy as its file has it. RFC 8461 §3.2. */
function linesOf({ mode, mx, maxAgeS }: StsPolicy): readonly string[] {
  return ['version: STSv1', `mode: ${mode}`, ...mx.map((pattern) => `mx: ${pattern}`), `max_age: ${maxAgeS}`]
}

function failureOf({ result, source, host, address, sessions }: CountedTls): TlsFailure {
  const said = (text: string): string | null => (text === '' ? null : text)
  return { result, sendingAddress: said(source), receivingHost: said(host), receivingAddress: said(address), sessions, reason: null }
}

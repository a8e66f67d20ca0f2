import type { TlsFailure, TlsPolicyReport, TlsReport } from './report.ts'

/** Writes a report as I-JSON. RFC 8460 §4.4. */
export function writeTlsReport({ organization, contact, id, beginMs, endMs, policies }: TlsReport): string {
  return `${JSON.stringify({
    'organization-name': organization,
    'date-range': { 'start-datetime': timeOf(beginMs), 'end-datetime': timeOf(endMs) },
    'contact-info': contact,
    'report-id': id,
    policies: policies.map(policyOf),
  }, null, 1)}\n`
}

function policyOf({ type, lines, domain, hosts, successful, failed, failures }: TlsPolicyReport): Readonly<Record<string, unknown>> {
  return {
    policy: {
      'policy-type': type,
      ...(lines.length === 0 ? {} : { 'policy-string': lines }),
      'policy-domain': domain,
      ...(hosts.length === 0 ? {} : { 'mx-host': hosts }),
    },
    summary: { 'total-successful-session-count': successful, 'total-failure-session-count': failed },
    ...(failures.length === 0 ? {} : { 'failure-details': failures.map(failureOf) }),
  }
}

function failureOf({ result, sendingAddress, receivingHost, receivingAddress, sessions, reason }: TlsFailure): Readonly<Record<string, unknown>> {
  const known = { 'sending-mta-ip': sendingAddress, 'receiving-mx-hostname': receivingHost, 'receiving-ip': receivingAddress, 'failure-reason-code': reason }
  const said = Object.entries(known).filter(([, value]) => value !== null)
  return { 'result-type': result, ...Object.fromEntries(said), 'failed-session-count': sessions }
}

/** RFC 3339, in UTC, without fractions: some readers know no others. */
function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

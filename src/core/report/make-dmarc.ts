import { hash } from 'node:crypto'
import type { AggregateReport } from '../../proto/dmarc/aggregate-report.ts'
import type { DmarcRecord } from '../../proto/dmarc/record.ts'
import type { ReportSender } from './sender.ts'
import type { SeenRow } from './sql-dmarc-seen.ts'

const DAY_SECONDS = 24 * 3600

/** Makes the report about a domain of what was seen on a day. */
export function makeDmarcReport(sender: ReportSender, day: string, policyDomain: string, record: DmarcRecord, rows: readonly SeenRow[]): AggregateReport {
  const begin = Date.parse(day) / 1000
  return {
    organization: sender.name,
    email: sender.from.text,
    contact: null,
    id: reportId(day, policyDomain, sender.hostname),
    begin,
    end: begin + DAY_SECONDS - 1,
    generator: 'Merpati',
    errors: record.standing === 'valid' ? [] : ['a policy of the record is none of none, quarantine and reject'],
    policy: {
      domain: policyDomain,
      policy: record.policy,
      subdomains: record.subdomains,
      nonexistent: record.nonexistent,
      dkim: record.dkim === 'strict' ? 's' : 'r',
      spf: record.spf === 'strict' ? 's' : 'r',
      failureOptions: record.failureOptions,
      testing: record.testing,
      discovery: 'treewalk',
    },
    records: rows.map(({ source, facts, messages }) => ({ source, count: messages, ...facts })),
  }
}

/** The same for a day and a domain however often it is made, so that a second one is known as such. RFC 9990 §3.5.1. */
export function reportId(day: string, domain: string, hostname: string): string {
  const name = domain.length <= MAX_ID_CHARS ? domain : hash('sha256', domain, 'hex').slice(0, 32)
  return `${day.replaceAll('-', '')}.${name}@${hostname}`
}

/** Of a domain in an id: it becomes a Message-ID, which has a length. */
const MAX_ID_CHARS = 80

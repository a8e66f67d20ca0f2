import ipaddr from 'ipaddr.js'
import { fail, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import type { AggregateRecord, AggregateReport, Disposition, PublishedPolicy } from './aggregate-report.ts'
import { MAX_RECORD_SIGNATURES, MAX_REPORT_RECORDS, MAX_REASONS } from './limits.ts'
import type { DmarcPolicy } from './record.ts'
import { firstSection, sectionsOf } from './xml-sections.ts'
import type { Node } from './xml-sections.ts'

/** Why a file is no aggregate report. `dtd`: it declares things of its own, which no report does and attackers do. */
export type AggregateFault = 'dtd' | 'no-metadata' | 'no-policy' | 'no-records'

/** A report that was read, and how many of its rows made no sense. */
export interface ReadAggregate {
  readonly report: AggregateReport
  /** Rows that could not be read, or came after the most that are. */
  readonly leftOut: number
}

/**
 * Reads an aggregate report of RFC 9990 or RFC 7489, with whatever namespace or none. Rows that make no sense are left out; what is
 * missing and has a default gets it.
 */
export function readAggregate(xml: string): Result<ReadAggregate, AggregateFault> {
  const reading = readingAggregate(xml)
  for (;;) {
    const { done, value } = reading.next()
    if (done === true) return value
  }
}

/** The same row by row, for who has other things to do in between: a hostile row takes as long as a hundred honest ones. */
export function* readingAggregate(xml: string): Generator<void, Result<ReadAggregate, AggregateFault>, void> {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(xml)) return fail('dtd')
  const metadata = firstSection(xml, 'report_metadata')
  const published = firstSection(xml, 'policy_published')
  const policy = published === null ? null : policyOf(published)
  if (metadata === null) return fail('no-metadata')
  if (policy === null) return fail('no-policy')
  const records: AggregateRecord[] = []
  let leftOut = 0
  for (const node of sectionsOf(xml, 'record')) {
    const record = node === null ? null : recordOf(node)
    if (record === null) leftOut += 1
    else records.push(record)
    if (records.length + leftOut >= MAX_REPORT_RECORDS) break
    yield
  }
  const range = metadata.child('date_range')
  const begin = numberOf(range?.text('begin') ?? null)
  const end = numberOf(range?.text('end') ?? null)
  if (begin === null || end === null) return fail('no-metadata')
  if (records.length === 0) return fail('no-records')
  const organization = metadata.text('org_name') ?? ''
  const report: AggregateReport = {
    organization,
    email: metadata.text('email') ?? '',
    contact: metadata.text('extra_contact_info'),
    id: metadata.text('report_id') ?? '',
    begin,
    end,
    generator: metadata.text('generator'),
    errors: metadata.texts('error', MAX_REASONS),
    policy,
    records,
  }
  return ok({ report, leftOut })
}

function policyOf(node: Node): PublishedPolicy | null {
  const domain = node.text('domain')
  const discovery = word(node, 'discovery_method')
  if (domain === null) return null
  return {
    domain: domain.toLowerCase(),
    policy: asPolicy(word(node, 'p')) ?? 'none',
    subdomains: asPolicy(word(node, 'sp')),
    nonexistent: asPolicy(word(node, 'np')),
    dkim: word(node, 'adkim') === 's' ? 's' : 'r',
    spf: word(node, 'aspf') === 's' ? 's' : 'r',
    failureOptions: node.text('fo'),
    testing: word(node, 'testing') === 'y',
    discovery: discovery === 'psl' || discovery === 'treewalk' ? discovery : null,
  }
}

function recordOf(node: Node): AggregateRecord | null {
  const row = node.child('row')
  const evaluated = row?.child('policy_evaluated') ?? null
  const identifiers = node.child('identifiers')
  const source = row?.text('source_ip') ?? ''
  const count = numberOf(row?.text('count') ?? null)
  if (!isAddress(source) || count === null || evaluated === null) return null
  const checks = node.child('auth_results')
  const spf = checks?.child('spf') ?? null
  return {
    source,
    count,
    disposition: dispositionOf(word(evaluated, 'disposition')),
    dkim: word(evaluated, 'dkim') === 'pass' ? 'pass' : 'fail',
    spf: word(evaluated, 'spf') === 'pass' ? 'pass' : 'fail',
    reasons: evaluated.children('reason', MAX_REASONS).map((reason) => ({ type: word(reason, 'type'), comment: reason.text('comment') })),
    headerFrom: word(identifiers, 'header_from'),
    envelopeFrom: identifiers?.text('envelope_from')?.toLowerCase() ?? null,
    envelopeTo: identifiers?.text('envelope_to')?.toLowerCase() ?? null,
    signatures: (checks?.children('dkim', MAX_RECORD_SIGNATURES) ?? []).map((each) => ({ domain: word(each, 'domain'), selector: each.text('selector'), result: word(each, 'result') })),
    spfCheck: spf === null ? null : { domain: word(spf, 'domain'), result: word(spf, 'result') },
  }
}

function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text)
}

function word(node: Node | null, name: string): string {
  return node?.text(name)?.toLowerCase() ?? ''
}

function asPolicy(text: string): DmarcPolicy | null {
  return text === 'none' || text === 'quarantine' || text === 'reject' ? text : null
}

function dispositionOf(text: string): Disposition {
  return text === 'pass' ? text : (asPolicy(text) ?? 'none')
}

function numberOf(text: string | null): number | null {
  return text !== null && /^[0-9]{1,12}$/.test(text) ? Number(text) : null
}

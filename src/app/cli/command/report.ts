import { type Command, InvalidArgumentError } from 'commander'
import type { AggregateReport } from '../../../proto/dmarc/aggregate-report.ts'
import type { TlsReport } from '../../../proto/tlsrpt/report.ts'
import { parseDomain } from '../../../proto/mail/domain.ts'
import type { KeptReport } from '../../../core/report/received.ts'
import { LATEST_REPORTS, type ListedReport, receivedReport, receivedReports } from '../../../core/report/sql-received.ts'
import { complain, EXIT, say, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface ReportOptions extends ToolOptions {
  readonly limit?: number
}

const USUAL_LIMIT = 100

/** `merpati report`: what others report about our domains. */
export function addReport(program: Command): void {
  const group = program.command('report').description('what others report about our domains; the addresses that reports come to are in the configuration')
  addKind(group, 'dmarc', 'mail in the name of a domain, and what DMARC made of it (RFC 9990)')
  addKind(group, 'tls', 'how TLS went when others sent mail to a domain (RFC 8460)')
}

function addKind(group: Command, kind: KeptReport['kind'], about: string): void {
  const command = group.command(kind).description(about)
  onData(command.command('list <domain>'))
    .description('list the reports about a domain, the latest first')
    .option('--limit <count>', 'how many', countOf)
    .action((domain: string, options: ReportOptions) =>
      withData(options, async (db) => {
        const asked = { kind, domain: nameOf(domain), organization: '' as const, after: LATEST_REPORTS, limit: options.limit ?? USUAL_LIMIT }
        sayRows((await receivedReports(db, asked)).map(shown), options, `no report about ${domain} has come`)
      }),
    )
  onData(command.command('show <domain> [id]'))
    .description('show one report, the latest when none is named')
    .action((domain: string, id: string | undefined, options: ReportOptions) =>
      withData(options, async (db) => {
        const report = await receivedReport(db, { kind, domain: nameOf(domain), id: id ?? '' })
        if (report === null) return complain(`there is no such report about ${domain}: "merpati report ${kind} list ${domain}" lists them`, EXIT.failed)
        if (options.json === true) return say(JSON.stringify({ ...shown(report), document: report.document }, null, 2))
        sayRows([shown(report)], {}, '')
        say('')
        sayRows('records' in report.document ? recordRows(report.document) : policyRows(report.document), {}, 'nothing')
      }),
    )
}

function shown({ id, reporter, beginMs, endMs, passed, failed, reportId, message }: ListedReport): Readonly<Record<string, unknown>> {
  return { id, from: at(beginMs), to: at(endMs), reporter, passed, failed, reportId, message }
}

function at(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16)
}

function recordRows({ records }: AggregateReport): readonly Readonly<Record<string, unknown>>[] {
  return records.map(({ source, count, disposition, dkim, spf, headerFrom, reasons, signatures, spfCheck }) => ({
    source, messages: count, from: headerFrom, disposition, dkim, spf,
    reason: reasons.map(({ type }) => type).join(' '),
    signed: signatures.map(({ domain, result }) => `${domain}:${result}`).join(' '),
    envelope: spfCheck === null ? '' : `${spfCheck.domain}:${spfCheck.result}`,
  }))
}

function policyRows({ policies }: TlsReport): readonly Readonly<Record<string, unknown>>[] {
  return policies.flatMap(({ type, successful, failures }) => [
    { policy: type, result: 'successful', host: '', sessions: successful },
    ...failures.map(({ result, receivingHost, sessions }) => ({ policy: type, result, host: receivingHost ?? '', sessions })),
  ])
}

function nameOf(domain: string): string {
  return parseDomain(domain) ?? domain.toLowerCase()
}

function countOf(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('want a number from 1 to 999999.')
  return Number(text)
}

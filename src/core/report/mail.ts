import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { AggregateReport } from '../../proto/dmarc/aggregate-report.ts'
import { writeAggregate } from '../../proto/dmarc/aggregate-write.ts'
import type { Address } from '../../proto/mail/address.ts'
import { composeAutomatic } from '../../proto/mail/automatic-mail.ts'
import type { Body } from '../../proto/mail/compose.ts'
import type { TlsReport } from '../../proto/tlsrpt/report.ts'
import { writeTlsReport } from '../../proto/tlsrpt/write.ts'
import type { ReportSender } from './sender.ts'

const gzipAsync = promisify(gzip)

/** A mail that carries a report. */
interface ReportMail {
  readonly sender: ReportSender
  readonly to: readonly Address[]
  readonly subject: string
  readonly id: string
  readonly nowMs: number
  readonly more: readonly (readonly [string, string])[]
  readonly body: Body
}

/** Writes the mail that carries an aggregate report. RFC 9990 §3.5.2. */
export async function dmarcMail(sender: ReportSender, to: readonly Address[], report: AggregateReport, nowMs: number): Promise<Uint8Array> {
  const { policy, id, begin, end } = report
  const about = `This is a report on mail in the name of ${policy.domain} that ${sender.hostname} received, for the owner of that domain (RFC 9990).`
  const file = await packed(`${sender.hostname}!${policy.domain}!${begin}!${end}.xml.gz`, 'application/gzip', writeAggregate(report))
  const parts: readonly Body[] = [{ kind: 'text', subtype: 'plain', text: `${about}\r\n` }, file]
  return written({ sender, to, subject: subjectOf(policy.domain, sender, id), id, nowMs, more: [], body: { kind: 'multipart', subtype: 'mixed', params: [], parts } })
}

/** A report on TLS as it is posted to a web address. RFC 8460 §5.4. */
export async function packedTlsReport(report: TlsReport): Promise<Uint8Array> {
  return await gzipAsync(writeTlsReport(report))
}

/** Writes the mail that carries a report on TLS. RFC 8460 §5.3. */
export async function tlsMail(sender: ReportSender, to: readonly Address[], domain: string, report: TlsReport, nowMs: number): Promise<Uint8Array> {
  const { id, beginMs, endMs } = report
  const about = `This is a report on how TLS went when ${sender.hostname} sent mail to ${domain}, for the owner of that domain (RFC 8460).`
  const name = `${sender.hostname}!${domain}!${beginMs / 1000}!${endMs / 1000}.json.gz`
  const file = await packed(name, 'application/tlsrpt+gzip', writeTlsReport(report))
  const body: Body = { kind: 'multipart', subtype: 'report', params: [['report-type', 'tlsrpt']], parts: [{ kind: 'text', subtype: 'plain', text: `${about}\r\n` }, file] }
  // RFC 8460 §5.3: it is sent even where TLS is what does not work (RFC 8689 §5).
  const more = [['TLS-Report-Domain', domain], ['TLS-Report-Submitter', sender.hostname], ['TLS-Required', 'No']] as const
  return written({ sender, to, subject: subjectOf(domain, sender, id), id, nowMs, more, body })
}

/** RFC 9990 §3.5.2 and RFC 8460 §5.3 want the same words. */
function subjectOf(domain: string, { hostname }: ReportSender, id: string): string {
  return `Report Domain: ${domain} Submitter: ${hostname} Report-ID: <${id}>`
}

async function packed(name: string, mediaType: string, text: string): Promise<Body> {
  return { kind: 'file', file: { name, mediaType, bytes: await gzipAsync(text), contentId: null } }
}

function written({ sender, ...mail }: ReportMail): Uint8Array {
  return composeAutomatic({ ...mail, from: { name: sender.name, address: sender.from }, kind: 'auto-generated', inReplyTo: null })
}

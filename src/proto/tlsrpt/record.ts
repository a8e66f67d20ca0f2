import { reportUris } from '../dmarc/report-uri.ts'
import type { ReportUri } from '../dmarc/report-uri.ts'
import { MAX_PAGES, MAX_RECORD_CHARS } from './limits.ts'

/**
 * Where a domain wants reports on TLS, by the TXT records at `_smtp._tls.<domain>`, the strings of each joined; those that are mail
 * addresses, which everybody must support. Empty when it wants none. RFC 8460 §3.
 */
export function tlsReportTo(records: readonly string[]): readonly ReportUri[] {
  return reportUris(ruaOf(records)).mail
}

/** The same, those that are posted to over HTTPS, the first ones. RFC 8460 §3, §5.4. */
export function tlsReportPages(records: readonly string[]): readonly URL[] {
  const urls = ruaOf(records).split(',').flatMap((text) => (/^https:/i.test(text.trim()) ? (URL.parse(text.trim()) ?? []) : []))
  return urls.filter(({ username, password }) => username === '' && password === '').slice(0, MAX_PAGES)
}

function ruaOf(records: readonly string[]): string {
  // §3: what begins otherwise is left out; then exactly one must be left.
  const own = records.filter((record) => /^v=TLSRPTv1[ \t]*;/.test(record))
  const [record] = own
  if (own.length !== 1 || record === undefined || record.length > MAX_RECORD_CHARS) return ''
  const fields = record.split(';').map((field) => field.trim())
  const rua = fields.find((field) => /^rua[ \t]*=/.test(field))
  return rua === undefined ? '' : rua.slice(rua.indexOf('=') + 1)
}

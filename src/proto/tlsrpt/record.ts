import { reportUris } from '../dmarc/report-uri.ts'
import type { ReportUri } from '../dmarc/report-uri.ts'
import { MAX_RECORD_CHARS } from './limits.ts'

/**
 * Where a domain wants reports on TLS, by the TXT records at `_smtp._tls.<domain>`, the strings of each joined; those that are mail
 * addresses, which everybody must support. Empty when it wants none. RFC 8460 §3.
 */
export function tlsReportTo(records: readonly string[]): readonly ReportUri[] {
  // §3: what begins otherwise is left out; then exactly one must be left.
  const own = records.filter((record) => /^v=TLSRPTv1[ \t]*;/.test(record))
  const [record] = own
  if (own.length !== 1 || record === undefined || record.length > MAX_RECORD_CHARS) return []
  const fields = record.split(';').map((field) => field.trim())
  const rua = fields.find((field) => /^rua[ \t]*=/.test(field))
  return rua === undefined ? [] : reportUris(rua.slice(rua.indexOf('=') + 1)).mail
}

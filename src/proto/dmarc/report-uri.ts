import { parseAddress } from '../mail/address.ts'
import type { Domain } from '../../base/brand.ts'
import { MAX_REPORT_URIS, MAX_URI_CHARS } from './limits.ts'

/** Where reports go: an address of mail, the only kind that is defined. RFC 9990 §3.5.2, §3.5.3. */
export interface ReportUri {
  /** As RCPT takes it. */
  readonly address: string
  readonly domain: Domain
}

/** The addresses of a `rua` or `ruf`. */
export interface ReportUris {
  /** Those that are mail addresses, each once. */
  readonly mail: readonly ReportUri[]
  /** How many were URIs of any kind, up to the limit. */
  readonly count: number
}

// RFC 3986 §2, §3: a scheme, and characters that a URI may have; commas and "!" are encoded here (RFC 9989 §4.8).
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9\-._~:/?#[\]@$&'()*+;=%]*$/
// RFC 7489 had a limit of size behind the address. It means nothing any more.
const OLD_SIZE = /![0-9]{1,20}[kmgt]?$/i

/** Reads a comma-separated list of URIs. */
export function reportUris(text: string): ReportUris {
  const mail = new Map<string, ReportUri>()
  let count = 0
  for (const each of text.split(',', MAX_REPORT_URIS)) {
    const uri = each.trim().replace(OLD_SIZE, '')
    if (uri.length > MAX_URI_CHARS || !URI.test(uri)) continue
    count += 1
    const found = mailOf(uri)
    if (found !== null) mail.set(found.address, found)
  }
  return { mail: [...mail.values()], count }
}

/** Of `mailto:a%2Bb@example.org?subject=x`, the address. */
function mailOf(uri: string): ReportUri | null {
  const [path = ''] = uri.slice(uri.indexOf(':') + 1).split('?', 1)
  if (!/^mailto:/i.test(uri)) return null
  const parsed = parseAddress(decoded(path))
  const domain = parsed.ok ? parsed.value.domain : null
  return parsed.ok && domain !== null ? { address: parsed.value.text, domain } : null
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A percent sign that encodes nothing: then it is no address either.
    return ''
  }
}

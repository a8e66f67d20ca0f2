/** How TLS with a server went, in the words of RFC 8460 §4.3. */
export type TlsResult =
  | 'successful'
  | 'starttls-not-supported'
  | 'certificate-host-mismatch'
  | 'certificate-expired'
  | 'certificate-not-trusted'
  | 'validation-failure'
  | 'dnssec-invalid'
  | 'sts-policy-fetch-error'
  | 'sts-policy-invalid'
  | 'sts-webpki-invalid'

/** What was asked of the server: TLSA records, an MTA-STS policy, or nothing that is published. RFC 8460 §4.2. */
export type PolicyType = 'tlsa' | 'sts' | 'no-policy-found'

/** One session, or one failure to have one, for the daily report to a domain. */
export interface TlsNote {
  /** The recipient's domain. */
  readonly domain: string
  readonly policy: PolicyType
  readonly result: TlsResult
  /** The address of ours that it came from; '' where there was no connection. */
  readonly source: string
  /** The server, and where it was; '' where none was asked. */
  readonly host: string
  readonly address: string
}

/** What a certificate that no root vouches for is called, by OpenSSL's word for its fault. */
export function untrusted(fault: string | null): TlsResult {
  if (fault === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'certificate-host-mismatch'
  return fault === 'CERT_HAS_EXPIRED' ? 'certificate-expired' : 'certificate-not-trusted'
}

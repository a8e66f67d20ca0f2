import type { DmarcPolicy } from './record.ts'

/** What DMARC made of the messages of a row. */
export type Disposition = 'pass' | 'none' | 'quarantine' | 'reject'

/** Why what was done is not what was published. RFC 9990 §3.1.6. Old reports know more types. */
export interface OverrideReason {
  readonly type: string
  readonly comment: string | null
}

/** One DKIM signature, as a verifier saw it. */
export interface ReportedSignature {
  readonly domain: string
  /** Null in old reports that do not say. */
  readonly selector: string | null
  readonly result: string
}

/** Messages from one address that had the same fate for the same reasons. RFC 9990 §3.1.1. */
export interface AggregateRecord {
  readonly source: string
  readonly count: number
  readonly disposition: Disposition
  /** Whether an aligned identifier passed. */
  readonly dkim: 'pass' | 'fail'
  readonly spf: 'pass' | 'fail'
  readonly reasons: readonly OverrideReason[]
  readonly headerFrom: string
  /** Null when not said, '' for the null sender. */
  readonly envelopeFrom: string | null
  readonly envelopeTo: string | null
  readonly signatures: readonly ReportedSignature[]
  /** Null when SPF was not checked. */
  readonly spfCheck: { readonly domain: string; readonly result: string } | null
}

/** What was published while the report was made. */
export interface PublishedPolicy {
  readonly domain: string
  readonly policy: DmarcPolicy
  /** Null where nothing was said. */
  readonly subdomains: DmarcPolicy | null
  readonly nonexistent: DmarcPolicy | null
  readonly dkim: 'r' | 's'
  readonly spf: 'r' | 's'
  readonly failureOptions: string | null
  readonly testing: boolean
  readonly discovery: 'psl' | 'treewalk' | null
}

/** An aggregate report: what one receiver saw of one domain in a time. RFC 9990. */
export interface AggregateReport {
  /** Who reports. */
  readonly organization: string
  readonly email: string
  readonly contact: string | null
  readonly id: string
  /** Seconds since 1970. */
  readonly begin: number
  readonly end: number
  readonly generator: string | null
  readonly errors: readonly string[]
  readonly policy: PublishedPolicy
  readonly records: readonly AggregateRecord[]
}

/** The namespace of RFC 9990 reports. Those of RFC 7489 have none. */
export const DMARC_NAMESPACE = 'urn:ietf:params:xml:ns:dmarc-2.0'

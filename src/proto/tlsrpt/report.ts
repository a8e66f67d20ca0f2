/** What was asked of a domain's servers. RFC 8460 §4.2. */
export type TlsPolicyType = 'tlsa' | 'sts' | 'no-policy-found'

/** A kind of failure, how often, and between whom. Null for what is not said. RFC 8460 §4.4. */
export interface TlsFailure {
  /** The words of RFC 8460 §4.3; reports of others may have more. */
  readonly result: string
  readonly sendingAddress: string | null
  readonly receivingHost: string | null
  readonly receivingAddress: string | null
  readonly sessions: number
  readonly reason: string | null
}

/** How TLS went under one policy. */
export interface TlsPolicyReport {
  readonly type: TlsPolicyType
  /** The lines of the policy, as published. */
  readonly lines: readonly string[]
  readonly domain: string
  /** Patterns of MTA-STS. */
  readonly hosts: readonly string[]
  readonly successful: number
  readonly failed: number
  readonly failures: readonly TlsFailure[]
}

/** A report: how one sender's TLS with a domain went in a time. RFC 8460 §4. */
export interface TlsReport {
  readonly organization: string
  readonly contact: string
  readonly id: string
  readonly beginMs: number
  readonly endMs: number
  readonly policies: readonly TlsPolicyReport[]
}

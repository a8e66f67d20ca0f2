import type { Answer, Tlsa } from '../../../base/dns.ts'
import type { StsPolicy } from '../../../proto/mtasts/policy.ts'

/** Who may say something about TLS to a server. */
export interface TlsPolicies {
  /** What DANE asks; null while nobody can prove answers: then there is no DANE. */
  readonly dane: () => DaneNames | null
  /** The policy that a domain has published; null when it has none that is known. */
  readonly sts: (domain: string, signal: AbortSignal) => Promise<StsPolicy | null>
  /** What the operator wants for a domain; null for nothing. */
  readonly operator: (domain: string) => OperatorTls | null
}

/** What DANE asks of DNS, beside addresses. */
export interface DaneNames {
  readonly tlsa: (name: string, signal: AbortSignal) => Promise<Answer<Tlsa>>
  /** The alias itself, not followed: one record, or none. */
  readonly alias: (name: string, signal: AbortSignal) => Promise<Answer<string>>
}

/** `require`: TLS with any certificate; `require+verify`: with one that a root vouches for; `disable`: none; `opportunistic`: whatever there is. */
export type OperatorTls = 'require' | 'require+verify' | 'disable' | 'opportunistic'

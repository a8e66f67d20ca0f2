import type { Answer, Tlsa } from '../../../base/dns.ts'
import type { StsPolicy } from '../../../proto/mtasts/policy.ts'

/** Who may say something about TLS to a server. */
export interface TlsPolicies {
  /** Asks for TLSA records; null while nobody can prove them: then there is no DANE. */
  readonly tlsa: () => ((name: string, signal: AbortSignal) => Promise<Answer<Tlsa>>) | null
  /** The policy that a domain has published; null when it has none that is known. */
  readonly sts: (domain: string, signal: AbortSignal) => Promise<StsPolicy | null>
  /** What the operator wants for a domain; null for nothing. */
  readonly operator: (domain: string) => OperatorTls | null
}

/** `require`: TLS with any certificate; `require+verify`: with one that a root vouches for; `disable`: none; `opportunistic`: whatever there is. */
export type OperatorTls = 'require' | 'require+verify' | 'disable' | 'opportunistic'

import type { PeerCertificate } from '../../base/wire.ts'

/**
 * What TLS a server must give before it gets mail. `may`: any or none (RFC 7435); `encrypt`: any, whatever its certificate; `verify`: with a
 * certificate that a trusted root vouches for; `none`: none is asked for.
 */
export interface TlsRule {
  readonly need: 'none' | 'may' | 'encrypt' | 'verify'
  /** Who says so, for the trace: `opportunistic`, `relay`, `requiretls`. */
  readonly by: string
}

/** What holds when nobody says anything. */
export const OPPORTUNISTIC: TlsRule = { need: 'may', by: 'opportunistic' }

/** Why a certificate does not do under a rule; null when it does. */
export function certificateFault({ need }: TlsRule, certificate: PeerCertificate | null): string | null {
  if (need !== 'verify') return null
  if (certificate === null) return 'it showed no certificate'
  return certificate.trusted ? null : `its certificate is not trusted (${certificate.fault ?? 'unknown'})`
}

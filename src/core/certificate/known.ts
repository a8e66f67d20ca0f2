import { X509Certificate } from 'node:crypto'

/** A certificate that TLS serves with, or is to; `chain` is null when there is none yet. */
export interface KnownCertificate {
  readonly name: string
  readonly source: 'file' | 'acme'
  readonly names: readonly string[]
  readonly chain: string | null
  readonly error: string | null
  /** When the authority is asked again after a failure. */
  readonly nextMs: number | null
  /** Somebody wants a new one. */
  readonly asked: boolean
}

/** How it stands with one, in a word. */
export type CertificateState = 'asked' | 'failing' | 'waiting' | 'expired' | 'good'

/** What stands in a certificate. */
export interface CertificateDetails {
  readonly fromMs: number
  readonly untilMs: number
  readonly issuer: string
  readonly serial: string
  readonly sha256: string
}

/** How it stands with a certificate, and what stands in it; null while there is none. */
export function aboutCertificate({ chain, error, asked }: KnownCertificate, nowMs: number): { readonly state: CertificateState; readonly details: CertificateDetails | null } {
  const details = chain === null ? null : detailsOf(new X509Certificate(chain))
  return { state: stateOf(details, error, asked, nowMs), details }
}

function detailsOf({ issuer, serialNumber, fingerprint256, validFrom, validTo }: X509Certificate): CertificateDetails {
  return { fromMs: Date.parse(validFrom), untilMs: Date.parse(validTo), issuer: issuer.replaceAll('\n', ', '), serial: serialNumber, sha256: fingerprint256 }
}

function stateOf(details: CertificateDetails | null, error: string | null, asked: boolean, nowMs: number): CertificateState {
  if (asked) return 'asked'
  if (error !== null) return 'failing'
  if (details === null) return 'waiting'
  return details.untilMs <= nowMs ? 'expired' : 'good'
}

import { createHash, X509Certificate } from 'node:crypto'
import type { Tlsa } from '../../base/dns.ts'
import { MAX_CHAIN } from './limits.ts'

/** What a server showed, and what it is held to. */
export interface DaneCheck {
  /** From `usableTlsa`. */
  readonly records: readonly Tlsa[]
  /** DER, the server's own first, each followed by its issuer. */
  readonly chain: readonly Uint8Array[]
  /** Names of which the certificate must have one, for DANE-TA: the host, and the domain that the mail is for. RFC 7672 §3.2.2. */
  readonly names: readonly string[]
  readonly nowMs: number
}

/** Why a chain does not match, for the trace and for reports. */
export interface DaneFault {
  /** A result type of RFC 8460 §4.3. */
  readonly type: 'certificate-expired' | 'certificate-host-mismatch' | 'validation-failure'
  readonly text: string
}

/** Whether any record accepts the chain; null when one does. RFC 7672 §3. Never throws for what a server shows. */
export function daneFault({ records, chain, names, nowMs }: DaneCheck): DaneFault | null {
  const certificates = chain.slice(0, MAX_CHAIN).map(read)
  const [own] = certificates
  if (own === undefined || own === null) return { type: 'validation-failure', text: 'it showed no certificate that can be read' }
  // RFC 7672 §3.1.1: for DANE-EE(3) neither names nor dates count.
  if (records.some((record) => record.usage === 3 && matches(record, own))) return null
  let fault: DaneFault = { type: 'validation-failure', text: 'no TLSA record matches its certificate' }
  for (const record of records) {
    if (record.usage !== 2) continue
    const at = certificates.findIndex((certificate, index) => index > 0 && certificate !== null && matches(record, certificate))
    if (at === -1) continue
    const found = anchoredFault(certificates.slice(0, at + 1), names, nowMs)
    if (found === null) return null
    fault = found
  }
  return fault
}

/** Whether a chain holds, up to its last certificate, which is trusted. RFC 7672 §3.1.2, RFC 5280 §6. */
function anchoredFault(path: readonly (X509Certificate | null)[], names: readonly string[], nowMs: number): DaneFault | null {
  for (const [index, certificate] of path.entries()) {
    if (certificate === null) return { type: 'validation-failure', text: 'a certificate of its chain cannot be read' }
    if (nowMs < Date.parse(certificate.validFrom) || nowMs > Date.parse(certificate.validTo)) return { type: 'certificate-expired', text: 'a certificate of its chain is not valid now' }
    if (index > 0 && !certificate.ca) return { type: 'validation-failure', text: 'a certificate of its chain may not issue others' }
    const issuer = path[index + 1]
    if (issuer !== undefined && (issuer === null || !isIssuedBy(certificate, issuer))) return { type: 'validation-failure', text: 'its chain of certificates is broken' }
  }
  const own = path[0]
  if (own !== null && own !== undefined && names.some((name) => own.checkHost(name, { partialWildcards: false }) !== undefined)) return null
  return { type: 'certificate-host-mismatch', text: `its certificate does not name ${names.join(' or ')}` }
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
  } catch {
    return false // OpenSSL throws for keys that it does not know; those prove nothing.
  }
}

/** RFC 6698 §2.1.2, §2.1.3. */
function matches({ selector, matchingType, data }: Tlsa, certificate: X509Certificate): boolean {
  const selected = selector === 0 ? certificate.raw : keyOf(certificate)
  if (selected === null) return false
  if (matchingType === 0) return selected.equals(data)
  return createHash(matchingType === 1 ? 'sha256' : 'sha512').update(selected).digest().equals(data)
}

function keyOf(certificate: X509Certificate): Buffer | null {
  try {
    return certificate.publicKey.export({ type: 'spki', format: 'der' })
  } catch {
    return null // A kind of key that OpenSSL does not know.
  }
}

function read(der: Uint8Array): X509Certificate | null {
  try {
    return new X509Certificate(der)
  } catch {
    return null // A stranger's bytes: the constructor has no other way to say that they are no certificate.
  }
}

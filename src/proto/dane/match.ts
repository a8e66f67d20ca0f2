import { createHash, X509Certificate } from 'node:crypto'
import type { Tlsa } from '../../base/dns.ts'
import { constraintsOf } from './constraints.ts'
import { MAX_CHAIN } from './limits.ts'
import { alternativeNames, namesAreAllowed } from './names.ts'

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
    const path = record.usage === 2 ? pathTo(record, certificates) : null
    if (path === null) continue
    const found = anchoredFault(path, names, nowMs)
    if (found === null) return null
    fault = found
  }
  return fault
}

/** The chain up to the certificate that a record means; null when it is not there. */
function pathTo(record: Tlsa, certificates: readonly (X509Certificate | null)[]): readonly (X509Certificate | null)[] | null {
  const at = certificates.findIndex((certificate, index) => index > 0 && certificate !== null && matches(record, certificate))
  if (at !== -1) return certificates.slice(0, at + 1)
  // RFC 7671 §5.2.2: a record that holds the whole certificate may stand in for one that the server does not show.
  const anchor = record.selector === 0 && record.matchingType === 0 ? read(record.data) : null
  const top = anchor === null ? -1 : certificates.findIndex((certificate) => certificate !== null && isIssuedBy(certificate, anchor))
  return top === -1 ? null : [...certificates.slice(0, top + 1), anchor]
}

/** Whether a chain holds, up to its last certificate, which is trusted. RFC 7672 §3.1.2, RFC 5280 §6. */
function anchoredFault(path: readonly (X509Certificate | null)[], names: readonly string[], nowMs: number): DaneFault | null {
  const [own] = path
  const all = alternativeNames(own?.subjectAltName)
  /** Issuers between the one looked at and the server, without those that only issued themselves. RFC 5280 §4.2.1.9. */
  let between = 0
  for (const [index, certificate] of path.entries()) {
    if (certificate === null) return { type: 'validation-failure', text: 'a certificate of its chain cannot be read' }
    if (nowMs < Date.parse(certificate.validFrom) || nowMs > Date.parse(certificate.validTo)) return { type: 'certificate-expired', text: 'a certificate of its chain is not valid now' }
    // The extended uses: Node's name for them is short. RFC 5280 §4.2.1.12.
    if (!isForServers(certificate)) return { type: 'validation-failure', text: 'a certificate of its chain is not for servers' }
    const constraints = constraintsOf(certificate.raw)
    if (constraints === null || constraints.hasUnknown) return { type: 'validation-failure', text: 'a certificate of its chain says what we do not understand' }
    if (index > 0) {
      if (!certificate.ca) return { type: 'validation-failure', text: 'a certificate of its chain may not issue others' }
      if (constraints.pathLength !== null && between > constraints.pathLength) return { type: 'validation-failure', text: 'its chain of certificates is longer than an issuer of it allows' }
      if (!namesAreAllowed(all, constraints)) return { type: 'validation-failure', text: 'an issuer in its chain may not vouch for its names' }
      if (certificate.subject !== certificate.issuer) between += 1
    }
    const issuer = path[index + 1]
    if (issuer !== undefined && (issuer === null || !isIssuedBy(certificate, issuer))) return { type: 'validation-failure', text: 'its chain of certificates is broken' }
  }
  if (own !== null && own !== undefined && names.some((name) => own.checkHost(name, { partialWildcards: false }) !== undefined)) return null
  return { type: 'certificate-host-mismatch', text: `its certificate does not name ${names.join(' or ')}` }
}

/** serverAuth, or any use; without the extension it is for all of them. */
function isForServers({ keyUsage }: X509Certificate): boolean {
  // Node types it as always there; it is undefined without the extension.
  const uses = keyUsage as readonly string[] | undefined
  return uses === undefined || uses.includes('1.3.6.1.5.5.7.3.1') || uses.includes('2.5.29.37.0')
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

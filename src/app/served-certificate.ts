import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { getCACertificates } from 'node:tls'
import { storedCertificates } from '../core/certificate/sql.ts'
import type { OurCertificate } from '../core/domain/house.ts'
import type { Database } from '../infra/db/database.ts'
import { namesIn } from '../infra/net/tls.ts'
import { mxMatches } from '../proto/mtasts/policy.ts'
import type { CertificateFiles, Config } from './config/config.ts'

/**
 * The certificate that senders are shown when they ask for our host name: of `[tls]`, else of a `[[certificate]]` for that name, else what the authority of `[acme]`
 * made for it last. Null when there is none that can be read.
 */
export async function servedCertificate(config: Config, db: Database): Promise<OurCertificate | null> {
  const { tls, certificates, hostname, acme } = config
  const filed = (tls === null ? certificates.filter((files) => isFor(files, hostname)) : [tls]).flatMap(({ certificate }) => readPem(certificate))
  const [first] = filed
  if (first !== undefined) return ourCertificate(first, true)
  if (tls !== null || acme === null) return null
  const issued = (await storedCertificates(db)).filter(({ names }) => names.some((name) => mxMatches(name, hostname))).toSorted((a, b) => b.issuedMs - a.issuedMs)
  return issued.length === 0 ? null : ourCertificate(issued[0]?.chain ?? '', false)
}

function isFor({ names, certificate }: CertificateFiles, hostname: string): boolean {
  const told = names ?? readPem(certificate).flatMap((pem) => ourCertificate(pem, true)?.names ?? [])
  return told.some((name) => mxMatches(name, hostname))
}

/** The text of a file; nothing when it cannot be read: then the server did not start with it either. */
function readPem(path: string): readonly string[] {
  try {
    return [readFileSync(path, 'utf8')]
  } catch {
    return []
  }
}

/** Null for a text that holds no certificate. */
function ourCertificate(pem: string, isKeyKept: boolean): OurCertificate | null {
  try {
    const chain = (pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []).map((each) => new X509Certificate(each))
    const [own] = chain
    if (own === undefined) return null
    const names = namesIn(pem).map((name) => name.toLowerCase())
    const keyDigest = createHash('sha256').update(own.publicKey.export({ type: 'spki', format: 'der' })).digest('hex')
    return { chain: chain.map(({ raw }) => raw), names, keyDigest, isKeyKept, untilMs: Date.parse(own.validTo), trusted: isTrusted(chain) }
  } catch {
    return null
  }
}

/** Does an authority that this machine trusts vouch for the chain? What NODE_EXTRA_CA_CERTS adds counts, as it does for the TLS that we speak. */
function isTrusted(chain: readonly X509Certificate[]): boolean {
  const last = chain.findLast((certificate, at) => at === 0 || (chain[at - 1]?.checkIssued(certificate) === true && chain[at - 1]?.verify(certificate.publicKey) === true))
  if (last === undefined) return false
  return getCACertificates('default').some((pem) => {
    const root = new X509Certificate(pem)
    return root.raw.equals(last.raw) || (last.checkIssued(root) && last.verify(root.publicKey))
  })
}

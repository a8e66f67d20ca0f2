import { type Tries, UNTRIED } from '../../core/certificate/certificate.ts'
import { type StoredCertificate, storedCertificates, triesByName } from '../../core/certificate/sql.ts'
import type { KnownCertificate } from '../../core/certificate/known.ts'
import type { Database } from '../../infra/db/database.ts'
import { namesIn } from '../../infra/net/tls.ts'
import type { CertificateFiles, Config } from '../config/config.ts'
import { WatchedFiles } from './files.ts'

/** Those in files first, as they are served; then those of an authority, those that are still to come too. */
export async function allKnown(db: Database, config: Config): Promise<readonly KnownCertificate[]> {
  const { tls, certificates, acme } = config
  const files = [...(tls === null ? [] : [{ ...tls, names: null, setting: 'tls' }]), ...certificates].map(inFiles)
  if (acme === null) return files
  const tries = await triesByName(db)
  const stored = new Map((await storedCertificates(db)).map((certificate) => [certificate.name, certificate]))
  const [own] = acme.names
  const names = new Set([...(own === undefined ? [] : [own]), ...stored.keys(), ...tries.keys()])
  return [...files, ...[...names].map((name) => fromAuthority(name, name === own ? acme.names : [], stored.get(name), tries.get(name) ?? UNTRIED))]
}

function inFiles(files: CertificateFiles): KnownCertificate {
  const opened = WatchedFiles.open(files)
  const rest = { source: 'file', nextMs: null, asked: false } as const
  if (!opened.ok) return { ...rest, name: files.names?.[0] ?? files.certificate, names: files.names ?? [], chain: null, error: opened.error }
  const { name, cert, names } = opened.value.current
  return { ...rest, name, names: names ?? namesIn(cert), chain: cert, error: null }
}

function fromAuthority(name: string, wanted: readonly string[], stored: StoredCertificate | undefined, { error, nextMs, askedMs }: Tries): KnownCertificate {
  return { name, source: 'acme', names: stored?.names ?? wanted, chain: stored?.chain ?? null, error, nextMs: error === null ? null : nextMs, asked: askedMs !== null && nextMs === 0 }
}

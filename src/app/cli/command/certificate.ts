import { X509Certificate } from 'node:crypto'
import type { Command } from 'commander'
import { type Tries, UNTRIED } from '../../../core/certificate/certificate.ts'
import { askForCertificate, type StoredCertificate, storedCertificates, triesByName } from '../../../core/certificate/sql.ts'
import type { Database } from '../../../infra/db/database.ts'
import { namesIn } from '../../../infra/net/tls.ts'
import { WatchedFiles } from '../../certificate/files.ts'
import type { CertificateFiles, Config } from '../../config/config.ts'
import { complain, EXIT, say, sayOne, sayRow, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

/** A certificate as it is shown; `chain` is null when there is none yet. */
interface Known {
  readonly name: string
  readonly source: 'file' | 'acme'
  readonly names: readonly string[]
  readonly chain: string | null
  readonly error: string | null
  readonly nextMs: number | null
  readonly asked: boolean
}

interface RenewOptions extends ToolOptions {
  readonly all?: true
}

interface ShowOptions extends ToolOptions {
  readonly pem?: true
}

/** `merpati certificate`: what TLS serves with, and asking an authority for a new one. */
export function addCertificate(program: Command): void {
  const group = program.command('certificate').description('certificates of TLS: from files, and from an authority by ACME')
  onData(group.command('list'))
    .description('list the certificates, with when they end and what went wrong')
    .action((options: ToolOptions) => withData(options, async (db, config) => sayRows((await allKnown(db, config)).map(rowOf), options, 'no certificates: [tls] names one, [acme] gets some')))
  onData(group.command('show <name>'))
    .description('show a certificate with what stands in it')
    .option('--pem', 'print the chain instead')
    .action((name: string, options: ShowOptions) =>
      withData(options, async (db, config) => {
        const found = (await allKnown(db, config)).find((known) => known.name === name)
        if (found === undefined) return complain(`there is no certificate ${name}: "merpati certificate list" shows them`, EXIT.failed)
        if (options.pem !== true) return sayRow({ ...rowOf(found), ...detailsOf(found.chain) }, options)
        if (found.chain === null) return complain(`there is no certificate for ${name} yet`, EXIT.failed)
        say(found.chain.trimEnd())
      }),
    )
  onData(group.command('renew [name]'))
    .description('ask the authority for a new certificate; a running server does it within seconds')
    .option('--all', 'all that come from an authority')
    .action((name: string | undefined, options: RenewOptions) => withData(options, (db, config) => renew(db, config, name, options)))
}

async function renew(db: Database, config: Config, name: string | undefined, options: RenewOptions): Promise<void> {
  if (config.acme === null) return complain('no authority is configured: [acme] of the configuration says which')
  if ((name === undefined) === (options.all === undefined)) return complain('say which certificate, or --all')
  const names = (await allKnown(db, config)).filter(({ source }) => source === 'acme').map((known) => known.name)
  if (name !== undefined && !names.includes(name)) return complain(`no authority makes a certificate ${name} for us: "merpati certificate list" shows those that are`, EXIT.failed)
  const asked = name === undefined ? names : [name]
  for (const each of asked) await db.write(askForCertificate, { name: each, nowMs: Date.now() })
  sayOne({ asked }, `asked for: ${asked.join(', ')}`, options)
}

/** Those in files first, as they are served; then those of an authority, those that are still to come too. */
async function allKnown(db: Database, config: Config): Promise<readonly Known[]> {
  const { tls, certificates, acme } = config
  const files = [...(tls === null ? [] : [{ ...tls, names: null, setting: 'tls' }]), ...certificates].map(inFiles)
  if (acme === null) return files
  const tries = await triesByName(db)
  const stored = new Map((await storedCertificates(db)).map((certificate) => [certificate.name, certificate]))
  const [own] = acme.names
  const names = new Set([...(own === undefined ? [] : [own]), ...stored.keys(), ...tries.keys()])
  return [...files, ...[...names].map((name) => fromAuthority(name, name === own ? acme.names : [], stored.get(name), tries.get(name) ?? UNTRIED))]
}

function inFiles(files: CertificateFiles): Known {
  const opened = WatchedFiles.open(files)
  const rest = { source: 'file', nextMs: null, asked: false } as const
  if (!opened.ok) return { ...rest, name: files.names?.[0] ?? files.certificate, names: files.names ?? [], chain: null, error: opened.error }
  const { name, cert, names } = opened.value.current
  return { ...rest, name, names: names ?? namesIn(cert), chain: cert, error: null }
}

function fromAuthority(name: string, wanted: readonly string[], stored: StoredCertificate | undefined, { error, nextMs, askedMs }: Tries): Known {
  return { name, source: 'acme', names: stored?.names ?? wanted, chain: stored?.chain ?? null, error, nextMs: error === null ? null : nextMs, asked: askedMs !== null && nextMs === 0 }
}

function rowOf({ name, source, names, chain, error, nextMs, asked }: Known): Readonly<Record<string, unknown>> {
  const certificate = chain === null ? null : new X509Certificate(chain)
  return {
    name,
    source,
    names,
    expires: certificate === null ? null : new Date(certificate.validTo).toISOString(),
    state: stateOf(certificate, error, asked),
    next: nextMs === null ? null : new Date(nextMs).toISOString(),
    error,
  }
}

function stateOf(certificate: X509Certificate | null, error: string | null, asked: boolean): string {
  if (asked) return 'asked'
  if (error !== null) return 'failing'
  if (certificate === null) return 'waiting'
  return Date.parse(certificate.validTo) <= Date.now() ? 'expired' : 'good'
}

function detailsOf(chain: string | null): Readonly<Record<string, unknown>> {
  if (chain === null) return {}
  const { issuer, serialNumber, fingerprint256, validFrom } = new X509Certificate(chain)
  return { from: new Date(validFrom).toISOString(), issuer: issuer.replaceAll('\n', ', '), serial: serialNumber, sha256: fingerprint256 }
}

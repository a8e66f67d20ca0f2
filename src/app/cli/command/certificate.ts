import type { Command } from 'commander'
import { isoTime } from '../../../base/iso-time.ts'
import { aboutCertificate, type KnownCertificate } from '../../../core/certificate/known.ts'
import { askForCertificate } from '../../../core/certificate/sql.ts'
import type { Database } from '../../../infra/db/database.ts'
import { allKnown } from '../../certificate/known.ts'
import type { Config } from '../../config/config.ts'
import { complain, EXIT, say, sayOne, sayRow, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

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
        if (options.pem !== true) return sayRow({ ...rowOf(found), ...detailsOf(found) }, options)
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

function rowOf(known: KnownCertificate): Readonly<Record<string, unknown>> {
  const { name, source, names, nextMs, error } = known
  const { state, details } = aboutCertificate(known, Date.now())
  return { name, source, names, expires: isoTime(details?.untilMs ?? null), state, next: isoTime(nextMs), error }
}

function detailsOf(known: KnownCertificate): Readonly<Record<string, unknown>> {
  const { details } = aboutCertificate(known, Date.now())
  if (details === null) return {}
  const { fromMs, issuer, serial, sha256 } = details
  return { from: isoTime(fromMs), issuer, serial, sha256 }
}

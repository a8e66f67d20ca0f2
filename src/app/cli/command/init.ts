import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { Domain, OrganizationId } from '../../../base/brand.ts'
import { makeId } from '../../../base/ids.ts'
import { fail, ok, type Result } from '../../../base/result.ts'
import { makeDkimKeys } from '../../../core/domain/dkim.ts'
import { createDomain } from '../../../core/domain/sql.ts'
import { addDkimKeys } from '../../../core/domain/sql-dkim.ts'
import { newAccount } from '../../../core/mailbox/sql-new-account.ts'
import { createOrganization, organizationsAfter } from '../../../core/organization/sql.ts'
import type { Database } from '../../../infra/db/database.ts'
import { parseAddress } from '../../../proto/mail/address.ts'
import { parseDomain } from '../../../proto/mail/domain.ts'
import { prepare } from '../../../proto/sasl/prepare.ts'
import type { Config } from '../../config/config.ts'
import { readConfig } from '../../config/file.ts'
import { sampleConfig } from '../../config/sample.ts'
import type { HostFinding } from '../../host/finding.ts'
import { openForTool } from '../../database.ts'
import { lockDataDir } from '../../lock.ts'
import { tryToMigrate } from '../../try-to-migrate.ts'
import { sayRefusal } from '../account-refusal.ts'
import { hostPage, lookAtHost, type LookAt, lookOf, type LookOptions, onHost } from '../host-report.ts'
import { complain, EXIT, type Said, sayOne } from '../say.ts'
import { readSecret } from '../secret.ts'

interface InitOptions extends Said, LookOptions {
  readonly config: string
  readonly data: string
  readonly hostname: string
  readonly domain: string
  readonly admin?: string
  readonly organization?: string
  readonly certificate?: string
  readonly key?: string
  /** False with `--no-check`. */
  readonly check: boolean
}

/** Whoever sets a server up waits for this look: what has not answered by then is told as unknown. */
const LOOK_WITHIN_MS = 20_000

/** `merpati init`: a configuration to change, and the first organization, domain and administrator. */
export function addInit(program: Command): void {
  onHost(program.command('init'))
    .description('write merpati.toml and make the first organization, domain and administrator; the password is the first line of standard input')
    .requiredOption('--hostname <name>', 'the name of this server, such as mx.example.org')
    .requiredOption('--domain <domain>', 'the first domain to receive mail for')
    .option('--admin <address>', 'the administrator (postmaster@ the domain)')
    .option('--organization <name>', 'who owns the domain (the domain)')
    .option('--certificate <file>', 'the certificate chain, PEM')
    .option('--key <file>', 'its private key, PEM')
    .option('--config <file>', 'the file to write', 'merpati.toml')
    .option('--data <folder>', 'where mail is to be kept, relative to the file', 'data')
    .option('--no-check', 'do not look at this machine and at how the world sees it, as "merpati host check" does')
    .option('--json', 'answer in JSON')
    .action(async (options: InitOptions) => {
      const domain = parseDomain(options.domain)
      if (domain === null) return complain(`--domain: want a domain such as "example.org", got "${options.domain}"`)
      if ((options.certificate === undefined) !== (options.key === undefined)) return complain('--certificate and --key belong together')
      if (existsSync(options.config)) return complain(`${options.config} is there already: change it, or name another with --config`, EXIT.failed)
      const config = writeConfig(options)
      if (!config.ok) return complain(config.error)
      const look = lookOf(options, config.value)
      const made = look.ok ? await firstPeople(config.value, options, domain) : look
      if (!made.ok) {
        rmSync(options.config) // Nothing half done: it can be tried again.
        return complain(made.error, EXIT.failed)
      }
      const todo = options.certificate === undefined ? 'It has no certificate yet: [tls] names one, [acme] gets one. ' : ''
      const findings = options.check && look.ok ? await lookedAt(config.value, look.value) : null
      const sentence = `${options.config} written; ${domain} and ${made.value} made. ${todo}Then: merpati serve --config ${options.config}`
      sayOne({ config: options.config, data: config.value.dataDir, domain, admin: made.value, ...(findings === null ? {} : { findings }) }, [sentence, ...pageOf(findings, options)].join('\n'), options)
    })
}

/** What is to be known of this machine before anybody relies on it. It tells, and stops nothing: without a network all of it is unknown. */
async function lookedAt(config: Config, look: LookAt): Promise<readonly HostFinding[]> {
  await using db = await openForTool(config)
  return await lookAtHost(db, look, AbortSignal.timeout(LOOK_WITHIN_MS))
}

function pageOf(findings: readonly HostFinding[] | null, { locale, config }: InitOptions): readonly string[] {
  return findings === null ? [] : ['', hostPage(findings, locale), '', `Look again at any time: merpati host check --config ${config}`]
}

function writeConfig({ config, hostname, data, certificate, key }: InitOptions): Result<Config, string> {
  const tls = certificate === undefined || key === undefined ? null : { certificate, key }
  writeFileSync(config, sampleConfig({ hostname, data, tls }), { flag: 'wx', mode: 0o640 })
  const read = readConfig(config)
  if (!read.ok) rmSync(config)
  return read
}

async function firstPeople(config: Config, options: InitOptions, domain: Domain): Promise<Result<string, string>> {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o750 })
  const lock = lockDataDir(config.dataDir)
  if (!lock.ok) return lock
  try {
    const migrated = await tryToMigrate(config)
    if (!migrated.ok) return migrated
    await using db = await openForTool(config)
    return await make(db, options, domain)
  } finally {
    lock.value.release()
  }
}

async function make(db: Database, options: InitOptions, domain: Domain): Promise<Result<string, string>> {
  if ((await organizationsAfter(db, '')).length > 0) return fail('the data has organizations already: "merpati organization list" shows them')
  const address = options.admin ?? `postmaster@${domain}`
  const password = await readSecret()
  if (password === '') return fail('give the password of the administrator as the first line of standard input')
  if (prepare(password) === null) return fail('the password has characters that cannot be typed everywhere')
  const parsed = parseAddress(address)
  if (!parsed.ok || parsed.value.domain !== domain) return fail(`--admin: want an address of ${domain}, got "${address}"`)
  const nowMs = Date.now()
  const organization = makeId('o', nowMs) as OrganizationId
  await db.write(createOrganization, { id: organization, name: options.organization ?? domain, locale: 'en', nowMs })
  await db.write(createDomain, { id: makeId('d', nowMs), name: domain, organization, subaddress: '+', aliasOf: null, nowMs })
  await db.write(addDkimKeys, { organization, domain, keys: await makeDkimKeys(nowMs, nowMs) })
  const made = await newAccount(db, { organization, address, name: address, role: 'admin', locale: 'en', quotaBytes: null, password, nowMs })
  return made.ok ? ok(address) : fail(sayRefusal(made.error, address))
}

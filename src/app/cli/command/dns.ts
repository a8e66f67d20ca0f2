import { type Command, Option } from 'commander'
import { silentLog } from '../../../base/log.ts'
import type { DomainCheck } from '../../../core/domain/check/check-domain.ts'
import type { Finding, State } from '../../../core/domain/check/finding.ts'
import type { HostedDomain } from '../../../core/domain/domain.ts'
import { domainNamed } from '../../../core/domain/sql.ts'
import { type WantedRecord, wantedRecords } from '../../../core/domain/wanted-records.ts'
import { zoneFile, zoneLine } from '../../../core/domain/zone-file.ts'
import { heldFor } from '../../../core/standing/sql-domain-hold.ts'
import type { Database } from '../../../infra/db/database.ts'
import { parseDomain } from '../../../proto/mail/domain.ts'
import type { Config } from '../../config/config.ts'
import { noteAsked } from '../../asked-check.ts'
import { withResolver } from '../../config/with-resolver.ts'
import { DomainChecker, subjectOf } from '../../domain-check.ts'
import { complain, EXIT, say, sayRows } from '../say.ts'
import { SIGNS } from '../signs.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface DnsOptions extends ToolOptions {
  readonly zone?: true
  readonly live?: true
  readonly resolver?: string
  readonly locale: 'en' | 'id'
}

/** `merpati dns`: what a domain should publish, and what it does. */
export function addDns(program: Command): void {
  const group = program.command('dns').description('what a domain should publish in DNS, and whether it does')
  onData(group.command('records <domain>'))
    .description('list the records that belong in DNS')
    .option('--zone', 'as a zone file, to copy')
    .action((name: string, options: DnsOptions) => withData(options, async (db, config) => await records(db, config, name, options)))
  onData(group.command('check <domain>'))
    .description('compare them with what DNS says, and tell what to mend; ends with 1 when a check fails')
    .option('--zone', 'print only the records that would mend it, as a zone file')
    .option('--live', 'make a test mail too, sign it as it would leave, and judge whether SPF and DKIM are aligned; nobody gets it')
    .option('--resolver <host:port>', 'the DNS server to ask, instead of the one of the configuration')
    .addOption(new Option('--locale <language>', 'the language of the advice').choices(['en', 'id']).default('en'))
    .action((name: string, options: DnsOptions) => withData(options, async (db, config) => await check(db, config, name, options)))
}

async function records(db: Database, config: Config, text: string, options: DnsOptions): Promise<void> {
  const domain = await hosted(db, text)
  if (domain === null) return
  const wanted = wantedRecords(await subjectOf({ config, db }, domain))
  if (options.json === true) return say(JSON.stringify(wanted.map(withLine), null, 2))
  if (options.zone === true) return say(zoneFile(wanted).trimEnd())
  sayRows(wanted.map(({ need, name, type, value, remark }) => ({ need, name, type, remark, value })), options, 'nothing')
}

async function hosted(db: Database, text: string): Promise<HostedDomain | null> {
  const name = parseDomain(text)
  const domain = name === null ? null : await domainNamed(db, name)
  if (name === null) complain(`${text} is no domain name`)
  else if (domain === null) complain(`we do not receive for ${name}`, EXIT.failed)
  return domain
}

async function check(db: Database, config: Config, text: string, options: DnsOptions): Promise<void> {
  const asked = withResolver(config, options.resolver)
  if (asked === null) return complain(`--resolver: want an IP address and a port such as "127.0.0.1:53", got "${options.resolver ?? ''}"`)
  const domain = await hosted(db, text)
  if (domain === null) return
  const { signal } = new AbortController() // The checks have a deadline of their own; Ctrl-C ends the process.
  using checker = await DomainChecker.open({ config: asked, db, log: silentLog }, signal)
  const checked = options.live === true ? await checker.checkLive(domain, signal) : await checker.check(domain, signal)
  await noteAsked(db, asked, domain, checked)
  const held = await heldFor(db, { organization: domain.organization, domain: domain.name })
  if (checked.kind === 'fail') process.exitCode = EXIT.failed
  if (options.json === true) return say(JSON.stringify({ domain: domain.name, ...checked, bulkHeld: held, findings: checked.findings.map((finding) => ({ ...finding, records: finding.records.map(withLine) })) }, null, 2))
  if (options.zone === true) return say(zoneFile(eachOnce(checked.findings.flatMap((finding) => finding.records))).trimEnd())
  say([pageOf(domain, checked, options.locale), ...(held === null ? [] : [`What goes to many from it waits: ${held}`])].join('\n'))
}

function withLine(record: WantedRecord): WantedRecord & { readonly line: string } {
  return { ...record, line: zoneLine(record) }
}

/** Several checks may want the same record; a zone file has it once, beside others of its zone. */
function eachOnce(all: readonly WantedRecord[]): readonly WantedRecord[] {
  const byLine = new Map(all.map((record) => [zoneLine(record), record] as const))
  return [...byLine.values()].toSorted((a, b) => ZONES.indexOf(a.zone) - ZONES.indexOf(b.zone))
}

const ZONES: readonly WantedRecord['zone'][] = ['domain', 'host', 'reverse']

/** The table: a line a check, and below it what to do. */
function pageOf({ name }: HostedDomain, { findings }: DomainCheck, locale: 'en' | 'id'): string {
  const width = Math.max(...findings.map(({ id }) => id.length))
  const lines = findings.flatMap((finding) => [`${SIGNS[finding.kind]} ${finding.id.padEnd(width)}  ${finding.found}`, ...adviceOf(finding, locale).map((line) => `  ${' '.repeat(width)}  ${line}`)])
  const count = (kind: State): number => findings.filter((finding) => finding.kind === kind).length
  return [...lines, '', `${name}: ${count('pass')} good, ${count('warn')} to improve, ${count('fail')} wrong, ${count('unknown')} unknown`].join('\n')
}

function adviceOf({ kind, advice, records }: Finding, locale: 'en' | 'id'): readonly string[] {
  if (kind === 'pass' || advice === null) return []
  const text = advice[locale]
  return [...text.split('\n'), ...records.map(zoneLine).filter((line) => !text.includes(line))]
}

import { type Command, InvalidArgumentError, Option } from 'commander'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import type { Domain } from '../../../base/brand.ts'
import { DAY_MS } from '../../../base/duration.ts'
import type { RelayDomain } from '../../../core/route/relay-domain.ts'
import { changeRelayRecipients, putRelayDomain, relayDomainNamed, relayDomainsAfter, relayRecipientsAfter, removeRelayDomain } from '../../../core/route/sql-relay.ts'
import type { Database } from '../../../infra/db/database.ts'
import { foldLocal, parseAddress } from '../../../proto/mail/address.ts'
import { parseDomain } from '../../../proto/mail/domain.ts'
import { endpointOf } from '../../config/endpoint.ts'
import { ownerOf } from '../owner.ts'
import { everyPage } from '../pages.ts'
import { complain, EXIT, remark, sayOne, sayRow, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface RelayOptions extends ToolOptions {
  readonly organization?: string
  readonly host: readonly string[]
  readonly etrnFrom: readonly string[]
  readonly recipients: RelayDomain['recipients']
  readonly spool: number
}

interface ListOptions extends ToolOptions {
  readonly file?: string
}

/** Recipients changed in one write. */
const CHUNK = 200

/** `merpati relay-domain`: domains that we keep mail for while their own servers are away (backup MX). */
export function addRelayDomain(program: Command): void {
  const group = program.command('relay-domain').description('domains whose mail is kept for their own servers: backup MX')
  onData(group.command('add <name>').alias('set'))
    .description('keep mail for a domain, or change how; its MX records must name this server too')
    .option('--organization <name>', 'whose it is, when there are several')
    .option('--host <host:port...>', 'its servers, best first; without it, those of its MX records that are better than this one', collect, [])
    .option('--etrn-from <network...>', 'addresses or networks from which its servers may ask for what waits (ETRN), at most once a minute', collectNetwork, [])
    .addOption(new Option('--recipients <how>', 'who is taken mail for: "list", those you name; "callout", whom its server takes mail for; "any"').choices(['list', 'callout', 'any']).default('callout'))
    .option('--spool <days>', 'for how long mail is kept, 1 to 30 days', daysOf, 7)
    .action((name: string, options: RelayOptions) => withData(options, (db) => add(db, name, options)))
  onData(group.command('list', { isDefault: true }))
    .description('list the domains')
    .action((options: ToolOptions) => withData(options, async (db) => sayRows((await everyPage<RelayDomain>((last) => relayDomainsAfter(db, last?.name ?? ''))).map(shown), options, 'mail is kept for no other domain')))
  onData(group.command('show <name>'))
    .description('show a domain')
    .action((name: string, options: ToolOptions) => withData(options, (db) => withRelay(db, name, async (relay) => sayRow(shown(relay), options))))
  onData(group.command('remove <name>'))
    .description('take no more mail for a domain; what waits is still handed over')
    .action((name: string, options: ToolOptions) => withData(options, (db) => withRelay(db, name, async (relay) => {
      await db.write(removeRelayDomain, { name: relay.name })
      sayOne({ name: relay.name }, `mail for ${relay.name} is not taken any more`, options)
    })))
  onData(group.command('recipients <name>'))
    .description('list the recipients of a domain whose --recipients is "list"')
    .action((name: string, options: ToolOptions) => withData(options, (db) => withRelay(db, name, async (relay) => {
      const all = await everyPage<string>((last) => relayRecipientsAfter(db, relay.name, last ?? ''))
      sayRows(all.map((local) => ({ address: `${local}@${relay.name}` })), options, 'no recipients')
    })))
  for (const how of ['add', 'remove'] as const) {
    onData(group.command(`${how}-recipients <name> [addresses...]`))
      .description(how === 'add' ? 'take mail for addresses' : 'take no more mail for addresses')
      .option('--file <path>', 'a file with an address a line')
      .action((name: string, addresses: string[], options: ListOptions) => withData(options, (db) => withRelay(db, name, (relay) => change(db, relay, how, addresses, options))))
  }
}

async function add(db: Database, text: string, options: RelayOptions): Promise<void> {
  const name = parseDomain(text)
  if (name === null) return complain(`${text} is no domain name`)
  const owner = await ownerOf(db, options.organization)
  if (owner === null) return
  const { recipients, spool } = options
  const put = await db.write(putRelayDomain, { name, organization: owner.id, hosts: options.host, etrnFrom: options.etrnFrom, recipients, spoolMs: spool * DAY_MS, nowMs: Date.now() })
  if (!put.ok) return complain(`${name} is received for here: "merpati domain remove ${name}" first`, EXIT.failed)
  if (recipients === 'any') remark('anybody can have this server send bounces to strangers: "list" or "callout" is better')
  sayOne({ name, hosts: options.host, etrnFrom: options.etrnFrom, recipients, spoolDays: spool }, `mail for ${name} is kept ${spool} days at most, for ${options.host.length === 0 ? 'its better MX hosts' : options.host.join(', ')}`, options)
}

async function withRelay(db: Database, text: string, work: (relay: RelayDomain) => Promise<void>): Promise<void> {
  const name = parseDomain(text)
  if (name === null) return complain(`${text} is no domain name`)
  const relay = await relayDomainNamed(db, name)
  return relay === null ? complain(`no mail is kept for ${name}: "merpati relay-domain add ${name}" begins that`, EXIT.failed) : await work(relay)
}

async function change(db: Database, { name }: RelayDomain, how: 'add' | 'remove', addresses: readonly string[], { file, ...options }: ListOptions): Promise<void> {
  const lines = file === undefined ? [] : readFileSync(file, 'utf8').split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '')
  const locals: string[] = []
  for (const text of [...addresses, ...lines]) {
    const local = localOf(text, name)
    if (local === null) return complain(`${text} is no address of ${name}: nothing was changed`)
    locals.push(local)
  }
  let changed = 0
  for (let at = 0; at < locals.length; at += CHUNK) changed += await db.write(changeRelayRecipients, { domain: name, locals: locals.slice(at, at + CHUNK), how })
  sayOne({ domain: name, changed }, `${changed} recipients ${how === 'add' ? 'added to' : 'removed from'} ${name}`, options)
}

/** A local part, or a whole address of the domain. */
function localOf(text: string, domain: Domain): string | null {
  const address = parseAddress(text.includes('@') ? text : `${text}@${domain}`)
  return address.ok && address.value.domain === domain ? foldLocal(address.value.local) : null
}

function collect(text: string, before: readonly string[]): readonly string[] {
  const endpoint = endpointOf(text)
  if (!endpoint.ok) throw new InvalidArgumentError('want a host and a port such as mail.example.org:25.')
  return [...before, text]
}

/** A network, or one address as the network of itself. */
function collectNetwork(text: string, before: readonly string[]): readonly string[] {
  const [address = '', bits] = text.split('/')
  const most = { 0: 0, 4: 32, 6: 128 }[isIP(address) as 0 | 4 | 6]
  const length = bits === undefined ? most : Number(bits)
  if (most === 0 || !/^\d{0,3}$/.test(bits ?? '') || bits === '' || length < 1 || length > most) throw new InvalidArgumentError('want an address or a network such as 192.0.2.0/24.')
  return [...before, `${address}/${length}`]
}

function daysOf(text: string): number {
  const days = Number(text)
  if (!Number.isInteger(days) || days < 1 || days > 30) throw new InvalidArgumentError('want a number of days from 1 to 30.')
  return days
}

function shown({ name, hosts, etrnFrom, recipients, spoolMs }: RelayDomain): Readonly<Record<string, unknown>> {
  return { name, hosts: hosts.length === 0 ? 'MX' : hosts.join(' '), etrnFrom: etrnFrom.join(' '), recipients, spoolDays: spoolMs / DAY_MS }
}

import { type Command, Option } from 'commander'
import { makeId } from '../../../base/ids.ts'
import { isoTime } from '../../../base/iso-time.ts'
import type { HostedDomain } from '../../../core/domain/domain.ts'
import { makeDkimKeys } from '../../../core/domain/dkim.ts'
import { changeDomain, createDomain, domainNamed, domainsAfter, removeDomain, setDomainState } from '../../../core/domain/sql.ts'
import { addDkimKeys, dkimKeysOf } from '../../../core/domain/sql-dkim.ts'
import { parseDomain } from '../../../proto/mail/domain.ts'
import { ownerOf } from '../owner.ts'
import { everyPage } from '../pages.ts'
import { complain, EXIT, sayOne, sayRow, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'
import { addDomainClaims } from './domain-claims.ts'
import { addDomainCompliance } from './domain-compliance.ts'
import { addDomainKeys } from './domain-keys.ts'
import { addDomainWarmUp } from './domain-warm-up.ts'

interface DomainChanges extends ToolOptions {
  readonly subaddress?: string
  readonly mtaSts?: HostedDomain['mtaSts']
}

interface DomainOptions extends ToolOptions {
  readonly organization?: string
  readonly aliasOf?: string
  readonly subaddress: string
}

/** `merpati domain`: names that mail is received for. */
export function addDomain(program: Command): void {
  const group = program.command('domain').description('domains that mail is received for')
  onData(group.command('add <name>'))
    .description('begin to receive mail for a domain')
    .option('--organization <name>', 'whose it is, when there are several')
    .option('--alias-of <domain>', 'its addresses lead where those of this domain lead')
    .option('--subaddress <sign>', 'what begins the detail of an address, as in ani+news; empty for none', '+')
    .action((name: string, options: DomainOptions) => withData(options, async (db) => await add(db, name, options)))
  onData(group.command('list'))
    .description('list the domains of an organization')
    .option('--organization <name>', 'whose, when there are several')
    .action((options: DomainOptions) =>
      withData(options, async (db) => {
        const owner = await ownerOf(db, options.organization)
        if (owner === null) return
        const all = await everyPage<HostedDomain>((last) => domainsAfter(db, owner.id, last?.name ?? ''))
        sayRows(all.map(shown), options, 'no domains')
      }),
    )
  onData(group.command('show <name>'))
    .description('show a domain')
    .action((name: string, options: ToolOptions) => withData(options, async (db) => await show(db, name, options)))
  onData(group.command('suspend <name>'))
    .description('let mail to its addresses wait at its senders; postmaster and abuse are still taken')
    .action((name: string, options: ToolOptions) => withData(options, async (db) => await setState(db, name, 'suspended', options)))
  onData(group.command('park <name>'))
    .description('let it have no mail: what comes is refused, nobody writes in its name, and its records are to say so')
    .action((name: string, options: ToolOptions) => withData(options, async (db) => await setState(db, name, 'parked', options)))
  onData(group.command('resume <name>'))
    .description('receive its mail again')
    .action((name: string, options: ToolOptions) => withData(options, async (db) => await setState(db, name, 'active', options)))
  onData(group.command('set <name>'))
    .description('change how a domain receives')
    .option('--subaddress <sign>', 'what begins the detail of an address; empty for none')
    .addOption(new Option('--mta-sts <mode>', 'what its MTA-STS policy asks of senders: nothing, reports, or TLS with a trusted certificate').choices(['none', 'testing', 'enforce']))
    .action((name: string, options: DomainChanges) => withData(options, async (db) => await change(db, name, options)))
  addDomainCompliance(group)
  addDomainKeys(group)
  addDomainClaims(group)
  addDomainWarmUp(group)
  onData(group.command('remove <name>'))
    .description('stop receiving mail for a domain that has no addresses any more')
    .option('--organization <name>', 'whose, when there are several')
    .action((name: string, options: DomainOptions) => withData(options, async (db) => await remove(db, name, options)))
}

type Db = Parameters<Parameters<typeof withData>[1]>[0]

async function add(db: Db, text: string, options: DomainOptions): Promise<void> {
  const name = parseDomain(text)
  if (name === null) return complain(`${text} is no domain name`)
  const aliasOf = options.aliasOf === undefined ? null : parseDomain(options.aliasOf)
  if (options.aliasOf !== undefined && aliasOf === null) return complain(`${options.aliasOf} is no domain name`)
  const owner = await ownerOf(db, options.organization)
  if (owner === null) return
  const nowMs = Date.now()
  const made = await db.write(createDomain, { id: makeId('d', nowMs), name, organization: owner.id, subaddress: options.subaddress, aliasOf, nowMs })
  if (!made.ok) return complain(made.error === 'taken' ? `${name} is received for already` : `the plan of ${owner.name} allows no more domains: "merpati organization plan" shows it`, EXIT.failed)
  // What was claimed has its keys already, and they may be published.
  if ((await dkimKeysOf(db, owner.id, name)).length === 0) await db.write(addDkimKeys, { organization: owner.id, domain: name, keys: await makeDkimKeys(nowMs, nowMs) })
  sayOne({ name, organization: owner.id }, `domain ${name} added to ${owner.name}`, options)
}

async function show(db: Db, text: string, options: ToolOptions): Promise<void> {
  const name = parseDomain(text)
  if (name === null) return complain(`${text} is no domain name`)
  const domain = await domainNamed(db, name)
  if (domain === null) return complain(`we do not receive for ${name}`, EXIT.failed)
  sayRow({ ...shown(domain), organization: domain.organization, created: isoTime(domain.createdMs) }, options)
}

async function setState(db: Db, text: string, state: HostedDomain['state'], options: ToolOptions): Promise<void> {
  const name = parseDomain(text)
  if (name === null) return complain(`${text} is no domain name`)
  if (!(await db.write(setDomainState, { name, state }))) return complain(`we do not receive for ${name}`, EXIT.failed)
  sayOne({ name, state }, `domain ${name} ${state}`, options)
}

async function change(db: Db, text: string, options: DomainChanges): Promise<void> {
  const name = parseDomain(text)
  if (name === null) return complain(`${text} is no domain name`)
  const { subaddress = null, mtaSts = null } = options
  if (subaddress === null && mtaSts === null) return complain('say what to change: --subaddress or --mta-sts')
  if (!(await db.write(changeDomain, { name, subaddress, mtaSts }))) return complain(`we do not receive for ${name}`, EXIT.failed)
  const told = [...(subaddress === null ? [] : [`subaddress "${subaddress}"`]), ...(mtaSts === null ? [] : [`MTA-STS ${mtaSts}: publish its new record ("merpati dns records ${name}")`])]
  sayOne({ name, ...(subaddress === null ? {} : { subaddress }), ...(mtaSts === null ? {} : { mtaSts }) }, `domain ${name}: ${told.join(', ')}`, options)
}

async function remove(db: Db, text: string, options: DomainOptions): Promise<void> {
  const name = parseDomain(text)
  const owner = name === null ? null : await ownerOf(db, options.organization)
  if (name === null) return complain(`${text} is no domain name`)
  if (owner === null) return
  const removed = await db.write(removeDomain, { name, organization: owner.id, nowMs: Date.now() })
  if (removed.ok) return sayOne({ name }, `domain ${name} removed`, options)
  complain(removed.error === 'in-use' ? `${name} still has addresses: remove its accounts and aliases first` : `we do not receive for ${name}`, EXIT.failed)
}

function shown({ name, state, subaddress, aliasOf, mtaSts }: HostedDomain): Readonly<Record<string, unknown>> {
  return { name, state, subaddress, aliasOf, mtaSts }
}

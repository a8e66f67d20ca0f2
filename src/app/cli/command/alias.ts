import type { Command } from 'commander'
import { DECEPTIVE } from '../../../core/access/identity.ts'
import { addAddress, addressesAfter, changeAlias, type ListedAddress, removeAddress, sqlRoutes } from '../../../core/route/sql.ts'
import { isDeceptive, placeOf } from '../../../core/route/place.ts'
import { parseAddress } from '../../../proto/mail/address.ts'
import { ownerOf } from '../owner.ts'
import { everyPage } from '../pages.ts'
import { complain, EXIT, sayOne, sayRow, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface AliasOptions extends ToolOptions {
  readonly organization?: string
}

/** `merpati alias`: addresses that lead to others. `@example.org` is the catch-all of its domain. */
export function addAlias(program: Command): void {
  const group = program.command('alias').description('addresses that lead to others')
  onData(group.command('add <address> <targets...>'))
    .description('let an address lead to others; "@example.org" is every address of the domain that is not there')
    .option('--organization <name>', 'whose, when there are several')
    .action((address: string, targets: string[], options: AliasOptions) => withData(options, async (db) => await add(db, address, targets, options)))
  onData(group.command('list'))
    .description('list aliases')
    .option('--organization <name>', 'whose, when there are several')
    .action((options: AliasOptions) =>
      withData(options, async (db) => {
        const owner = await ownerOf(db, options.organization)
        if (owner === null) return
        const all = await everyPage<ListedAddress>((last) => addressesAfter(db, owner.id, last ?? { domain: '', local: '' }))
        const aliases = all.filter(({ kind }) => kind === 'alias')
        sayRows(aliases.map(({ local, domain, targets }) => ({ address: `${local}@${domain}`, targets })), options, 'no aliases')
      }),
    )
  onData(group.command('show <address>'))
    .description('show where an alias leads')
    .action((address: string, options: ToolOptions) => withData(options, async (db) => await show(db, address, options)))
  onData(group.command('set <address> <targets...>'))
    .description('let an alias lead to these, instead of where it led')
    .action((address: string, targets: string[], options: ToolOptions) => withData(options, async (db) => await change(db, address, targets, options)))
  onData(group.command('remove <address>'))
    .description('remove an alias')
    .action((text: string, options: AliasOptions) =>
      withData(options, async (db) => {
        const place = placeOf(text)
        if (place === null) return complain(`${text} is no address`)
        const removed = await db.write(removeAddress, { ...place, kind: 'alias' })
        if (!removed) return complain(`there is no alias ${text}`, EXIT.failed)
        sayOne({ address: text }, `alias ${text} removed`, options)
      }),
    )
}

type Db = Parameters<Parameters<typeof withData>[1]>[0]

async function add(db: Db, text: string, targets: readonly string[], options: AliasOptions): Promise<void> {
  const place = placeOf(text)
  if (place === null) return complain(`${text} is no address`)
  if (isDeceptive(place)) return complain(`${text} ${DECEPTIVE}`)
  const leads = leadsOf(targets)
  if (leads === null) return
  const owner = await ownerOf(db, options.organization)
  if (owner === null) return
  const made = await db.write(addAddress, { ...place, organization: owner.id, account: null, targets: leads, nowMs: Date.now() })
  if (made.ok) return sayOne({ address: text, targets: leads }, `alias ${text} leads to ${leads.join(', ')}`, options)
  complain(made.error === 'taken' ? `${text} is taken` : `we do not receive for ${place.domain}: "merpati domain add" first`, EXIT.failed)
}

async function show(db: Db, text: string, options: ToolOptions): Promise<void> {
  const place = placeOf(text)
  if (place === null) return complain(`${text} is no address`)
  const entry = await sqlRoutes(db).entry(place.domain, place.local)
  if (entry?.kind !== 'alias') return complain(`there is no alias ${text}`, EXIT.failed)
  sayRow({ address: `${place.local}@${place.domain}`, targets: entry.targets, organization: entry.organization }, options)
}

async function change(db: Db, text: string, targets: readonly string[], options: ToolOptions): Promise<void> {
  const place = placeOf(text)
  if (place === null) return complain(`${text} is no address`)
  const leads = leadsOf(targets)
  if (leads === null) return
  if (!(await db.write(changeAlias, { ...place, targets: leads }))) return complain(`there is no alias ${text}`, EXIT.failed)
  sayOne({ address: text, targets: leads }, `alias ${text} leads to ${leads.join(', ')}`, options)
}

/** Targets in canonical form; null after saying which is wrong. */
function leadsOf(targets: readonly string[]): readonly string[] | null {
  const leads: string[] = []
  for (const target of targets) {
    const parsed = parseAddress(target)
    if (parsed.ok) leads.push(parsed.value.text)
    else complain(`${target} is no address`)
  }
  return leads.length === targets.length ? leads : null
}

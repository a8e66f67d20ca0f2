import type { Command } from 'commander'
import { makeId } from '../../../base/ids.ts'
import { readPattern } from '../../../core/route/place.ts'
import { type InboundRoute, putRoute, removeRoute, routesAfter } from '../../../core/route/sql-pattern.ts'
import { parseAddress } from '../../../proto/mail/address.ts'
import { everyPage } from '../pages.ts'
import { onOwned, type OwnedOptions, withOwner } from '../owned.ts'
import { complain, EXIT, sayOne, sayRows } from '../say.ts'

interface RouteOptions extends OwnedOptions {
  readonly webhook?: string
  readonly none?: true
}

const REFUSALS = {
  'no-domain': 'that is no domain of the organization: "merpati domain list" shows which are',
  'no-webhook': 'there is no such webhook: "merpati webhook list" shows them',
  taken: 'that address is there already: as an account, an alias or a route',
  'too-many': 'the domain has as many routes as it may have',
} as const

/** `merpati route`: where mail for addresses goes that are neither accounts nor aliases. */
export function addRoute(program: Command): void {
  const group = program.command('route').description('where mail for addresses and patterns goes: mailboxes, elsewhere, a webhook, or nowhere')
  onOwned(group.command('add <address> [targets...]'))
    .description('lead an address such as "ticket-*@example.org" to others, to a webhook, or to both; an account or alias of that name comes first')
    .option('--webhook <id>', 'a webhook that is given each message, parsed')
    .option('--none', 'refuse its mail, whatever the catch-all says')
    .action((address: string, targets: string[], options: RouteOptions) => withOwner(options, async ({ id: organization }, db) => {
      const place = readPattern(address)
      if (place === null) return complain(`${address} is no address of a domain, or has too many stars`)
      const leads = targets.map(parseAddress)
      const wrong = leads.findIndex((lead) => !lead.ok || lead.value.domain === null)
      if (wrong !== -1) return complain(`${targets[wrong] ?? ''} is no address`)
      const { webhook = null, none } = options
      if ((none === true) !== (targets.length === 0 && webhook === null)) return complain('say where it leads: addresses, --webhook, or --none alone')
      const nowMs = Date.now()
      const id = makeId('r', nowMs)
      const done = await db.write(putRoute, { organization, id, domain: place.domain, pattern: place.local, targets: leads.flatMap((lead) => (lead.ok ? [lead.value.text] : [])), webhook, nowMs })
      if (done !== 'put') return complain(REFUSALS[done], EXIT.failed)
      sayOne({ id, address, targets, webhook }, `${address} leads to ${[...targets, ...(webhook === null ? [] : [webhook])].join(', ') || 'nowhere'}: ${id}`, options)
    }))
  onOwned(group.command('list', { isDefault: true }))
    .description('list the routes of an organization')
    .action((options: RouteOptions) => withOwner(options, async ({ id: organization }, db) => {
      const all = await everyPage<InboundRoute>((last) => routesAfter(db, organization, last?.id ?? ''))
      sayRows(all.map(({ id, pattern, domain, targets, webhook }) => ({ id, address: `${pattern}@${domain}`, targets, webhook })), options, 'no routes')
    }))
  onOwned(group.command('remove <id>'))
    .description('remove a route; what waits for its webhook is still told')
    .action((id: string, options: RouteOptions) => withOwner(options, async ({ id: organization }, db) => {
      if (!(await db.write(removeRoute, { organization, id }))) return complain(`there is no route ${id}: "merpati route list" shows them`, EXIT.failed)
      sayOne({ id }, `route ${id} removed`, options)
    }))
}

import type { Domain, OrganizationId } from '../../base/brand.ts'
import { fail, ok } from '../../base/result.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import type { RelayDomain } from './relay-domain.ts'

/** Relay domains read at once, and recipients changed in one write. */
const CHUNK = 500

interface Row {
  readonly name: Domain
  readonly organization: OrganizationId
  readonly hosts: string
  readonly recipients: RelayDomain['recipients']
  readonly spool_ms: number
}

const COLUMNS = 'name, organization, hosts, recipients, spool_ms'
const BY_NAME = statement<{ name: string }, Row>(`SELECT ${COLUMNS} FROM relay_domain WHERE name = $name`)
const LIST = statement<{ after: string }, Row>(`SELECT ${COLUMNS} FROM relay_domain WHERE name > $after ORDER BY name LIMIT ${CHUNK}`)
const PUT = statement<{ name: string; organization: string; hosts: string; recipients: string; spoolMs: number; nowMs: number }>(
  `INSERT INTO relay_domain (name, organization, hosts, recipients, spool_ms, created_ms) VALUES ($name, $organization, $hosts, $recipients, $spoolMs, $nowMs)
  ON CONFLICT (name) DO UPDATE SET hosts = excluded.hosts, recipients = excluded.recipients, spool_ms = excluded.spool_ms`,
)
const HOSTED = statement<{ name: string }, { name: string }>('SELECT name FROM domain WHERE name = $name')
const REMOVE = statement<{ name: string }>('DELETE FROM relay_domain WHERE name = $name')
const FORGET_ALL = statement<{ name: string }>('DELETE FROM relay_recipient WHERE domain = $name')
const IS_LISTED = statement<{ domain: string; local: string }, { local: string }>('SELECT local FROM relay_recipient WHERE domain = $domain AND local = $local')
const ADD = statement<{ domain: string; local: string }>('INSERT INTO relay_recipient (domain, local) VALUES ($domain, $local) ON CONFLICT DO NOTHING')
const DROP = statement<{ domain: string; local: string }>('DELETE FROM relay_recipient WHERE domain = $domain AND local = $local')
const RECIPIENTS = statement<{ domain: string; after: string }, { local: string }>(
  `SELECT local FROM relay_recipient WHERE domain = $domain AND local > $after ORDER BY local LIMIT ${CHUNK}`,
)

/** Begins to keep mail for a domain, or changes how. Refused for a domain that mail is received for here. */
export const putRelayDomain = write('route.put_relay', function* (tx, args: RelayDomain & { readonly nowMs: number }) {
  if ((yield* tx.one(HOSTED, { name: args.name })) !== null) return fail('hosted' as const)
  const { name, organization, recipients, spoolMs, nowMs } = args
  yield* tx.run(PUT, { name, organization, recipients, spoolMs, nowMs, hosts: serversText(args) })
  return ok(args.name)
})

/** Keeps no more mail for a domain. What waits is still handed over, by its MX records. False when there is none of that name. */
export const removeRelayDomain = write('route.remove_relay', function* (tx, args: { readonly name: Domain }): Work<boolean> {
  yield* tx.run(FORGET_ALL, args)
  return (yield* tx.run(REMOVE, args)) === 1
})

/** Adds or removes recipients, folded local parts; returns how many changed. At most a few hundred at a time. */
export const changeRelayRecipients = write('route.relay_recipients', function* (tx, args: { readonly domain: Domain; readonly locals: readonly string[]; readonly how: 'add' | 'remove' }): Work<number> {
  let changed = 0
  for (const local of args.locals) changed += yield* tx.run(args.how === 'add' ? ADD : DROP, { domain: args.domain, local })
  return changed
})

/** The relay domain of that name; null when there is none. */
export async function relayDomainNamed(db: Database, name: Domain): Promise<RelayDomain | null> {
  const row = await db.one(BY_NAME, { name })
  return row === null ? null : toRelayDomain(row)
}

/** At most 500 relay domains after a name; '' begins. */
export async function relayDomainsAfter(db: Database, after: string): Promise<readonly RelayDomain[]> {
  return (await db.all(LIST, { after })).map(toRelayDomain)
}

/** Whether a folded local part is on the list of a domain. */
export async function isRelayRecipient(db: Database, domain: Domain, local: string): Promise<boolean> {
  return (await db.one(IS_LISTED, { domain, local })) !== null
}

/** At most 500 local parts of a domain's list, after one; '' begins. */
export async function relayRecipientsAfter(db: Database, domain: Domain, after: string): Promise<readonly string[]> {
  return (await db.all(RECIPIENTS, { domain, after })).map(({ local }) => local)
}

/** The column `hosts`: a list of servers, or with it those that may ask for mail. */
type Servers = readonly string[] | Pick<RelayDomain, 'hosts' | 'etrnFrom'>

function serversText({ hosts, etrnFrom }: RelayDomain): string {
  return JSON.stringify((etrnFrom.length === 0 ? hosts : { hosts, etrnFrom }) satisfies Servers)
}

function toRelayDomain({ name, organization, hosts: text, recipients, spool_ms: spoolMs }: Row): RelayDomain {
  const servers = JSON.parse(text) as Servers
  const { hosts, etrnFrom } = 'hosts' in servers ? servers : { hosts: servers, etrnFrom: [] }
  return { name, organization, hosts, etrnFrom, recipients, spoolMs }
}

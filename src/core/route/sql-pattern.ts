import type { Domain, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import { MAX_ROUTES_A_DOMAIN } from './limits.ts'
import type { PatternRoute } from './pattern.ts'

/** A route as it is listed. */
export interface InboundRoute extends PatternRoute {
  readonly domain: Domain
  readonly createdMs: number
}

interface Row {
  readonly organization: OrganizationId
  readonly id: string
  readonly domain: Domain
  readonly pattern: string
  readonly targets: string
  readonly webhook: string | null
  readonly created_ms: number
}

const COLUMNS = 'organization, id, domain, pattern, targets, webhook, created_ms'
const OF_DOMAIN = statement<{ domain: string }, Row>(`SELECT ${COLUMNS} FROM inbound_route WHERE domain = $domain ORDER BY pattern LIMIT ${MAX_ROUTES_A_DOMAIN}`)
const BY_ID = statement<{ organization: string; id: string }, Row>(`SELECT ${COLUMNS} FROM inbound_route WHERE organization = $organization AND id = $id`)
const LIST = statement<{ organization: string; after: string }, Row>(`SELECT ${COLUMNS} FROM inbound_route WHERE organization = $organization AND id > $after ORDER BY id LIMIT 500`)
const COUNT = statement<{ domain: string }, { total: number }>('SELECT count(*) AS total FROM inbound_route WHERE domain = $domain')
const OWNER = statement<{ domain: string }, { organization: string }>('SELECT organization FROM domain WHERE name = $domain')
const WEBHOOK = statement<{ organization: string; webhook: string }, { id: string }>('SELECT id FROM webhook WHERE organization = $organization AND id = $webhook AND chat IS NULL')
const TAKEN = statement<{ domain: string; pattern: string; id: string }, { id: string }>(
  `SELECT id FROM inbound_route WHERE domain = $domain AND pattern = $pattern AND id <> $id
  UNION ALL SELECT local AS id FROM address WHERE domain = $domain AND local = $pattern`,
)
const PUT = statement<{ organization: string; id: string; domain: string; pattern: string; targets: string; webhook: string | null; nowMs: number }>(
  `INSERT INTO inbound_route (organization, id, domain, pattern, targets, webhook, created_ms) VALUES ($organization, $id, $domain, $pattern, $targets, $webhook, $nowMs)
  ON CONFLICT (organization, id) DO UPDATE SET domain = excluded.domain, pattern = excluded.pattern, targets = excluded.targets, webhook = excluded.webhook`,
)
const REMOVE = statement<{ organization: string; id: string }>('DELETE FROM inbound_route WHERE organization = $organization AND id = $id')

/** Adds a route, or changes the one of that id. `no-domain` and `no-webhook`: the organization has none of that name; `taken`: the address is there, or another route is for it. */
export const putRoute = write('route.put-pattern', function* (tx, { nowMs, ...route }: Omit<InboundRoute, 'createdMs'> & { readonly nowMs: number }): Work<'put' | 'no-domain' | 'no-webhook' | 'taken' | 'too-many'> {
  const { organization, id, domain, pattern, targets, webhook } = route
  if ((yield* tx.one(OWNER, { domain }))?.organization !== organization) return 'no-domain'
  if (webhook !== null && (yield* tx.one(WEBHOOK, { organization, webhook })) === null) return 'no-webhook'
  if ((yield* tx.one(TAKEN, { domain, pattern, id })) !== null) return 'taken'
  if (Number((yield* tx.one(COUNT, { domain }))?.total ?? 0) >= MAX_ROUTES_A_DOMAIN && (yield* tx.one(BY_ID, { organization, id })) === null) return 'too-many'
  yield* tx.run(PUT, { organization, id, domain, pattern, targets: JSON.stringify(targets), webhook, nowMs })
  return 'put'
})

/** Removes a route. False when the organization has none of that id. */
export const removeRoute = write('route.remove-pattern', function* (tx, args: { readonly organization: OrganizationId; readonly id: string }): Work<boolean> {
  return (yield* tx.run(REMOVE, args)) === 1
})

/** The routes of a domain. */
export async function routesOfDomain(db: Database, domain: Domain): Promise<readonly PatternRoute[]> {
  return (await db.all(OF_DOMAIN, { domain })).map(toRoute)
}

/** A route of an organization, or null. */
export async function routeById(db: Database, organization: OrganizationId, id: string): Promise<InboundRoute | null> {
  const row = await db.one(BY_ID, { organization, id })
  return row === null ? null : toRoute(row)
}

/** At most 500 routes of an organization after an id, oldest first; '' begins. */
export async function routesAfter(db: Database, organization: OrganizationId, after: string): Promise<readonly InboundRoute[]> {
  return (await db.all(LIST, { organization, after })).map(toRoute)
}

function toRoute({ organization, id, domain, pattern, targets, webhook, created_ms: createdMs }: Row): InboundRoute {
  return { organization, id, domain, pattern, targets: JSON.parse(targets) as string[], webhook, createdMs } // Written by `putRoute` only.
}

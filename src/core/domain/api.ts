import { createRoute, z } from '@hono/zod-openapi'
import type { Domain } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, needsScope, newApi } from '../../infra/http/api/api.ts'
import { type Caller, changerOf, ownerOf } from '../../infra/http/api/caller.ts'
import { body, json } from '../../infra/http/api/json.ts'
import { afterOf, pageOf, pageQuery, toPage } from '../../infra/http/api/page.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import { parseDomain } from '../../proto/mail/domain.ts'
import type { DomainCheck } from './check/check-domain.ts'
import type { Finding } from './check/finding.ts'
import { RecentChecks } from './check/recent-checks.ts'
import type { HostedDomain } from './domain.ts'
import { dnsShape, domainChange, domainShape, type findingShape, type recordShape } from './shape.ts'
import { changeDomain, domainById, domainNamed, domainsAfter } from './sql.ts'
import { type Subject, type WantedRecord, wantedRecords } from './wanted-records.ts'
import { zoneLine } from './zone-file.ts'

const params = z.object({ id: z.string().max(255).openapi({ description: 'The id of a domain, or its name.' }) })

const list = createRoute({
  method: 'get',
  path: '/domains',
  summary: 'List domains, by name',
  middleware: needsScope('read', { domains: 'obeyed' }),
  request: { query: pageQuery },
  responses: { 200: json(pageOf(domainShape), 'A page of domains') },
})

const show = createRoute({
  method: 'get',
  path: '/domains/{id}',
  summary: 'Show a domain',
  middleware: needsScope('read', { domains: 'obeyed' }),
  request: { params },
  responses: { 200: json(domainShape, 'The domain') },
})

const change = createRoute({
  method: 'patch',
  path: '/domains/{id}',
  summary: 'Change what the MTA-STS policy of a domain asks, or what begins the detail of an address',
  middleware: needsScope('admin', { domains: 'obeyed' }),
  request: { params, body: body(domainChange) },
  responses: { 200: json(domainShape, 'The domain as it is now') },
})

const dns = createRoute({
  method: 'get',
  path: '/domains/{id}/dns',
  summary: 'Tell what a domain should publish in DNS, and check whether it does',
  middleware: needsScope('read', { domains: 'obeyed' }),
  request: { params },
  responses: { 200: json(dnsShape, 'Records and findings') },
})

/** What the routes are made of. */
export interface DomainApiOptions {
  readonly db: Database
  readonly clock: Clock
  /** A domain with all that its records depend on. */
  readonly subjectOf: (domain: HostedDomain) => Promise<Subject>
  /** Asks DNS now. It has a deadline of its own. */
  readonly check: (domain: HostedDomain) => Promise<DomainCheck>
}

/** `/v1/domains`: what `merpati domain` and `merpati dns` do, for the domains of the caller's organization. */
export function domainApi({ db, clock, subjectOf, check }: DomainApiOptions): Api {
  const api = newApi()
  const recent = new RecentChecks(clock)
  const found = async (caller: Caller, id: string): Promise<HostedDomain> => {
    const name = parseDomain(id)
    const owner = ownerOf(caller)
    const domain = (await domainById(db, owner, id)) ?? (name === null ? null : await domainNamed(db, name))
    if (domain === null || domain.organization !== owner || caller.domains?.includes(domain.name) === false) throw new Problem(404, 'not_found', `There is no domain ${id}`)
    return domain
  }
  api.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid('query')
    const rows = await domainsOf(db, context.get('caller'), afterOf(cursor), limit + 1)
    return context.json(toPage(rows, limit, ({ name }) => name, shown), 200)
  })
  api.openapi(show, async (context) => context.json(shown(await found(context.get('caller'), context.req.valid('param').id)), 200))
  api.openapi(change, async (context) => {
    const { mta_sts: mtaSts = null, subaddress = null } = context.req.valid('json')
    const caller = context.get('caller')
    const domain = await found(caller, context.req.valid('param').id)
    changerOf(caller)
    await db.write(changeDomain, { name: domain.name, mtaSts, subaddress })
    recent.forget(domain.name)
    return context.json(shown(await found(caller, domain.id)), 200)
  })
  api.openapi(dns, async (context) => {
    const { organization } = context.get('caller')
    const domain = await found(context.get('caller'), context.req.valid('param').id)
    const asked = await recent.of(domain.name, organization, () => check(domain))
    if (asked.kind === 'later') throw new Problem(429, 'rate_limit_exceeded', 'Too many checks: each asks many servers. Try again later', { headers: { 'retry-after': String(Math.ceil(asked.waitMs / 1_000)) } })
    const { findings, kind, atMs } = asked.check
    const records = wantedRecords(await subjectOf(domain)).map(shownRecord)
    return context.json({ domain: domain.name, status: kind, checked_at: new Date(atMs).toISOString(), findings: findings.map(shownFinding), records }, 200)
  })
  return api
}

/** Domains of the caller's organization after a name, in name order: those that the caller is confined to, if it is. */
async function domainsOf(db: Database, caller: Caller, after: string, limit: number): Promise<readonly HostedDomain[]> {
  if (caller.domains === null) return await domainsAfter(db, ownerOf(caller), after, limit)
  const named = await Promise.all(caller.domains.map((name) => domainNamed(db, name as Domain))) // Read when the key was made.
  return named.flatMap((domain) => (domain === null || domain.organization !== caller.organization || domain.name <= after ? [] : [domain])).toSorted((one, two) => (one.name < two.name ? -1 : 1))
}

function shown({ id, name, state, subaddress, aliasOf, mtaSts, createdMs }: HostedDomain): z.infer<typeof domainShape> {
  return { id, name, state, subaddress, alias_of: aliasOf, mta_sts: mtaSts, created_at: new Date(createdMs).toISOString() }
}

function shownRecord(record: WantedRecord): z.infer<typeof recordShape> {
  return { ...record, line: zoneLine(record) }
}

function shownFinding({ id, kind, expected, found, advice, records }: Finding): z.infer<typeof findingShape> {
  return { id, status: kind, expected, found, advice, records: records.map(shownRecord) }
}

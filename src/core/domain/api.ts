import { createRoute, z } from '@hono/zod-openapi'
import type { Domain } from '../../base/brand.ts'
import { isoTime } from '../../base/iso-time.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, needsScope, newApi } from '../../infra/http/api/api.ts'
import { type Caller, changerOf, ownerOf } from '../../infra/http/api/caller.ts'
import { body, json } from '../../infra/http/api/json.ts'
import { afterId, idPageQuery, pageOf, toPage, wholePage } from '../../infra/http/api/page.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import { parseDomain } from '../../proto/mail/domain.ts'
import type { DomainCheck } from './check/check-domain.ts'
import type { Finding } from './check/finding.ts'
import { RecentChecks } from './check/recent-checks.ts'
import { makeDkimKeys, PUBLISH_MS, publishedKeys } from './dkim.ts'
import type { HostedDomain } from './domain.ts'
import { addLife, claimFound, type LifeOptions, shownClaim, wholeClaim, wholeDomain } from './proof/api.ts'
import type { PendingDomain } from './proof/pending.ts'
import { claimById, claimsAfter } from './proof/sql-pending.ts'
import { dkimKeyShape, dnsShape, domainChange, domainShape, type findingShape, type recordShape, rotationWishes, shownDomain, wholeDomainShape } from './shape.ts'
import { changeDomain, domainById, domainNamed, domainsAfter, setDomainState } from './sql.ts'
import { addDkimKeys, dkimKeysOf } from './sql-dkim.ts'
import { type WantedRecord, wantedRecords } from './wanted-records.ts'
import { zoneLine } from './zone-file.ts'

const params = z.object({ id: z.string().max(255).openapi({ description: 'The id of a domain, or its name.' }) })

const list = createRoute({
  method: 'get',
  path: '/domains',
  summary: 'List domains, by name',
  middleware: needsScope('read', { domains: 'obeyed' }),
  request: { query: idPageQuery },
  responses: { 200: json(pageOf(domainShape), 'A page of domains') },
})

const show = createRoute({
  method: 'get',
  path: '/domains/{id}',
  summary: 'Show a domain',
  middleware: needsScope('read', { domains: 'obeyed' }),
  request: { params },
  responses: { 200: json(wholeDomainShape, 'The domain') },
})

const change = createRoute({
  method: 'patch',
  path: '/domains/{id}',
  summary: 'Change what the MTA-STS policy of a domain asks, what begins the detail of an address, or whether its mail is taken',
  middleware: needsScope('admin', { domains: 'obeyed' }),
  request: { params, body: body(domainChange) },
  responses: { 200: json(domainShape, 'The domain as it is now') },
})

const dns = createRoute({
  method: 'get',
  path: '/domains/{id}/dns',
  summary: 'Tell what a domain should publish in DNS, and check whether it does',
  middleware: needsScope('read', { domains: 'obeyed' }),
  request: { params, query: z.object({ live: z.enum(['true', 'false']).default('false').openapi({ description: 'Makes a test mail, too, signs it as it would leave and judges whether SPF and DKIM are aligned: the finding `alignment`. Nobody gets it.' }) }) },
  responses: { 200: json(dnsShape, 'Records and findings') },
})

const keys = createRoute({
  method: 'get',
  path: '/domains/{id}/keys',
  summary: 'Show the DKIM keys of a domain, as DNS records to publish',
  middleware: needsScope('read', { domains: 'obeyed' }),
  request: { params },
  responses: { 200: json(pageOf(dkimKeyShape), 'Its keys') },
})

const rotate = createRoute({
  method: 'post',
  path: '/domains/{id}/keys',
  summary: 'Make new DKIM keys: they sign in two days, and the old ones stay published for a week after',
  middleware: needsScope('admin', { domains: 'obeyed' }),
  request: { params, body: { required: false, content: { 'application/json': { schema: rotationWishes } } } },
  responses: { 201: json(pageOf(dkimKeyShape), 'All keys that are to be published') },
})

/** What the routes are made of. */
export interface DomainApiOptions extends LifeOptions {
  /** Why what goes to many from a domain waits; null when it does not. */
  readonly heldFor: (domain: HostedDomain) => Promise<string | null>
  /** Asks DNS now. It has a deadline of its own. */
  readonly check: (domain: HostedDomain, how: 'usual' | 'live') => Promise<DomainCheck>
}

/** `/v1/domains`: what `merpati domain` and `merpati dns` do, for the domains of the caller's organization. */
export function domainApi(options: DomainApiOptions): Api {
  const { db, clock, secret, subjectOf, check } = options
  const api = newApi()
  const recent = new RecentChecks(clock)
  const found = (caller: Caller, id: string): Promise<HostedDomain> => foundDomain(db, caller, id)
  /** Domains are in the order of their names, and clients of other services know the last one by its id. */
  const nameOf = async (caller: Caller, after: string): Promise<string> => {
    const owner = ownerOf(caller)
    return ((await domainById(db, owner, after)) ?? (await claimById(db, owner, after)))?.name ?? after
  }
  api.openapi(list, async (context) => {
    const { limit, ...from } = context.req.valid('query')
    const caller = context.get('caller')
    const after = await nameOf(caller, afterId(from))
    const [domains, claims] = await Promise.all([domainsOf(db, caller, after, limit + 1), claimsOf(db, caller, after, limit + 1)])
    const rows = [...domains.map(shownDomain), ...claims.map((claim) => shownClaim(claim, secret))].toSorted((one, two) => (one.name < two.name ? -1 : 1))
    return context.json(toPage(rows.slice(0, limit + 1), limit, ({ name }) => name, (row) => row), 200)
  })
  api.openapi(show, async (context) => {
    const { id } = context.req.valid('param')
    const claim = await claimFound(options, context.get('caller'), id)
    return context.json(claim === null ? await wholeDomain(options, await found(context.get('caller'), id)) : await wholeClaim(options, claim), 200)
  })
  api.openapi(change, async (context) => {
    const { mta_sts: mtaSts = null, subaddress = null, state } = context.req.valid('json')
    const caller = context.get('caller')
    const domain = await found(caller, context.req.valid('param').id)
    changerOf(caller)
    await db.write(changeDomain, { name: domain.name, mtaSts, subaddress })
    if (state !== undefined) await db.write(setDomainState, { name: domain.name, state })
    for (const key of [domain.name, `${domain.name} live`]) recent.forget(key)
    return context.json(shownDomain(await found(caller, domain.id)), 200)
  })
  api.openapi(dns, async (context) => {
    const { organization } = context.get('caller')
    const domain = await found(context.get('caller'), context.req.valid('param').id)
    const isLive = context.req.valid('query').live === 'true'
    const asked = await recent.of(isLive ? `${domain.name} live` : domain.name, organization, () => check(domain, isLive ? 'live' : 'usual'))
    if (asked.kind === 'later') throw new Problem(429, 'rate_limit_exceeded', 'Too many checks: each asks many servers. Try again later', { headers: { 'retry-after': String(Math.ceil(asked.waitMs / 1_000)) } })
    const { findings, kind, atMs } = asked.check
    const records = wantedRecords(await subjectOf(domain)).map(shownRecord)
    return context.json({ domain: domain.name, status: kind, checked_at: isoTime(atMs), bulk_held: await options.heldFor(domain), findings: findings.map(shownFinding), records }, 200)
  })
  addLife(api, options, found)
  addKeys(api, options, found)
  return api
}

/** The domain of the caller's organization with that id or name; 404 when there is none, or when the caller is confined to others. */
export async function foundDomain(db: Database, caller: Caller, id: string): Promise<HostedDomain> {
  const name = parseDomain(id)
  const owner = ownerOf(caller)
  const domain = (await domainById(db, owner, id)) ?? (name === null ? null : await domainNamed(db, name))
  if (domain === null || domain.organization !== owner || caller.domains?.includes(domain.name) === false) throw new Problem(404, 'not_found', `There is no domain ${id}`)
  return domain
}

/** Domains of the caller's organization after a name, in name order: those that the caller is confined to, if it is. */
async function domainsOf(db: Database, caller: Caller, after: string, limit: number): Promise<readonly HostedDomain[]> {
  if (caller.domains === null) return await domainsAfter(db, ownerOf(caller), after, limit)
  const named = await Promise.all(caller.domains.map((name) => domainNamed(db, name as Domain))) // Read when the key was made.
  return named.flatMap((domain) => (domain === null || domain.organization !== caller.organization || domain.name <= after ? [] : [domain])).toSorted((one, two) => (one.name < two.name ? -1 : 1))
}

/** Claims of the caller's organization after a name, in name order; of a caller who is confined, none of others. */
async function claimsOf(db: Database, caller: Caller, after: string, limit: number): Promise<readonly PendingDomain[]> {
  const claims = await claimsAfter(db, ownerOf(caller), after, limit)
  return caller.domains === null ? claims : claims.filter(({ name }) => caller.domains?.includes(name))
}

type Found = (caller: Caller, id: string) => Promise<HostedDomain>

function addKeys(api: Api, options: DomainApiOptions, found: Found): void {
  const { db, clock } = options
  const published = async ({ organization, name }: Pick<HostedDomain, 'organization' | 'name'>) =>
    wholePage(publishedKeys(name, await dkimKeysOf(db, organization, name), clock.nowMs()).map((key): z.infer<typeof dkimKeyShape> => ({ name: key.name, state: key.state, value: key.record, signs_from: isoTime(key.activeMs) })))
  api.openapi(keys, async (context) => {
    const { id } = context.req.valid('param')
    const claim = await claimFound(options, context.get('caller'), id) // They may be published, and prove it.
    return context.json(await published(claim ?? (await found(context.get('caller'), id))), 200)
  })
  api.openapi(rotate, async (context) => {
    changerOf(context.get('caller'))
    const domain = await found(context.get('caller'), context.req.valid('param').id)
    const { now } = rotationWishes.parse(context.req.valid('json') ?? {})
    const nowMs = clock.nowMs()
    await db.write(addDkimKeys, { organization: domain.organization, domain: domain.name, keys: await makeDkimKeys(nowMs, now ? nowMs : nowMs + PUBLISH_MS) })
    return context.json(await published(domain), 201)
  })
}

function shownRecord(record: WantedRecord): z.infer<typeof recordShape> {
  return { ...record, line: zoneLine(record) }
}

function shownFinding({ id, kind, expected, found, advice, records }: Finding): z.infer<typeof findingShape> {
  return { id, status: kind, expected, found, advice, records: records.map(shownRecord) }
}

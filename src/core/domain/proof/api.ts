import { createRoute, z } from '@hono/zod-openapi'
import type { Domain, OrganizationId } from '../../../base/brand.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Answer } from '../../../base/dns.ts'
import { makeId } from '../../../base/ids.ts'
import { isoTime } from '../../../base/iso-time.ts'
import { OPERATOR } from '../../../base/operator.ts'
import type { Database } from '../../../infra/db/database.ts'
import { type Api, invalid, needsScope } from '../../../infra/http/api/api.ts'
import { type Caller, changerOf, ownerOf } from '../../../infra/http/api/caller.ts'
import { body, json } from '../../../infra/http/api/json.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import { parseDomain } from '../../../proto/mail/domain.ts'
import { CallerBudget } from '../check/caller-budget.ts'
import { claimOf } from '../claim.ts'
import { makeDkimKeys } from '../dkim.ts'
import type { HostedDomain } from '../domain.ts'
import type { PendingDomain } from './pending.ts'
import { prove } from './prove.ts'
import { claimById, claimDomain, claimNamed, removeClaim, settleClaim } from './sql-pending.ts'
import { abilitiesOf, type domainShape, domainWishes, shownDomain, wholeDomainShape } from '../shape.ts'
import { createDomain, domainNamed, removeDomain } from '../sql.ts'
import { addDkimKeys, dkimKeysOf } from '../sql-dkim.ts'
import { toldProof, toldRecords } from '../told-records.ts'
import { type Subject, wantedRecords } from '../wanted-records.ts'

const params = z.object({ id: z.string().max(255).openapi({ description: 'The id of a domain, or its name.' }) })

const create = createRoute({
  method: 'post',
  path: '/domains',
  summary: 'Claim a domain: it is yours as soon as DNS says so, and nothing is received for it or sent in its name before',
  middleware: needsScope('admin'),
  request: { body: body(domainWishes) },
  responses: { 201: json(wholeDomainShape, 'The domain'), 202: json(wholeDomainShape, 'It is not proven yet: publish the record in `proof`') },
})

const verify = createRoute({
  method: 'post',
  path: '/domains/{id}/verify',
  summary: 'Look now whether DNS says that a domain is yours; it is looked at by itself, too, from every minute to every six hours',
  middleware: needsScope('admin'),
  request: { params },
  responses: { 200: json(wholeDomainShape, 'The domain, proven or not') },
})

const remove = createRoute({
  method: 'delete',
  path: '/domains/{id}',
  summary: 'Stop receiving for a domain that has no addresses any more, or take a claim back',
  middleware: needsScope('admin'),
  request: { params },
  responses: { 200: json(z.object({ object: z.literal('domain'), id: z.string(), deleted: z.literal(true) }), 'It is gone') },
})

/** What claims are dealt with by. */
export interface LifeOptions {
  readonly db: Database
  readonly clock: Clock
  /** The installation's. */
  readonly secret: Uint8Array
  /** Asks DNS for TXT records. It has a deadline of its own. */
  readonly txt: (name: string) => Promise<Answer<string>>
  /** A domain with all that its records depend on. */
  readonly subjectOf: (domain: HostedDomain) => Promise<Subject>
}

/** A claim by its id or its name; null when the caller's organization has none, or the caller is confined to other domains. */
export async function claimFound({ db }: Pick<LifeOptions, 'db'>, caller: Caller, id: string): Promise<PendingDomain | null> {
  const name = parseDomain(id)
  const owner = ownerOf(caller)
  const claim = (await claimById(db, owner, id)) ?? (name === null ? null : await claimNamed(db, owner, name))
  return claim === null || caller.domains?.includes(claim.name) === false ? null : claim
}

/** A claim as it is told: a domain that is not one yet, with what proves it. */
export function shownClaim({ id, name, organization, state, subaddress, aliasOf, why, createdMs, checkedMs }: PendingDomain, secret: Uint8Array): z.infer<typeof domainShape> {
  const { name: record, value } = claimOf(organization, name, secret)
  const proof = { name: record, type: 'TXT' as const, value, found: why, checked_at: isoTime(checkedMs) }
  return { object: 'domain', id, name, state, ...abilitiesOf(state), subaddress, alias_of: aliasOf, mta_sts: 'testing', proof, created_at: isoTime(createdMs) }
}

/** The same with what it should publish: what proves it, and what a domain needs. */
export async function wholeClaim({ secret, subjectOf }: Pick<LifeOptions, 'secret' | 'subjectOf'>, claim: PendingDomain): Promise<z.infer<typeof wholeDomainShape>> {
  const wanted = wantedRecords(await subjectOf({ ...claim, state: 'active', mtaSts: 'testing' }))
  return { ...shownClaim(claim, secret), records: [toldProof(claimOf(claim.organization, claim.name, secret), claim.state), ...toldRecords(wanted)] }
}

/** A domain with what it should publish. */
export async function wholeDomain({ subjectOf }: Pick<LifeOptions, 'subjectOf'>, domain: HostedDomain): Promise<z.infer<typeof wholeDomainShape>> {
  return { ...shownDomain(domain), records: [...toldRecords(wantedRecords(await subjectOf(domain)))] }
}

/** The routes by which a domain comes and goes. */
export function addLife(api: Api, options: LifeOptions, found: (caller: Caller, id: string) => Promise<HostedDomain>): void {
  const { db, clock } = options
  const budget = new CallerBudget(clock)
  api.openapi(create, async (context) => {
    const caller = context.get('caller')
    const organization = changerOf(caller)
    const { name: text, alias_of: other, subaddress } = context.req.valid('json')
    const name = parseDomain(text)
    if (name === null || !name.includes('.')) throw invalid([{ field: 'name', code: 'invalid_domain', message: 'is no domain name' }])
    const aliasOf = other === null ? null : (await found(caller, other)).name
    const wanted = { id: makeId('d', clock.nowMs()), name, organization, subaddress, aliasOf, nowMs: clock.nowMs() }
    if (caller.scopes.includes(OPERATOR)) {
      const made = await db.write(createDomain, wanted)
      if (!made.ok) throw made.error === 'taken' ? taken(name) : overPlan('The plan of the organization allows no more domains')
      await keysFor(options, organization, name)
      return context.json(await wholeDomain(options, await found(caller, name)), 201)
    }
    const claimed = await db.write(claimDomain, wanted)
    if (!claimed.ok) throw claimed.error === 'taken' ? taken(name) : overPlan('Too many domains wait to be proven: prove some of them, or take them back')
    await keysFor(options, organization, name)
    const claim = await look(options, budget, organization, name)
    return claim === null ? context.json(await wholeDomain(options, await found(caller, name)), 201) : context.json(await wholeClaim(options, claim), 202)
  })
  api.openapi(verify, async (context) => {
    const { id } = context.req.valid('param')
    const caller = context.get('caller')
    const organization = changerOf(caller)
    const claim = await claimFound(options, caller, id)
    if (claim === null) return context.json(await wholeDomain(options, await found(caller, id)), 200)
    const after = await look(options, budget, organization, claim.name)
    return context.json(after === null ? await wholeDomain(options, await found(caller, claim.name)) : await wholeClaim(options, after), 200)
  })
  api.openapi(remove, async (context) => {
    const caller = context.get('caller')
    const organization = changerOf(caller)
    const claim = await claimFound(options, caller, context.req.valid('param').id)
    if (claim !== null && (await db.write(removeClaim, { organization, name: claim.name }))) return context.json({ object: 'domain' as const, id: claim.id, deleted: true as const }, 200)
    const { id, name } = await found(caller, context.req.valid('param').id)
    const removed = await db.write(removeDomain, { name, organization, nowMs: clock.nowMs() })
    if (!removed.ok) throw new Problem(409, 'in_use', `${name} still has addresses: remove its accounts and aliases first`)
    return context.json({ object: 'domain' as const, id, deleted: true as const }, 200)
  })
}

/** Looks whether a claim is proven. Null when it has become a domain. */
async function look({ db, clock, secret, txt }: LifeOptions, budget: CallerBudget, organization: OrganizationId, name: Domain): Promise<PendingDomain | null> {
  const waitMs = budget.take(organization)
  if (waitMs > 0) throw new Problem(429, 'rate_limit_exceeded', 'Too many looks: each asks others’ servers. The claim is looked at by itself, too', { headers: { 'retry-after': String(Math.ceil(waitMs / 1_000)) } })
  const proof = { secret, keysOf: dkimKeysOf.bind(null, db), txt, nowMs: () => clock.nowMs() }
  const found = await prove(proof, organization, name, new AbortController().signal) // `txt` has a deadline of its own.
  await db.write(settleClaim, { organization, name, found, nowMs: clock.nowMs() })
  const domain = await domainNamed(db, name)
  return domain?.organization === organization ? null : await claimNamed(db, organization, name)
}

/** Keys that sign at once, unless there are some: their records may be published already. */
async function keysFor({ db, clock }: LifeOptions, organization: OrganizationId, domain: Domain): Promise<void> {
  if ((await dkimKeysOf(db, organization, domain)).length > 0) return
  await db.write(addDkimKeys, { organization, domain, keys: await makeDkimKeys(clock.nowMs(), clock.nowMs()) })
}

function taken(name: Domain): Problem {
  return new Problem(409, 'exists', `${name} is received for already`)
}

function overPlan(why: string): Problem {
  return new Problem(422, 'over_plan', why)
}

import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../base/clock.ts'
import type { Fault } from '../../base/fault.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../infra/http/api/api.ts'
import { type Caller, changerOf, ownerOf } from '../../infra/http/api/caller.ts'
import { body, json } from '../../infra/http/api/json.ts'
import { afterOf, pageOf, pageQuery, toPage } from '../../infra/http/api/page.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import { parseAddress } from '../../proto/mail/address.ts'
import { DECEPTIVE } from '../access/identity.ts'
import { isDeceptive, type Place, placeOf } from './place.ts'
import { MAX_ALIAS_TARGETS } from './limits.ts'
import { addAddress, aliasesAfter, changeAlias, removeAddress, sqlRoutes } from './sql.ts'

const targets = z.array(z.string().max(320)).min(1).max(MAX_ALIAS_TARGETS).openapi({ description: 'Addresses, here or elsewhere.' })
const aliasShape = z.object({ address: z.string().openapi({ example: 'info@example.org', description: '`@example.org` is every address of the domain that is not there.' }), targets }).openapi('Alias')
const aliasWishes = z.strictObject({ address: z.string().max(320), targets }).openapi('AliasWishes')
const aliasChange = z.strictObject({ targets }).openapi('AliasChange')
const params = z.object({ address: z.string().max(320) })

const list = createRoute({
  method: 'get', path: '/aliases', summary: 'List aliases, by domain and address', middleware: needsScope('read'), request: { query: pageQuery },
  responses: { 200: json(pageOf(aliasShape), 'A page of aliases') },
})

const create = createRoute({
  method: 'post', path: '/aliases', summary: 'Let an address lead to others', middleware: needsScope('admin'), request: { body: body(aliasWishes) },
  responses: { 201: json(aliasShape, 'The alias') },
})

const show = createRoute({
  method: 'get', path: '/aliases/{address}', summary: 'Show where an alias leads', middleware: needsScope('read'), request: { params },
  responses: { 200: json(aliasShape, 'The alias') },
})

const change = createRoute({
  method: 'patch', path: '/aliases/{address}', summary: 'Let an alias lead to these, instead of where it led', middleware: needsScope('admin'), request: { params, body: body(aliasChange) },
  responses: { 200: json(aliasShape, 'The alias as it is now') },
})

const remove = createRoute({
  method: 'delete', path: '/aliases/{address}', summary: 'Remove an alias', middleware: needsScope('admin'), request: { params },
  responses: { 200: json(z.object({ address: z.string(), deleted: z.literal(true) }), 'It is gone') },
})

/** `/v1/aliases`: what `merpati alias` does, for the caller's organization. */
export function aliasApi({ db, clock }: { readonly db: Database; readonly clock: Clock }): Api {
  const api = newApi()
  const routes = sqlRoutes(db)
  const found = async (caller: Caller, text: string): Promise<Place & { readonly targets: readonly string[] }> => {
    const place = placeOf(text)
    const entry = place === null ? null : await routes.entry(place.domain, place.local)
    if (place === null || entry?.kind !== 'alias' || entry.organization !== ownerOf(caller)) throw new Problem(404, 'not_found', `There is no alias ${text}`)
    return { ...place, targets: entry.targets }
  }
  api.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid('query')
    const [domain = '', local = ''] = afterOf(cursor).split(' ')
    const rows = await aliasesAfter(db, ownerOf(context.get('caller')), { domain, local }, limit + 1)
    return context.json(toPage(rows, limit, (row) => `${row.domain} ${row.local}`, shown), 200)
  })
  api.openapi(create, async (context) => {
    const organization = changerOf(context.get('caller'))
    const { address, targets: asked } = context.req.valid('json')
    const place = placeOf(address)
    if (place === null) throw invalid([{ field: 'address', code: 'invalid_address', message: 'is no address of a domain' }])
    if (isDeceptive(place)) throw invalid([{ field: 'address', code: 'deceptive', message: DECEPTIVE }])
    if ((await routes.rules(place.domain))?.organization !== organization) throw invalid([{ field: 'address', code: 'unknown_domain', message: 'is at no domain of your organization' }])
    const leads = leadsOf(asked)
    if (!(await db.write(addAddress, { ...place, organization, account: null, targets: leads, nowMs: clock.nowMs() })).ok) throw new Problem(409, 'exists', `${address} is taken`)
    return context.json(shown({ ...place, targets: leads }), 201)
  })
  api.openapi(show, async (context) => context.json(shown(await found(context.get('caller'), context.req.valid('param').address)), 200))
  api.openapi(change, async (context) => {
    changerOf(context.get('caller'))
    const alias = await found(context.get('caller'), context.req.valid('param').address)
    const leads = leadsOf(context.req.valid('json').targets)
    await db.write(changeAlias, { domain: alias.domain, local: alias.local, targets: leads })
    return context.json(shown({ ...alias, targets: leads }), 200)
  })
  api.openapi(remove, async (context) => {
    changerOf(context.get('caller'))
    const { address } = context.req.valid('param')
    const { domain, local } = await found(context.get('caller'), address)
    await db.write(removeAddress, { domain, local, kind: 'alias' })
    return context.json({ address, deleted: true as const }, 200)
  })
  return api
}

/** Targets in canonical form. */
function leadsOf(targets: readonly string[]): readonly string[] {
  const faults: Fault[] = []
  const leads = targets.flatMap((text, at) => {
    const parsed = parseAddress(text)
    if (parsed.ok && parsed.value.domain !== null) return [parsed.value.text]
    faults.push({ field: `targets.${at}`, code: 'invalid_address', message: 'is no address' })
    return []
  })
  if (faults.length > 0) throw invalid(faults)
  return leads
}

function shown({ domain, local, targets: leads }: Place & { readonly targets: readonly string[] }): z.infer<typeof aliasShape> {
  return { address: `${local}@${domain}`, targets: [...leads] }
}

import { createRoute, z } from '@hono/zod-openapi'
import type { OrganizationId } from '../../../base/brand.ts'
import type { Clock } from '../../../base/clock.ts'
import { makeId } from '../../../base/ids.ts'
import { isoTime } from '../../../base/iso-time.ts'
import { OPERATOR } from '../../../base/operator.ts'
import type { Database } from '../../../infra/db/database.ts'
import { type Api, needsScope, newApi } from '../../../infra/http/api/api.ts'
import { changerOf } from '../../../infra/http/api/caller.ts'
import { body, json } from '../../../infra/http/api/json.ts'
import { afterOf, pageOf, pageQuery, toPage } from '../../../infra/http/api/page.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import type { Organization } from '../organization.ts'
import { changeOrganization, createOrganization, organizationById, organizationNamed, organizationsAfter, removeOrganization, setOrganizationState } from '../sql.ts'

const name = z.string().min(1).max(200).regex(/^\P{Cc}*$/u, { error: 'want one line of text' })
const locale = z.enum(['en', 'id']).openapi({ description: 'The language of what we write to its people.' })
const state = z.enum(['active', 'suspended']).openapi({ description: '`suspended`: its people do not log in, and nothing is taken from it to be sent, by whichever way. Mail for it still comes in and is kept; what waits already still goes, unless the queue is held.' })
const organizationShape = z.object({ id: z.string(), name, state, locale, created_at: z.iso.datetime() }).openapi('Organization')
const wishes = z.strictObject({ name, locale: locale.default('en') }).openapi('OrganizationWishes')
const changes = z
  .strictObject({ name: name.optional(), locale: locale.optional(), state: state.optional() })
  .refine((asked) => Object.values(asked).some((value) => value !== undefined), { error: 'say what to change: name, locale or state' })
  .openapi('OrganizationChange')

/** How an organization is named in a path. */
export const organizationParams = z.object({ id: z.string().max(200).openapi({ description: 'The id of an organization, or its name.' }) })
const middleware = needsScope(OPERATOR)

const list = createRoute({
  method: 'get', path: '/organizations', summary: 'List organizations, oldest first', middleware, request: { query: pageQuery },
  responses: { 200: json(pageOf(organizationShape), 'A page of organizations') },
})

const create = createRoute({
  method: 'post', path: '/organizations', summary: 'Make an organization', middleware, request: { body: body(wishes) },
  responses: { 201: json(organizationShape, 'The organization') },
})

const show = createRoute({
  method: 'get', path: '/organizations/{id}', summary: 'Show an organization', middleware, request: { params: organizationParams },
  responses: { 200: json(organizationShape, 'The organization') },
})

const change = createRoute({
  method: 'patch', path: '/organizations/{id}', summary: 'Change an organization', middleware, request: { params: organizationParams, body: body(changes) },
  responses: { 200: json(organizationShape, 'The organization as it is now') },
})

const remove = createRoute({
  method: 'delete', path: '/organizations/{id}', summary: 'Remove an organization that has no domains and accounts any more; its API keys end', middleware, request: { params: organizationParams },
  responses: { 200: json(z.object({ id: z.string(), deleted: z.literal(true) }), 'It is gone') },
})

/** `/v1/organizations`: what `merpati organization` does, for operators. */
export function organizationsApi({ db, clock }: { readonly db: Database; readonly clock: Clock }): Api {
  const api = newApi()
  const found = (id: string): Promise<Organization> => foundOrganization(db, id)
  api.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid('query')
    const rows = await organizationsAfter(db, afterOf(cursor))
    return context.json(toPage(rows.slice(0, limit + 1), limit, ({ id }) => id, shown), 200)
  })
  api.openapi(create, async (context) => {
    changerOf(context.get('caller'))
    const asked = context.req.valid('json')
    const id = makeId('o', clock.nowMs()) as OrganizationId
    if (!(await db.write(createOrganization, { id, ...asked, nowMs: clock.nowMs() })).ok) throw taken(asked.name)
    return context.json(shown(await found(id)), 201)
  })
  api.openapi(show, async (context) => context.json(shown(await found(context.req.valid('param').id)), 200))
  api.openapi(change, async (context) => {
    changerOf(context.get('caller'))
    const before = await found(context.req.valid('param').id)
    const { name: called = before.name, locale: language = before.locale, state: wanted } = context.req.valid('json')
    if ((await db.write(changeOrganization, { id: before.id, name: called, locale: language })) === 'taken') throw taken(called)
    if (wanted !== undefined) await db.write(setOrganizationState, { id: before.id, state: wanted })
    return context.json(shown(await found(before.id)), 200)
  })
  api.openapi(remove, async (context) => {
    changerOf(context.get('caller'))
    const { id, name: called } = await found(context.req.valid('param').id)
    if ((await db.write(removeOrganization, { id, nowMs: clock.nowMs() })) === 'in-use') throw new Problem(409, 'in_use', `${called} still has domains or accounts: remove them first`)
    return context.json({ id, deleted: true as const }, 200)
  })
  return api
}

/** The organization of that id or name; a problem when there is none. For operators only: it belongs to no caller. */
export async function foundOrganization(db: Database, id: string): Promise<Organization> {
  const organization = (await organizationById(db, id)) ?? (await organizationNamed(db, id))
  if (organization === null) throw new Problem(404, 'not_found', `There is no organization ${id}`)
  return organization
}

function taken(called: string): Problem {
  return new Problem(409, 'exists', `An organization is named ${called} already`)
}

function shown({ id, name: called, state: standing, locale: language, createdMs }: Organization): z.infer<typeof organizationShape> {
  return { id, name: called, state: standing, locale: language as 'en' | 'id', created_at: isoTime(createdMs) } // Written with these two only.
}

import { createRoute, z } from '@hono/zod-openapi'
import type { AccountId } from '../../base/brand.ts'
import { isoTime } from '../../base/iso-time.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, needsScope, newApi } from '../../infra/http/api/api.ts'
import { type Caller, changerOf, ownerOf } from '../../infra/http/api/caller.ts'
import { body, json } from '../../infra/http/api/json.ts'
import { afterOf, pageOf, pageQuery, toPage } from '../../infra/http/api/page.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import { within } from '../access/api.ts'
import { allScopes } from '../access/rights.ts'
import { rightsOfRole, type Role } from '../access/role.ts'
import type { Account } from './account.ts'
import { accountShape, roleShape, roleWishes } from './shape.ts'
import { accountById, accountByLogin, accountsAfter } from './sql.ts'
import { setRole } from './sql-role.ts'

/** How an account is named in a path. */
export const accountParams = z.object({ id: z.string().max(320).openapi({ description: 'The id of an account, or the address it logs in with.' }) })

const list = createRoute({
  method: 'get', path: '/accounts', summary: 'List accounts, oldest first', middleware: needsScope('read'), request: { query: pageQuery },
  responses: { 200: json(pageOf(accountShape), 'A page of accounts') },
})

const show = createRoute({
  method: 'get', path: '/accounts/{id}', summary: 'Show an account', middleware: needsScope('read'), request: { params: accountParams },
  responses: { 200: json(accountShape, 'The account') },
})

const showRole = createRoute({
  method: 'get', path: '/accounts/{id}/roles', summary: 'Tell what an account is to its organization, and what it may do', middleware: needsScope('read'), request: { params: accountParams },
  responses: { 200: json(roleShape, 'Its role') },
})

const giveRole = createRoute({
  method: 'put', path: '/accounts/{id}/roles', summary: 'Give an account another role', middleware: needsScope('admin'),
  request: { params: accountParams, body: body(roleWishes) },
  responses: { 200: json(roleShape, 'Its role from now on') },
})

/** `/v1/accounts`: who logs in, and what each may do. Nobody gives a role that allows more than his own, or takes one from who may do more. */
export function accountApi({ db }: { readonly db: Database }): Api {
  const api = newApi()
  api.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid('query')
    const rows = await accountsAfter(db, ownerOf(context.get('caller')), afterOf(cursor))
    return context.json(toPage(rows.slice(0, limit + 1), limit, ({ id }) => id, shownAccount), 200)
  })
  api.openapi(show, async (context) => context.json(shownAccount(await foundAccount(db, context.get('caller'), context.req.valid('param').id)), 200))
  api.openapi(showRole, async (context) => {
    const { role, roleDomains } = await foundAccount(db, context.get('caller'), context.req.valid('param').id)
    return context.json(shownRole(role, roleDomains), 200)
  })
  api.openapi(giveRole, async (context) => {
    const caller = context.get('caller')
    const organization = changerOf(caller)
    const account = await foundAccount(db, caller, context.req.valid('param').id)
    const { role, domains } = context.req.valid('json')
    within(caller, rightsOfRole(account.role, account.roleDomains))
    within(caller, rightsOfRole(role, domains))
    const done = await db.write(setRole, { organization, id: account.id, role, domains })
    if (done === 'last-owner') throw new Problem(409, 'last_owner', `${account.login} is the last owner: make somebody else one first`)
    if (done === 'none') throw new Problem(404, 'not_found', `There is no account ${account.id}`)
    return context.json(shownRole(role, domains), 200)
  })
  return api
}

function shownRole(role: Role, domains: readonly string[] | null): z.infer<typeof roleShape> {
  const { scopes, streams, domains: confined } = rightsOfRole(role, domains)
  return { role, domains: confined === null ? null : [...confined], scopes: [...allScopes(scopes)], streams: streams === null ? null : [...streams] }
}

/** The caller's account of that id or address; a problem when there is none. */
export async function foundAccount(db: Database, caller: Caller, id: string): Promise<Account> {
  const account = id.includes('@') ? await accountByLogin(db, id.toLowerCase()) : await accountById(db, id as AccountId) // Looked for as it was typed.
  if (account === null || account.organization !== ownerOf(caller)) throw new Problem(404, 'not_found', `There is no account ${id}`)
  return account
}

/** The same for who wants to change it, or how it logs in: whoever may do less than an account does not become it. Throws a problem for a test key, and for whoever lacks its rights. */
export async function changeableAccount(db: Database, caller: Caller, id: string): Promise<Account> {
  changerOf(caller)
  const account = await foundAccount(db, caller, id)
  within(caller, rightsOfRole(account.role, account.roleDomains))
  return account
}

/** An account as the API shows it. */
export function shownAccount({ id, login, name, role, roleDomains, state, locale, quotaBytes, usedBytes, usedEmails, createdMs }: Account): z.infer<typeof accountShape> {
  const domains = roleDomains === null ? null : [...roleDomains]
  const language = locale as 'en' | 'id' // Written with these two only.
  return { id, address: login, name, role, domains, state, locale: language, quota_bytes: quotaBytes, used_bytes: usedBytes, used_emails: usedEmails, created_at: isoTime(createdMs) }
}

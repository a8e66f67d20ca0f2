import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../../base/clock.ts'
import { isoTime } from '../../../base/iso-time.ts'
import type { Database } from '../../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../../infra/http/api/api.ts'
import { body, json } from '../../../infra/http/api/json.ts'
import { pageOf, wholePage } from '../../../infra/http/api/page.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import { addAppPassword, type CredentialInfo, credentialsOf, removeCredential, setPassword } from '../../access/sql-credential.ts'
import { accountParams, changeableAccount, foundAccount, shownAccount } from '../api.ts'
import { accountShape } from '../shape.ts'
import { accountChange, appPasswordWishes, credentialShape, newAppPasswordShape, passwordShape } from './shape.ts'
import { changeAccount, setAccountState, setQuota } from '../sql.ts'

const credentialParams = accountParams.extend({ credential: z.string().max(100) })

const change = createRoute({
  method: 'patch', path: '/accounts/{id}', summary: 'Change an account, or suspend and resume it', middleware: needsScope('admin'),
  request: { params: accountParams, body: body(accountChange) },
  responses: { 200: json(accountShape, 'The account as it is now') },
})

const password = createRoute({
  method: 'put', path: '/accounts/{id}/password', summary: 'Set the password of an account; its app passwords stay', middleware: needsScope('admin'),
  request: { params: accountParams, body: body(passwordShape) },
  responses: { 200: json(z.object({ id: z.string() }), 'It is set') },
})

const credentials = createRoute({
  method: 'get', path: '/accounts/{id}/credentials', summary: 'List what an account can log in with, without anything secret', middleware: needsScope('admin'), request: { params: accountParams },
  responses: { 200: json(pageOf(credentialShape), 'Its credentials') },
})

const addApp = createRoute({
  method: 'post', path: '/accounts/{id}/credentials', summary: 'Make an app password; it is shown this once', middleware: needsScope('admin'),
  request: { params: accountParams, body: body(appPasswordWishes) },
  responses: { 201: json(newAppPasswordShape, 'The app password') },
})

const removeApp = createRoute({
  method: 'delete', path: '/accounts/{id}/credentials/{credential}', summary: 'Take an app password away: from the next login on it is void', middleware: needsScope('admin'),
  request: { params: credentialParams },
  responses: { 200: json(z.object({ id: z.string(), deleted: z.literal(true) }), 'It is gone') },
})

/** Changes of accounts, and what they log in with: what `merpati account` does, for the caller's organization. */
export function manageAccountApi({ db, clock }: { readonly db: Database; readonly clock: Clock }): Api {
  const api = newApi()
  api.openapi(change, async (context) => {
    const account = await changeableAccount(db, context.get('caller'), context.req.valid('param').id)
    const { name = account.name, locale = account.locale, state, quota_bytes: quotaBytes } = context.req.valid('json')
    await db.write(changeAccount, { id: account.id, name, locale })
    if (state !== undefined) await db.write(setAccountState, { id: account.id, state })
    if (quotaBytes !== undefined && (await db.write(setQuota, { id: account.id, quotaBytes })) === 'over-storage') throw new Problem(422, 'over_plan', 'The plan of the organization has too little storage left for that quota')
    return context.json(shownAccount(await foundAccount(db, context.get('caller'), account.id)), 200)
  })
  api.openapi(password, async (context) => {
    const { id } = await changeableAccount(db, context.get('caller'), context.req.valid('param').id)
    if ((await setPassword(db, id, context.req.valid('json').password, clock.nowMs())) !== 'set') throw invalid([{ field: 'password', code: 'forbidden', message: 'has characters that cannot be typed everywhere' }])
    return context.json({ id }, 200)
  })
  addCredentials(api, db, clock)
  return api
}

function addCredentials(api: Api, db: Database, clock: Clock): void {
  api.openapi(credentials, async (context) => {
    const { id } = await foundAccount(db, context.get('caller'), context.req.valid('param').id)
    return context.json(wholePage((await credentialsOf(db, id)).map(shownCredential)), 200)
  })
  api.openapi(addApp, async (context) => {
    const { id } = await changeableAccount(db, context.get('caller'), context.req.valid('param').id)
    const { name, expires_at: until, protocols } = context.req.valid('json')
    const made = await addAppPassword(db, { account: id, name, nowMs: clock.nowMs(), expiresMs: until === undefined ? null : Date.parse(until), protocols })
    if (made.kind !== 'added') throw new Problem(422, 'too_many', 'The account has as many as it may have')
    return context.json({ id: made.id, name, password: made.password }, 201)
  })
  api.openapi(removeApp, async (context) => {
    const { id, credential } = context.req.valid('param')
    const account = await changeableAccount(db, context.get('caller'), id)
    const mine = (await credentialsOf(db, account.id)).find((each) => each.id === credential && each.kind === 'app')
    if (mine === undefined) throw new Problem(404, 'not_found', `There is no app password ${credential}`)
    await removeCredential(db, account.id, credential)
    return context.json({ id: credential, deleted: true as const }, 200)
  })
}

function shownCredential({ id, kind, name, createdMs, usedMs, expiresMs }: CredentialInfo): z.infer<typeof credentialShape> {
  return { id, kind, name, created_at: isoTime(createdMs), last_used_at: isoTime(usedMs), expires_at: isoTime(expiresMs) }
}

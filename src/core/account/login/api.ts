import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../../base/clock.ts'
import { isoTime } from '../../../base/iso-time.ts'
import type { Database } from '../../../infra/db/database.ts'
import { type Api, needsScope, newApi } from '../../../infra/http/api/api.ts'
import { json } from '../../../infra/http/api/json.ts'
import { pageOf, wholePage } from '../../../infra/http/api/page.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import { factorsShape } from '../../access/factor/shape.ts'
import { factorsOf, removeTotp } from '../../access/factor/sql-totp.ts'
import { identitiesOf, unlinkIdentity } from '../../access/oidc/sql-identity.ts'
import { passkeyShape } from '../../access/passkey/shape.ts'
import { passkeysOf, removePasskey } from '../../access/passkey/sql-passkey.ts'
import { endSessions, sessionsOf } from '../../access/session/sql-session.ts'
import { accountParams, changeableAccount, foundAccount } from '../api.ts'
import { accountIdentityShape, accountSessionShape, endedShape, goneShape } from './shape.ts'

const middleware = needsScope('admin')
const passkeyParams = accountParams.extend({ passkey: z.string().max(1_400) })
const identityParams = accountParams.extend({ identity: z.string().max(100) })

const sessions = createRoute({
  method: 'get', path: '/accounts/{id}/sessions', summary: 'List where an account is logged in', middleware, request: { params: accountParams },
  responses: { 200: json(pageOf(accountSessionShape), 'Its sessions') },
})

const endAll = createRoute({
  method: 'delete', path: '/accounts/{id}/sessions', summary: 'End all sessions of an account', middleware, request: { params: accountParams },
  responses: { 200: json(endedShape, 'How many there were') },
})

const factors = createRoute({
  method: 'get', path: '/accounts/{id}/factors', summary: 'Tell what an account is asked for beside its password', middleware, request: { params: accountParams },
  responses: { 200: json(factorsShape, 'What there is') },
})

const removeFactor = createRoute({
  method: 'delete', path: '/accounts/{id}/factors', summary: 'Take the authenticator of an account away, with its recovery codes: the password is enough again', middleware, request: { params: accountParams },
  responses: { 200: json(goneShape, 'It is gone') },
})

const passkeys = createRoute({
  method: 'get', path: '/accounts/{id}/passkeys', summary: 'List what logs an account in without a password', middleware, request: { params: accountParams },
  responses: { 200: json(pageOf(passkeyShape), 'Its passkeys') },
})

const removeKey = createRoute({
  method: 'delete', path: '/accounts/{id}/passkeys/{passkey}', summary: 'Take a passkey of an account away', middleware, request: { params: passkeyParams },
  responses: { 200: json(goneShape, 'It opens nothing any more') },
})

const identities = createRoute({
  method: 'get', path: '/accounts/{id}/identities', summary: 'List who an account is at other houses (OpenID Connect)', middleware, request: { params: accountParams },
  responses: { 200: json(pageOf(accountIdentityShape), 'Its identities') },
})

const unlink = createRoute({
  method: 'delete', path: '/accounts/{id}/identities/{identity}', summary: 'Undo the link of an account to another house', middleware, request: { params: identityParams },
  responses: { 200: json(goneShape, 'It is undone') },
})

/**
 * What somebody is logged in with, for who manages the account: what `merpati account session`, `factor`, `passkey` and `identity` do, for the caller's organization. It is for whoever has
 * lost a device, or whose device somebody else has; so it only takes away, and only from who may do no more than the caller.
 */
export function accountLoginApi({ db, clock }: { readonly db: Database; readonly clock: Clock }): Api {
  const api = newApi()
  api.openapi(sessions, async (context) => {
    const { id } = await foundAccount(db, context.get('caller'), context.req.valid('param').id)
    const all = await sessionsOf(db, id, clock.nowMs())
    return context.json(wholePage(all.map((each) => ({ id: each.id, method: each.method, address: each.address, agent: each.agent, created_at: isoTime(each.createdMs), used_at: isoTime(each.usedMs), expires_at: isoTime(each.expiresMs) }))), 200)
  })
  api.openapi(endAll, async (context) => {
    const { id } = await changeableAccount(db, context.get('caller'), context.req.valid('param').id)
    return context.json({ ended: await db.write(endSessions, { account: id, keep: '' }) }, 200)
  })
  api.openapi(factors, async (context) => {
    const { id } = await foundAccount(db, context.get('caller'), context.req.valid('param').id)
    const { totp, recoveryCodes } = await factorsOf(db, id)
    return context.json({ object: 'factors' as const, totp, recovery_codes: recoveryCodes }, 200)
  })
  api.openapi(removeFactor, async (context) => {
    const { id, login } = await changeableAccount(db, context.get('caller'), context.req.valid('param').id)
    if (!(await db.write(removeTotp, { account: id }))) throw new Problem(404, 'not_found', `${login} has no authenticator`)
    return context.json({ id, deleted: true as const }, 200)
  })
  addKeys(api, db)
  return api
}

function addKeys(api: Api, db: Database): void {
  api.openapi(passkeys, async (context) => {
    const { id } = await foundAccount(db, context.get('caller'), context.req.valid('param').id)
    const all = await passkeysOf(db, id)
    return context.json(wholePage(all.map((each) => ({ id: each.id, name: each.name, created_at: isoTime(each.createdMs), used_at: isoTime(each.usedMs) }))), 200)
  })
  api.openapi(removeKey, async (context) => {
    const { id, passkey } = context.req.valid('param')
    const account = await changeableAccount(db, context.get('caller'), id)
    if (!(await db.write(removePasskey, { account: account.id, id: passkey }))) throw new Problem(404, 'not_found', `${account.login} has no passkey ${passkey}`)
    return context.json({ id: passkey, deleted: true as const }, 200)
  })
  api.openapi(identities, async (context) => {
    const { id } = await foundAccount(db, context.get('caller'), context.req.valid('param').id)
    return context.json(wholePage((await identitiesOf(db, id)).map((each) => ({ id: each.id, issuer: each.issuer, created_at: isoTime(each.createdMs) }))), 200)
  })
  api.openapi(unlink, async (context) => {
    const { id, identity } = context.req.valid('param')
    const account = await changeableAccount(db, context.get('caller'), id)
    if (!(await db.write(unlinkIdentity, { account: account.id, id: identity }))) throw new Problem(404, 'not_found', `${account.login} has no identity ${identity}`)
    return context.json({ id: identity, deleted: true as const }, 200)
  })
}

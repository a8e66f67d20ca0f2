import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { AccountId } from '../../../base/brand.ts'
import type { Clock } from '../../../base/clock.ts'
import { isoTime } from '../../../base/iso-time.ts'
import type { Log } from '../../../base/log.ts'
import type { Database } from '../../../infra/db/database.ts'
import { type Api, type ApiEnv, newApi, type SessionRequest, sessionRequest } from '../../../infra/http/api/api.ts'
import type { Caller } from '../../../infra/http/api/caller.ts'
import { body, json } from '../../../infra/http/api/json.ts'
import { pageOf, wholePage } from '../../../infra/http/api/page.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import type { SaslFailure } from '../../../proto/sasl/exchange.ts'
import type { Access } from '../access.ts'
import { factorsOf, showFactor } from '../factor/sql-totp.ts'
import type { Identity } from '../identity.ts'
import { allScopes } from '../rights.ts'
import { rightsOfRole } from '../role.ts'
import { setPassword } from '../sql-credential.ts'
import { type CookieKind, noCookie, sessionCookie, sessionToken } from './cookie.ts'
import { csrfToken, isCsrfToken } from './csrf.ts'
import { endOf, type Session } from './session.ts'
import { codeShape, listedSessionShape, loginShape, newPasswordShape, passwordShape, sessionShape } from './shape.ts'
import { endSession, endSessions, sessionsOf, startSession, useSession } from './sql-session.ts'

/** What logging in over HTTP is made of. */
export interface LoginOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
  /** The installation's. */
  readonly secret: Uint8Array
  readonly access: Pick<Access, 'authority'>
  readonly cookies: CookieKind
  /** Where pages of ours come from: values of the Origin field. */
  readonly origins: readonly string[]
  /** Told of each login that is complete, for the numbers. */
  readonly entered: (method: Session['method']) => void
}

/** Requests of this part that come before there is a session. */
export const OPEN_LOGIN_PATHS: readonly string[] = ['POST /v1/session', 'POST /v1/session/second_factor', 'DELETE /v1/session']

const ended = z.object({ ended: z.number().int() })

const logIn = createRoute({
  method: 'post', path: '/session', summary: 'Log in with an address and a password; the answer sets the cookie of the session', security: [], request: { body: body(loginShape) },
  responses: { 200: json(sessionShape, 'The session') },
})

const second = createRoute({
  method: 'post', path: '/session/second_factor', summary: 'Show the second factor; the answer sets another cookie', security: [], request: { body: body(z.strictObject({ code: codeShape })) },
  responses: { 200: json(sessionShape, 'The session, open now') },
})

const show = createRoute({
  method: 'get', path: '/session', summary: 'Show the session that asks', security: [{ session: [] }],
  responses: { 200: json(sessionShape, 'The session') },
})

const logOut = createRoute({
  method: 'delete', path: '/session', summary: 'Log out', security: [{ session: [] }],
  responses: { 200: json(ended, 'It is over') },
})

const list = createRoute({
  method: 'get', path: '/sessions', summary: 'List your sessions, the newest first', security: [{ session: [] }],
  responses: { 200: json(pageOf(listedSessionShape), 'All of them') },
})

const endOne = createRoute({
  method: 'delete', path: '/sessions/{id}', summary: 'End one of your sessions', security: [{ session: [] }], request: { params: z.object({ id: z.string().max(100) }) },
  responses: { 200: json(ended, 'It is over') },
})

const endAll = createRoute({
  method: 'delete', path: '/sessions', summary: 'End all your other sessions', security: [{ session: [] }],
  responses: { 200: json(ended, 'How many are over') },
})

const changePassword = createRoute({
  method: 'post', path: '/password', summary: 'Change your password; your other sessions end', security: [{ session: [] }],
  request: { body: body(z.strictObject({ current_password: passwordShape, new_password: newPasswordShape })) },
  responses: { 200: json(z.object({ changed: z.literal(true) }), 'It is changed') },
})

type Asked = Context<ApiEnv>

/** `/v1/session`, `/v1/sessions` and `/v1/password`: people log in, see where they are logged in, and end it. */
export function sessionApi(options: LoginOptions): Api {
  const { db, clock, cookies, log } = options
  const api = newApi()
  api.openapi(logIn, async (context) => {
    const { origin } = sessionRequest(context.req)
    if (origin !== undefined && !options.origins.includes(origin)) throw foreignPage()
    const { address, password } = context.req.valid('json')
    const identity = await identityOf(options, context, address, password)
    return context.json(await enter(options, context, { ...identity, method: 'password', replaces: null }), 200)
  })
  api.openapi(second, async (context) => {
    const { session } = await browserOf(options, context)
    if (session.state !== 'second-factor') throw new Problem(409, 'already_open', 'This session has shown its second factor')
    const shown = await showFactor(db, options.secret, { account: session.account, code: context.req.valid('json').code, nowMs: clock.nowMs() })
    log.info('session.factor', { account: session.account, kind: shown.kind })
    if (shown.kind === 'later') throw later(shown.waitMs)
    if (shown.kind === 'wrong') throw new Problem(401, 'invalid_code', 'This code is wrong, or was used before')
    return context.json(await open(options, context, session), 200)
  })
  api.openapi(show, async (context) => {
    const { session, token } = await browserOf(options, context)
    return context.json(shown(options, session, token), 200)
  })
  api.openapi(logOut, async (context) => {
    const { session } = await browserOf(options, context)
    const { account, id } = session
    const isEnded = await db.write(endSession, { account, id })
    context.header('set-cookie', noCookie(cookies))
    return context.json({ ended: isEnded ? 1 : 0 }, 200)
  })
  addList(api, options)
  api.openapi(changePassword, async (context) => {
    const { account, session } = mine(context)
    const { current_password: current, new_password: wanted } = context.req.valid('json')
    await provePassword(options, context, current)
    if ((await setPassword(db, account, wanted, clock.nowMs(), session)) !== 'set') throw new Problem(422, 'validation_error', 'new_password: it has characters that cannot be typed everywhere')
    log.info('session.password_changed', { account })
    return context.json({ changed: true as const }, 200)
  })
  return api
}

function addList(api: Api, { db, clock }: LoginOptions): void {
  api.openapi(list, async (context) => {
    const { account, session } = mine(context)
    return context.json(wholePage((await sessionsOf(db, account, clock.nowMs())).map((each) => listed(each, session))), 200)
  })
  api.openapi(endOne, async (context) => {
    const { id } = context.req.valid('param')
    if (!(await db.write(endSession, { account: mine(context).account, id }))) throw new Problem(404, 'not_found', `There is no session ${id}`)
    return context.json({ ended: 1 }, 200)
  })
  api.openapi(endAll, async (context) => {
    const { account, session } = mine(context)
    return context.json({ ended: await db.write(endSessions, { account, keep: session }) }, 200)
  })
}

/** Who calls by a session. Whoever calls with a key is nobody in particular, so that what is one person's is not for them. */
export function mine(context: { get(name: 'caller'): Caller }): { readonly account: AccountId; readonly session: string } {
  const { actor, session } = context.get('caller')
  if (session === null) throw new Problem(403, 'session_needed', 'This belongs to a person: log in by POST /v1/session instead of calling with a key')
  return { account: actor.id as AccountId, session } // It came out of a session.
}

/** Checks the password of whoever calls once more, before what a stolen session must not do, and returns their login. Throws `Problem` when it is not right. */
export async function provePassword(options: LoginOptions, context: Asked, password: string): Promise<string> {
  const { session } = await browserOf(options, context)
  return (await identityOf(options, context, session.login, password)).login
}

/** Who has proved to be whom, and how. */
export interface Entering extends Pick<Identity, 'account' | 'organization' | 'login'> {
  readonly role: string
  readonly method: Session['method']
  readonly replaces: string | null
}

/** Where a login comes from. */
export interface Client {
  readonly address: string
  readonly agent: string
}

/** A session that has begun, to who has it, and the cookie that makes it theirs. */
export interface Entered {
  readonly session: z.infer<typeof sessionShape>
  readonly cookie: string
}

/** Begins the session of somebody who has shown who he is: it is open when no second factor is asked for. A passkey is two: a thing, and what its owner is or knows. */
export async function enterAs(options: LoginOptions, client: Client, who: Entering): Promise<Entered> {
  const { totp } = await factorsOf(options.db, who.account)
  return await begin(options, client, who, totp === 'on' && who.method !== 'passkey' ? 'second-factor' : 'open')
}

/** The same in answer to a request. */
export async function enter(options: LoginOptions, context: Asked, who: Entering): Promise<Entered['session']> {
  const { session, cookie } = await enterAs(options, clientOf(context), who)
  context.header('set-cookie', cookie)
  return session
}

async function open(options: LoginOptions, context: Asked, who: Session): Promise<Entered['session']> {
  const { session, cookie } = await begin(options, clientOf(context), { ...who, replaces: who.id }, 'open')
  context.header('set-cookie', cookie)
  return session
}

function clientOf({ env, req }: Asked): Client {
  return { address: env.address, agent: req.header('user-agent') ?? '' }
}

async function begin({ db, clock, log, secret, cookies, entered }: LoginOptions, client: Client, who: Entering, state: Session['state']): Promise<Entered> {
  const nowMs = clock.nowMs()
  const { account, method, replaces } = who
  const { id, token } = await startSession(db, { ...client, account, state, method, replaces, nowMs })
  log.info('session.started', { account, session: id, method, state })
  if (state === 'open') entered(method)
  return { session: shown({ secret }, { ...who, id, state, expiresMs: endOf(state, nowMs) }, token), cookie: sessionCookie(token, cookies) }
}

/** The caller of a request that comes with the cookie of an open session; null without one. Throws `Problem` 403 when a page of others sent it. */
export async function sessionCaller(options: LoginOptions, request: SessionRequest): Promise<Caller | null> {
  const token = sessionToken(request.cookie, options.cookies)
  if (token === null) return null
  const session = await useSession(options.db, token, options.clock.nowMs())
  if (session === null) return null
  checkPage(options, request, token)
  if (session.state !== 'open') throw new Problem(401, 'second_factor_needed', 'Show the second factor first: POST /v1/session/second_factor')
  const { organization, id, account, role, domains } = session
  const rights = rightsOfRole(role, domains)
  return { ...rights, organization, actor: { kind: 'account', id: account }, key: account, session: id, mode: 'live', scopes: allScopes(rights.scopes) }
}

/** The session of a browser, open or not. */
async function browserOf(options: LoginOptions, context: Asked): Promise<{ readonly session: Session; readonly token: string }> {
  const request = sessionRequest(context.req)
  const token = sessionToken(request.cookie, options.cookies)
  const session = token === null ? null : await useSession(options.db, token, options.clock.nowMs())
  if (session === null || token === null) throw new Problem(401, 'no_session', 'You are not logged in, or no longer: POST /v1/session')
  checkPage(options, request, token)
  return { session, token }
}

/** A browser sends its cookie for whoever asks it to. What changes something must come from a page of ours, which says so by two things that others cannot. */
function checkPage({ origins, secret }: LoginOptions, { method, origin, csrf }: SessionRequest, token: string): void {
  if (method === 'GET' || method === 'HEAD') return
  if (origin === undefined || !origins.includes(origin)) throw foreignPage()
  if (!isCsrfToken(secret, token, csrf)) throw new Problem(403, 'invalid_csrf_token', 'Send the csrf_token of the session in the header X-CSRF-Token')
}

function foreignPage(): Problem {
  return new Problem(403, 'foreign_origin', 'This did not come from a page of this server: the header Origin must name it')
}

function later(waitMs: number): Problem {
  return new Problem(429, 'rate_limit_exceeded', 'Too many were wrong: try again later', { headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) } })
}

const REFUSALS: Readonly<Record<SaslFailure, readonly [status: number, code: string, detail: string]>> = {
  malformed: [401, 'invalid_credentials', 'The address or the password is wrong'],
  credentials: [401, 'invalid_credentials', 'The address or the password is wrong'],
  throttled: [429, 'rate_limit_exceeded', 'Too many attempts came from your network: try again later'],
  disabled: [403, 'account_suspended', 'This account is suspended'],
  temporary: [503, 'unavailable', 'This cannot be checked at the moment: try again'],
}

async function identityOf({ access }: LoginOptions, context: Asked, address: string, password: string): Promise<Identity> {
  const answer = await access.authority({ address: context.env.address, protocol: 'http' }).checkPassword(address, password)
  if (answer.kind === 'ok') return answer.identity
  const [status, code, detail] = REFUSALS[answer.reason]
  throw new Problem(status, code, detail)
}

function shown({ secret }: Pick<LoginOptions, 'secret'>, session: Pick<Session, 'id' | 'state' | 'account' | 'login' | 'organization' | 'expiresMs'> & { readonly role: string }, token: string): z.infer<typeof sessionShape> {
  const { id, state, account, login, role, organization, expiresMs } = session
  return {
    ...{ object: 'session', id, state: state === 'open' ? 'open' : 'second_factor', account: { id: account, address: login, role, organization } },
    ...{ csrf_token: csrfToken(secret, token), expires_at: isoTime(expiresMs) },
  }
}

function listed({ id, method, address, agent, createdMs, usedMs, expiresMs }: Session, current: string): z.infer<typeof listedSessionShape> {
  return { id, current: id === current, method, address, agent, created_at: isoTime(createdMs), used_at: isoTime(usedMs), expires_at: isoTime(expiresMs) }
}

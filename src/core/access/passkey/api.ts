import { createRoute, z } from '@hono/zod-openapi'
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { isoTime } from '../../../base/iso-time.ts'
import { type Api, newApi } from '../../../infra/http/api/api.ts'
import { body, json } from '../../../infra/http/api/json.ts'
import { pageOf, wholePage } from '../../../infra/http/api/page.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import { makeOneTime, takeOneTime } from '../one-time/sql-one-time.ts'
import { enter, type LoginOptions, mine, provePassword } from '../session/api.ts'
import { Beginnings } from '../session/beginnings.ts'
import { sessionShape } from '../session/shape.ts'
import { checkLogin, checkRegistration, loginOptions, type RelyingParty, registrationOptions } from './ceremony.ts'
import { BEGINS_A_MINUTE, CEREMONY_MS } from './limits.ts'
import { challengeIn, type Passkey } from './passkey.ts'
import { beginShape, ceremonyShape, madeShape, passkeyShape, shownShape } from './shape.ts'
import { addPasskey, notePasskeyUse, passkeyById, passkeysOf, removePasskey } from './sql-passkey.ts'

/** Requests of this part that come before there is a session. */
export const OPEN_PASSKEY_PATHS: readonly string[] = ['POST /v1/session/passkey/options', 'POST /v1/session/passkey']

const security = [{ session: [] }]

const list = createRoute({ method: 'get', path: '/passkeys', summary: 'List your passkeys', security, responses: { 200: json(pageOf(passkeyShape), 'All of them') } })

const begin = createRoute({
  method: 'post', path: '/passkeys/options', summary: 'Begin to make a passkey', security, request: { body: body(beginShape) },
  responses: { 200: json(ceremonyShape, 'What navigator.credentials.create needs') },
})

const create = createRoute({
  method: 'post', path: '/passkeys', summary: 'Keep the passkey that was made', security, request: { body: body(madeShape) },
  responses: { 201: json(passkeyShape, 'The passkey') },
})

const remove = createRoute({
  method: 'delete', path: '/passkeys/{id}', summary: 'Take a passkey away', security, request: { params: z.object({ id: z.string().max(1400) }) },
  responses: { 200: json(z.object({ id: z.string(), deleted: z.literal(true) }), 'It opens nothing any more') },
})

const beginLogin = createRoute({
  method: 'post', path: '/session/passkey/options', summary: 'Begin to log in with a passkey', security: [],
  responses: { 200: json(ceremonyShape, 'What navigator.credentials.get needs') },
})

const logIn = createRoute({
  method: 'post', path: '/session/passkey', summary: 'Log in with the passkey that was shown; the answer sets the cookie of the session', security: [], request: { body: body(shownShape) },
  responses: { 200: json(sessionShape, 'The session: a passkey knows its owner, so no second factor is asked for') },
})

/** `/v1/passkeys` and `/v1/session/passkey`. WebAuthn Level 3. */
export function passkeyApi(options: LoginOptions & { readonly party: RelyingParty }): Api {
  const { db, clock, log, party } = options
  const api = newApi()
  api.openapi(list, async (context) => context.json(wholePage((await passkeysOf(db, mine(context).account)).map(shown)), 200))
  api.openapi(begin, async (context) => {
    const { account } = mine(context)
    const login = await provePassword(options, context, context.req.valid('json').password)
    const challenge = await makeOneTime(db, { account, kind: 'passkey-register', content: null, expiresMs: clock.nowMs() + CEREMONY_MS })
    const wanted = await registrationOptions(party, { account, login, passkeys: await passkeysOf(db, account) }, challenge)
    return context.json({ options: wanted }, 200)
  })
  api.openapi(create, async (context) => {
    const { account } = mine(context)
    const { name, response } = context.req.valid('json')
    const nowMs = clock.nowMs()
    const challenge = challengeIn(response.response.clientDataJSON)
    const begun = challenge === null ? null : await takeOneTime(db, 'passkey-register', challenge, nowMs)
    const made = challenge === null || begun?.account !== account ? new Error('no such challenge') : await checkRegistration(party, response as RegistrationResponseJSON, challenge)
    if (made instanceof Error) {
      log.info('passkey.refused', { account, reason: made.message })
      throw new Problem(422, 'invalid_passkey', 'This passkey was not made for this server, or took too long: begin again')
    }
    const kept = await addPasskey(db, { ...made, account, name }, nowMs)
    if (kept !== 'added') throw new Problem(409, kept === 'taken' ? 'taken' : 'too_many', kept === 'taken' ? 'This passkey is known already' : 'You have as many passkeys as you may have: take one away first')
    log.info('passkey.added', { account })
    return context.json(shown({ ...made, account, name, createdMs: nowMs, usedMs: null }), 201)
  })
  api.openapi(remove, async (context) => {
    const { account } = mine(context)
    const { id } = context.req.valid('param')
    if (!(await db.write(removePasskey, { account, id }))) throw new Problem(404, 'not_found', `You have no passkey ${id}`)
    log.info('passkey.removed', { account })
    return context.json({ id, deleted: true as const }, 200)
  })
  addLogin(api, options)
  return api
}

function addLogin(api: Api, options: LoginOptions & { readonly party: RelyingParty }): void {
  const { db, clock, log, party } = options
  const beginnings = new Beginnings(clock, BEGINS_A_MINUTE)
  api.openapi(beginLogin, async (context) => {
    if (!beginnings.take(context.env.address)) throw new Problem(429, 'rate_limit_exceeded', 'Too many attempts came from your network: try again later', { headers: { 'retry-after': '60' } })
    const challenge = await makeOneTime(db, { account: '', kind: 'passkey-login', content: null, expiresMs: clock.nowMs() + CEREMONY_MS })
    return context.json({ options: await loginOptions(party, challenge) }, 200)
  })
  api.openapi(logIn, async (context) => {
    const { response } = context.req.valid('json')
    const nowMs = clock.nowMs()
    const refused = (account: string | null, reason: string): Problem => {
      log.info('passkey.refused', { account, reason })
      return new Problem(401, 'invalid_passkey', 'This passkey opens nothing here, or took too long: begin again')
    }
    const challenge = challengeIn(response.response.clientDataJSON)
    if (challenge === null || (await takeOneTime(db, 'passkey-login', challenge, nowMs)) === null) throw refused(null, 'no such challenge')
    const passkey = await passkeyById(db, response.id)
    if (passkey === null) throw refused(null, 'no such passkey')
    const { account, id } = passkey
    const { userHandle } = response.response
    // WebAuthn §7.2, step 6: whose it says it is must be whose it is.
    if (userHandle !== undefined && Buffer.from(userHandle, 'base64url').toString() !== account) throw refused(account, 'another owner')
    const counter = await checkLogin(party, passkey, response as AuthenticationResponseJSON, challenge)
    if (counter instanceof Error) throw refused(account, counter.message)
    if (!(await db.write(notePasskeyUse, { account, id, counter, nowMs }))) throw refused(account, 'it has counted so far before')
    return context.json(await enter(options, context, { ...passkey, method: 'passkey', replaces: null }), 200)
  })
}

function shown({ id, name, createdMs, usedMs }: Passkey): z.infer<typeof passkeyShape> {
  return { id, name, created_at: isoTime(createdMs), used_at: isoTime(usedMs) }
}

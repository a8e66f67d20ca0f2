import { createRoute, z } from '@hono/zod-openapi'
import type { AccountId } from '../../../base/brand.ts'
import { isoTime } from '../../../base/iso-time.ts'
import { type Api, newApi } from '../../../infra/http/api/api.ts'
import { body, json } from '../../../infra/http/api/json.ts'
import { pageOf, wholePage } from '../../../infra/http/api/page.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import { parseAddress } from '../../../proto/mail/address.ts'
import { loginOf } from '../identity.ts'
import { makeOneTime, takeOneTime } from '../one-time/sql-one-time.ts'
import { type Client, enterAs, type Entered, type LoginOptions, mine, provePassword } from '../session/api.ts'
import { Beginnings } from '../session/beginnings.ts'
import { awayCookie, awayToken } from '../session/cookie.ts'
import { passwordShape } from '../session/shape.ts'
import { hashToken, makeToken, sameHash } from '../token.ts'
import { BEGINS_A_MINUTE, DEPARTED_MS } from './limits.ts'
import type { Claims, Departure } from './provider.ts'
import type { OidcClient } from './remote.ts'
import { identitiesOf, linkedOwner, linkIdentity, type Owner, ownerByLogin, unlinkIdentity } from './sql-identity.ts'

/** What logging in by other houses is made of. */
export interface OidcOptions extends LoginOptions {
  /** By name. */
  readonly providers: ReadonlyMap<string, OidcClient>
}

const security = [{ session: [] }]
const provider = z.object({ provider: z.string().max(30) })
const away = z.object({ url: z.string().openapi({ description: 'Where to send the browser. It comes back with a session, or to a page that says why not.' }) })
const identity = z.object({ id: z.string(), issuer: z.string(), created_at: z.iso.datetime() }).openapi('LinkedIdentity')

const listProviders = createRoute({
  method: 'get', path: '/session/oidc', summary: 'List who else says who somebody is (OpenID Connect)', security: [],
  responses: { 200: json(pageOf(z.object({ name: z.string() })), 'The providers') },
})

const begin = createRoute({ method: 'post', path: '/session/oidc/{provider}', summary: 'Begin to log in by a provider', security: [], request: { params: provider }, responses: { 200: json(away, 'Where to go') } })

const beginLink = createRoute({
  method: 'post', path: '/identities/{provider}', summary: 'Begin to link your account with who you are at a provider', security, request: { params: provider, body: body(z.strictObject({ password: passwordShape })) },
  responses: { 200: json(away, 'Where to go') },
})

const list = createRoute({ method: 'get', path: '/identities', summary: 'List who you are at providers', security, responses: { 200: json(pageOf(identity), 'All of them') } })

const remove = createRoute({
  method: 'delete', path: '/identities/{id}', summary: 'End that somebody logs in by a provider as you', security, request: { params: z.object({ id: z.string().max(100) }) },
  responses: { 200: json(z.object({ id: z.string(), deleted: z.literal(true) }), 'It is over') },
})

/** Requests of this part that come before there is a session. */
export function openOidcPaths({ providers }: Pick<OidcOptions, 'providers'>): readonly string[] {
  return ['GET /v1/session/oidc', ...[...providers.keys()].map((name) => `POST /v1/session/oidc/${name}`)]
}

/** `/v1/session/oidc` and `/v1/identities`. The way back is a page: `comeBack`. */
export function oidcApi(options: OidcOptions): Api {
  const { db, clock, log, cookies, providers } = options
  const api = newApi()
  const beginnings = new Beginnings(clock, BEGINS_A_MINUTE)
  api.openapi(listProviders, (context) => context.json(wholePage([...providers.keys()].map((name) => ({ name }))), 200))
  const leave = async (context: { header(name: string, value: string): void }, name: string, account: AccountId | ''): Promise<{ readonly url: string }> => {
    const { url, browser } = await depart(options, name, account)
    context.header('set-cookie', awayCookie(browser, cookies, DEPARTED_MS))
    return { url }
  }
  api.openapi(begin, async (context) => {
    if (!beginnings.take(context.env.address)) throw new Problem(429, 'rate_limit_exceeded', 'Too many attempts came from your network: try again later', { headers: { 'retry-after': '60' } })
    return context.json(await leave(context, context.req.valid('param').provider, ''), 200)
  })
  api.openapi(beginLink, async (context) => {
    const { account } = mine(context)
    await provePassword(options, context, context.req.valid('json').password)
    return context.json(await leave(context, context.req.valid('param').provider, account), 200)
  })
  api.openapi(list, async (context) => {
    const all = await identitiesOf(db, mine(context).account)
    return context.json(wholePage(all.map(({ id, issuer, createdMs }) => ({ id, issuer, created_at: isoTime(createdMs) }))), 200)
  })
  api.openapi(remove, async (context) => {
    const { account } = mine(context)
    const { id } = context.req.valid('param')
    if (!(await db.write(unlinkIdentity, { account, id }))) throw new Problem(404, 'not_found', `You have no identity ${id}`)
    log.info('oidc.unlinked', { account })
    return context.json({ id, deleted: true as const }, 200)
  })
  return api
}

async function depart({ db, clock, log, providers }: OidcOptions, name: string, account: AccountId | ''): Promise<{ readonly url: string; readonly browser: string }> {
  const client = providers.get(name)
  if (client === undefined) throw new Problem(404, 'not_found', `There is no provider ${name}`)
  const browser = makeToken()
  const departure: Departure = { provider: name, browser: hashToken(browser), nonce: makeToken(), verifier: makeToken() }
  const state = await makeOneTime(db, { account, kind: 'oidc', content: departure, expiresMs: clock.nowMs() + DEPARTED_MS })
  try {
    return { url: await client.urlFor(departure, state), browser }
  } catch (error) {
    log.warn('oidc.unavailable', { provider: name, error })
    throw new Problem(503, 'unavailable', `${name} does not answer: try again later`, { headers: { 'retry-after': '60' } })
  }
}

/** How coming back ended. `stranger`: nobody here has that identity. `link-first`: who administers something is known by his address alone only once he has linked himself. */
export type CameBack = { readonly kind: 'entered'; readonly entered: Entered } | { readonly kind: 'linked' | 'taken' | 'refused' | 'stranger' | 'link-first' }

/** Somebody comes back from a provider. What comes with him must fit what he left with, once, in the browser that left. */
export async function comeBack(options: OidcOptions, name: string, request: Client & { readonly query: URLSearchParams; readonly cookie: string | undefined }): Promise<CameBack> {
  const { db, clock, log, providers, cookies } = options
  const nowMs = clock.nowMs()
  const state = request.query.get('state') ?? ''
  const client = providers.get(name)
  const taken = client === undefined || !/^[\w-]{43}$/.test(state) ? null : await takeOneTime(db, 'oidc', state, nowMs)
  if (client === undefined || taken === null) return { kind: 'refused' }
  const departure = taken.content as Departure
  const browser = awayToken(request.cookie, cookies)
  // Else somebody could send a victim back with a code of his own, and have him work in a foreign account. RFC 6749 §10.12.
  if (departure.provider !== name || browser === null || !sameHash(hashToken(browser), departure.browser)) return { kind: 'refused' }
  const claims = await client.claims(request.query, departure, state).catch((error: unknown) => {
    log.warn('oidc.refused', { provider: name, error })
    return null
  })
  if (claims === null) return { kind: 'refused' }
  if (taken.account !== '') return { kind: (await linkIdentity(db, taken.account, claims, nowMs)) ? 'linked' : 'taken' }
  const owner = (await linkedOwner(db, claims)) ?? (await ownerByAddress(options, claims))
  if (owner === 'link-first' || owner === null) return { kind: owner ?? 'stranger' }
  const { address, agent } = request
  return { kind: 'entered', entered: await enterAs(options, { address, agent }, { ...owner, method: 'oidc', replaces: null }) }
}

/** Roles that a provider's word on an address does not open: whoever administers something links himself first, with his password. */
const LINK_FIRST: ReadonlySet<string> = new Set(['owner', 'admin', 'domain_admin'])

/** The account whose address the provider has verified. It is linked by that, so that a change of the address there changes nothing here. */
async function ownerByAddress({ db, clock, log }: OidcOptions, claims: Claims): Promise<Owner | 'link-first' | null> {
  const address = parseAddress(claims.verifiedEmail ?? '')
  const login = address.ok ? loginOf(address.value) : null
  const owner = login === null ? null : await ownerByLogin(db, login)
  if (owner === null) return null
  if (LINK_FIRST.has(owner.role)) return 'link-first'
  if (!(await linkIdentity(db, owner.account, claims, clock.nowMs()))) return null // It belongs to somebody who may not log in.
  log.info('oidc.linked', { account: owner.account, by: 'address' })
  return owner
}

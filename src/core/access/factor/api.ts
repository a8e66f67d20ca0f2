import { createRoute, z } from '@hono/zod-openapi'
import type { AccountId } from '../../../base/brand.ts'
import { type Api, newApi } from '../../../infra/http/api/api.ts'
import { body, json } from '../../../infra/http/api/json.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import { type LoginOptions, mine, provePassword } from '../session/api.ts'
import { codeShape, passwordShape } from '../session/shape.ts'
import { enrolledShape, factorsShape, recoveryShape } from './shape.ts'
import { confirmTotp, enrolTotp, factorsOf, newRecoveryCodes, removeTotp, showFactor } from './sql-totp.ts'
import { base32, otpauthUri } from './totp.ts'

const security = [{ session: [] }]
const proof = z.strictObject({ password: passwordShape })

const show = createRoute({ method: 'get', path: '/factors', summary: 'Show what you log in with beside your password', security, responses: { 200: json(factorsShape, 'What there is') } })

const enrol = createRoute({
  method: 'post', path: '/totp', summary: 'Begin with an authenticator; it counts from its first code on', security, request: { body: body(proof) },
  responses: { 200: json(enrolledShape, 'What the authenticator needs, shown this once') },
})

const confirm = createRoute({
  method: 'post', path: '/totp/confirm', summary: 'Switch the second factor on by a first code; your other sessions end, and mail programs need app passwords', security,
  request: { body: body(z.strictObject({ code: codeShape })) },
  responses: { 200: json(recoveryShape, 'It is on; these codes are shown this once') },
})

const renew = createRoute({
  method: 'post', path: '/totp/recovery_codes', summary: 'Get other recovery codes; those before are void', security, request: { body: body(z.strictObject({ code: codeShape })) },
  responses: { 200: json(recoveryShape, 'The codes, shown this once') },
})

const remove = createRoute({
  method: 'post', path: '/totp/remove', summary: 'Switch the second factor off', security, request: { body: body(proof.extend({ code: codeShape })) },
  responses: { 200: json(factorsShape, 'What is left') },
})

/** `/v1/factors` and `/v1/totp`: the second factor of whoever has logged in. `issuer` is the name that authenticators show. */
export function factorApi(options: LoginOptions & { readonly issuer: string }): Api {
  const { db, clock, log, secret: own } = options
  const api = newApi()
  const factors = async (account: AccountId): Promise<z.infer<typeof factorsShape>> => {
    const { totp, recoveryCodes } = await factorsOf(db, account)
    return { object: 'factors', totp, recovery_codes: recoveryCodes }
  }
  api.openapi(show, async (context) => context.json(await factors(mine(context).account), 200))
  api.openapi(enrol, async (context) => {
    const { account } = mine(context)
    const login = await provePassword(options, context, context.req.valid('json').password)
    const secret = await enrolTotp(db, own, account, clock.nowMs())
    if (secret === null) throw new Problem(409, 'already_on', 'You have an authenticator: switch it off before you begin with another')
    const uri = otpauthUri(options.issuer, login, secret)
    return context.json({ object: 'totp' as const, secret: base32(secret), uri, qr_svg: await pictureOf(uri) }, 200)
  })
  api.openapi(confirm, async (context) => {
    const { account, session } = mine(context)
    const codes = await confirmTotp(db, own, { account, code: context.req.valid('json').code, nowMs: clock.nowMs() }, session)
    if (codes === null) throw new Problem(422, 'invalid_code', 'This code is wrong: look at the clock of the device, or begin again')
    log.info('factor.on', { account })
    return context.json({ object: 'recovery_codes' as const, codes: [...codes] }, 200)
  })
  const proveCode = async (account: AccountId, code: string): Promise<void> => {
    const shown = await showFactor(db, own, { account, code, nowMs: clock.nowMs() })
    if (shown.kind === 'later') throw new Problem(429, 'rate_limit_exceeded', 'Too many were wrong: try again later', { headers: { 'retry-after': String(Math.ceil(shown.waitMs / 1000)) } })
    if (shown.kind === 'wrong') throw new Problem(422, 'invalid_code', 'This code is wrong, or was used before')
  }
  api.openapi(renew, async (context) => {
    const { account } = mine(context)
    await proveCode(account, context.req.valid('json').code)
    return context.json({ object: 'recovery_codes' as const, codes: [...(await newRecoveryCodes(db, account))] }, 200)
  })
  api.openapi(remove, async (context) => {
    const { account } = mine(context)
    const { password, code } = context.req.valid('json')
    await provePassword(options, context, password)
    await proveCode(account, code)
    await db.write(removeTotp, { account })
    log.info('factor.off', { account })
    return context.json(await factors(account), 200)
  })
  return api
}

async function pictureOf(text: string): Promise<string> {
  const { renderSVG } = await import('uqr') // Few ever need it.
  return `data:image/svg+xml,${encodeURIComponent(renderSVG(text))}`
}

import { createRoute, z } from '@hono/zod-openapi'
import { type Api, invalid, newApi } from '../../infra/http/api/api.ts'
import { body, json } from '../../infra/http/api/json.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import { askForPassword, type Asked, askToSignUp, type Offers, type SignupOptions } from './service.ts'
import { askedShape, lostShape, madeShape, resetShape, signupShape, tokenShape } from './shape.ts'

/** Requests of this part, which come from people who have nothing to show yet. */
export const OPEN_SIGNUP_PATHS: readonly string[] = ['POST /v1/signup', 'POST /v1/signup/confirm', 'POST /v1/password_reset', 'POST /v1/password_reset/confirm']

const signUp = createRoute({
  method: 'post', path: '/signup', summary: 'Ask for an organization of your own; a mail asks for confirmation', security: [], request: { body: body(signupShape) },
  responses: { 202: json(askedShape, 'A mail goes to the address, whether it is known here or not') },
})

const confirm = createRoute({
  method: 'post', path: '/signup/confirm', summary: 'Confirm a sign-up by the token of the mail', security: [], request: { body: body(tokenShape) },
  responses: { 201: json(madeShape, 'The organization is there, on trial') },
})

const lose = createRoute({
  method: 'post', path: '/password_reset', summary: 'Ask for a new password; a mail goes to the address when it has an account', security: [], request: { body: body(lostShape) },
  responses: { 202: json(askedShape, 'The answer is the same for every address') },
})

const reset = createRoute({
  method: 'post', path: '/password_reset/confirm', summary: 'Set a new password by the token of the mail; every session ends', security: [], request: { body: body(resetShape) },
  responses: { 200: json(z.object({ changed: z.literal(true) }), 'It is set') },
})

const SENT = { object: 'confirmation', status: 'sent' } as const

/** `/v1/signup` and `/v1/password_reset`. `offers` says what of it there is. */
export function signupApi(options: SignupOptions, offers: Offers): Api {
  const api = newApi()
  const mayAsk = (): void => {
    if (offers.signup === 'off') throw new Problem(403, 'signup_off', 'Nobody can sign up here: ask whoever runs this server')
  }
  api.openapi(signUp, async (context) => {
    mayAsk()
    answered(await askToSignUp(options, context.env.address, context.req.valid('json')), 'password')
    return context.json(SENT, 202)
  })
  api.openapi(confirm, async (context) => {
    mayAsk()
    const made = await options.confirm(context.req.valid('json').token)
    if (made.kind !== 'made') throw new Problem(404, 'invalid_token', 'This link was used before, or its time is over: sign up again')
    return context.json({ object: 'organization' as const, id: made.organization, account: made.account }, 201)
  })
  api.openapi(lose, async (context) => {
    if (offers.reset === 'off') throw new Problem(403, 'reset_off', 'This server writes to nobody: ask whoever runs it for a new password')
    answered(await askForPassword(options, context.env.address, context.req.valid('json').address), 'address')
    return context.json(SENT, 202)
  })
  api.openapi(reset, async (context) => {
    const { token, new_password: password } = context.req.valid('json')
    const set = await options.reset(token, password)
    if (set === 'unknown') throw new Problem(404, 'invalid_token', 'This link was used before, or its time is over: ask for another')
    if (set === 'forbidden') throw badPassword('new_password')
    return context.json({ changed: true as const }, 200)
  })
  return api
}

function answered(asked: Asked, field: string): void {
  switch (asked.kind) {
    case 'wait':
      throw tooOften('Too many requests came from your network: try again later', asked.waitMs)
    case 'busy':
      throw tooBusy()
    case 'invalid-address':
      throw invalid([{ field: 'address', code: 'invalid_address', message: 'is no address' }])
    case 'invalid-password':
      throw badPassword(field)
    case 'asked':
  }
}

/** The answer to whoever comes too often. */
export function tooOften(detail: string, waitMs: number): Problem {
  return new Problem(429, 'rate_limit_exceeded', detail, { headers: { 'retry-after': String(Math.ceil(waitMs / 1_000)) } })
}

/** The answer while more passwords are sealed than may be at once. */
export function tooBusy(): Problem {
  return new Problem(503, 'unavailable', 'Too much is going on: try again in a moment', { headers: { 'retry-after': '5' } })
}

/** The answer to a password that not every client can send. */
export function badPassword(field: string): Problem {
  return invalid([{ field, code: 'invalid_password', message: 'has characters that cannot be typed everywhere' }])
}

import { createRoute, z } from '@hono/zod-openapi'
import { isoTime } from '../../../base/iso-time.ts'
import { type Api, newApi } from '../../../infra/http/api/api.ts'
import { body, json } from '../../../infra/http/api/json.ts'
import { pageOf, wholePage } from '../../../infra/http/api/page.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import { type LoginOptions, mine, provePassword } from '../session/api.ts'
import { passwordShape } from '../session/shape.ts'
import { addAppPassword, type CredentialInfo, credentialsOf, removeCredential } from '../sql-credential.ts'

const security = [{ session: [] }]
const protocols = z.array(z.enum(['imap', 'pop3', 'submission'])).min(1).max(3)
const time = z.iso.datetime()

const appPasswordShape = z
  .object({ id: z.string(), name: z.string(), protocols: protocols.nullable().openapi({ description: 'What it is for; null for all of them.' }), created_at: time, used_at: time.nullable() })
  .openapi('AppPassword')

const list = createRoute({
  method: 'get', path: '/app_passwords', summary: 'List your app passwords', security,
  responses: { 200: json(pageOf(appPasswordShape), 'All of them, without the passwords') },
})

const create = createRoute({
  method: 'post', path: '/app_passwords', summary: 'Make a password for one mail program; it is shown this once', security,
  request: {
    body: body(z.strictObject({ password: passwordShape.openapi({ description: 'Your own.' }), name: z.string().min(1).max(100).regex(/^[^\0-\x1f\x7f]*$/, { error: 'must not hold control characters' }), protocols: protocols.optional() })),
  },
  responses: { 201: json(z.object({ id: z.string(), name: z.string(), password: z.string() }), 'The password') },
})

const remove = createRoute({
  method: 'delete', path: '/app_passwords/{id}', summary: 'Take an app password away', security, request: { params: z.object({ id: z.string().max(100) }) },
  responses: { 200: json(z.object({ id: z.string(), deleted: z.literal(true) }), 'It is void') },
})

/** `/v1/app_passwords`: what `merpati account app-password` does, for whoever has logged in. */
export function appPasswordApi(options: LoginOptions): Api {
  const { db, clock, log } = options
  const api = newApi()
  api.openapi(list, async (context) => {
    const all = await credentialsOf(db, mine(context).account)
    return context.json(wholePage(all.filter(({ kind }) => kind === 'app').map(shown)), 200)
  })
  api.openapi(create, async (context) => {
    const { account } = mine(context)
    const { password, name, protocols: wanted } = context.req.valid('json')
    await provePassword(options, context, password)
    const made = await addAppPassword(db, { account, name, nowMs: clock.nowMs(), expiresMs: null, protocols: wanted ?? null })
    if (made.kind !== 'added') throw new Problem(409, 'too_many', 'You have as many app passwords as you may have: take one away first')
    log.info('access.app_password_added', { account, credential: made.id })
    return context.json({ id: made.id, name, password: made.password }, 201)
  })
  api.openapi(remove, async (context) => {
    const { account } = mine(context)
    const { id } = context.req.valid('param')
    const isApp = (await credentialsOf(db, account)).some((credential) => credential.id === id && credential.kind === 'app')
    if (!isApp || !(await removeCredential(db, account, id))) throw new Problem(404, 'not_found', `You have no app password ${id}`)
    return context.json({ id, deleted: true as const }, 200)
  })
  return api
}

function shown({ id, name, protocols: only, createdMs, usedMs }: CredentialInfo): z.infer<typeof appPasswordShape> {
  return { id, name, protocols: only === null ? null : [...only], created_at: isoTime(createdMs), used_at: isoTime(usedMs) }
}

import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../../base/clock.ts'
import { isoTime } from '../../../base/iso-time.ts'
import type { Database } from '../../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../../infra/http/api/api.ts'
import { type Caller, changerOf, ownerOf } from '../../../infra/http/api/caller.ts'
import { body, json } from '../../../infra/http/api/json.ts'
import { afterOf, pageOf, pageQuery, toPage } from '../../../infra/http/api/page.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import { within } from '../../access/api.ts'
import { MAX_LOGIN_CHARS } from '../../access/limits.ts'
import { type Rights, UNBOUND } from '../../access/rights.ts'
import { capsShape, domainsShape, nameShape, streamsShape } from '../../access/shape.ts'
import { addAppPassword, removeCredential } from '../../access/sql-credential.ts'
import { type SmtpCredential, smtpCredentialById, smtpCredentialsAfter } from '../../access/sql-smtp-credential.ts'
import type { SubmissionBounds } from '../../access/store.ts'
import { accountByLogin } from '../sql.ts'

const time = z.iso.datetime()
const shape = z
  .object({
    ...{ id: z.string(), username: z.string(), name: z.string(), domains: z.array(z.string()).nullable(), streams: z.array(z.string()).nullable(), ...capsShape },
    ...{ created_at: time, last_used_at: time.nullable().openapi({ description: 'To within an hour.' }), expires_at: time.nullable() },
  })
  .openapi('SmtpCredential')
const wishes = z
  .strictObject({
    username: z.string().max(MAX_LOGIN_CHARS).openapi({ description: 'The address of an account of the organization: the name to log in with.' }),
    name: nameShape,
    ...{ domains: domainsShape.default(null), streams: streamsShape.default(null), expires_at: time.nullable().default(null) },
    ...{ messages_per_hour: capsShape.messages_per_hour.default(null), messages_per_day: capsShape.messages_per_day.default(null) },
  })
  .openapi('SmtpCredentialWishes')

const params = z.object({ id: z.string().max(100) })
const reading = needsScope('develop') // Who is confined to domains does not learn of other credentials.
const middleware = needsScope('develop', { domains: 'obeyed' })

const list = createRoute({
  method: 'get', path: '/smtp_credentials', summary: 'List what programs submit with over SMTP, oldest first', middleware: reading, request: { query: pageQuery },
  responses: { 200: json(pageOf(shape), 'A page of credentials') },
})

const show = createRoute({
  method: 'get', path: '/smtp_credentials/{id}', summary: 'Show what a program submits with', middleware: reading, request: { params },
  responses: { 200: json(shape, 'The credential') },
})

const create = createRoute({
  method: 'post', path: '/smtp_credentials', summary: 'Make a name and a password for a program that submits over SMTP; it is shown this once', middleware, request: { body: body(wishes) },
  responses: { 201: json(shape.extend({ password: z.string() }).openapi('NewSmtpCredential'), 'The credential and its password') },
})

const revoke = createRoute({
  method: 'delete', path: '/smtp_credentials/{id}', summary: 'Take a credential away: from the next login on it is void', middleware, request: { params },
  responses: { 200: json(z.object({ id: z.string(), deleted: z.literal(true) }), 'It is void') },
})

/** `/v1/smtp_credentials`: what `merpati credential` does. Nobody makes or ends one that sends as whom he may not. */
export function smtpCredentialApi({ db, clock }: { readonly db: Database; readonly clock: Clock }): Api {
  const api = newApi()
  const own = async (caller: Caller, id: string): Promise<SmtpCredential> => {
    const found = await smtpCredentialById(db, ownerOf(caller), id)
    if (found === null) throw new Problem(404, 'not_found', `There is no credential ${id}`)
    return found
  }
  api.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid('query')
    const rows = await smtpCredentialsAfter(db, ownerOf(context.get('caller')), afterOf(cursor))
    return context.json(toPage(rows.slice(0, limit + 1), limit, ({ id }) => id, shown), 200)
  })
  api.openapi(show, async (context) => context.json(shown(await own(context.get('caller'), context.req.valid('param').id)), 200))
  api.openapi(create, async (context) => {
    const { username, name, domains, streams, expires_at: until, ...cap } = context.req.valid('json')
    const caller = context.get('caller')
    const organization = changerOf(caller)
    const nowMs = clock.nowMs()
    const expiresMs = until === null ? null : Date.parse(until)
    within(caller, rightsOf({ domains, streams, expiresMs }))
    const account = await accountByLogin(db, username.trim().toLowerCase())
    if (account === null || account.organization !== organization) throw invalid([{ field: 'username', code: 'unknown_account', message: 'is the address of no account of your organization' }])
    const made = await addAppPassword(db, { account: account.id, name, nowMs, expiresMs, protocols: ['submission'], submission: { domains, streams, ...capsOf(cap) } })
    if (made.kind !== 'added') throw new Problem(422, 'too_many', 'This account has as many credentials as it may have')
    return context.json({ ...shown(await own(caller, made.id)), password: made.password }, 201)
  })
  api.openapi(revoke, async (context) => {
    const caller = context.get('caller')
    changerOf(caller)
    const { id, account, ...bounds } = await own(caller, context.req.valid('param').id)
    within(caller, rightsOf(bounds))
    await removeCredential(db, account, id)
    return context.json({ id, deleted: true as const }, 200)
  })
  return api
}

function rightsOf({ domains, streams, expiresMs }: Pick<SmtpCredential, 'domains' | 'streams' | 'expiresMs'>): Rights {
  return { ...UNBOUND, scopes: ['send'], domains, streams, expiresMs }
}

/** Without a cap nothing is kept of it, as before there were any. */
function capsOf({ messages_per_hour: messagesPerHour, messages_per_day: messagesPerDay }: Pick<z.infer<typeof wishes>, 'messages_per_hour' | 'messages_per_day'>): Pick<SubmissionBounds, 'caps'> {
  return messagesPerHour === null && messagesPerDay === null ? {} : { caps: { messagesPerHour, messagesPerDay } }
}

function shown({ id, username, name, domains, streams, caps, createdMs, usedMs, expiresMs }: SmtpCredential): z.infer<typeof shape> {
  const listed = (values: readonly string[] | null): string[] | null => (values === null ? null : [...values])
  return { id, username, name, domains: listed(domains), streams: listed(streams), messages_per_hour: caps.messagesPerHour, messages_per_day: caps.messagesPerDay, created_at: isoTime(createdMs), last_used_at: isoTime(usedMs), expires_at: isoTime(expiresMs) }
}

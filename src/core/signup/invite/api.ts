import { createRoute, z } from '@hono/zod-openapi'
import { isoTime } from '../../../base/iso-time.ts'
import type { Database } from '../../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../../infra/http/api/api.ts'
import { changerOf, ownerOf } from '../../../infra/http/api/caller.ts'
import { body, json } from '../../../infra/http/api/json.ts'
import { afterOf, pageOf, pageQuery, toPage } from '../../../infra/http/api/page.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import { within } from '../../access/api.ts'
import { rightsOfRole } from '../../access/role.ts'
import { badPassword, tooBusy, tooOften } from '../api.ts'
import type { Invitation } from './invitation.ts'
import { acceptInvitation, inviteByMail, type InviteOptions, type InviteOutcome } from './service.ts'
import { acceptShape, invitationShape, invitationWishes, joinedShape } from './shape.ts'
import { invitationById, invitationsAfter, withdrawInvitation } from './sql.ts'

/** Requests of this part that come from people who have nothing to show yet. */
export const OPEN_INVITE_PATHS: readonly string[] = ['POST /v1/invitations/accept']

const params = z.object({ id: z.string().max(100) })

const list = createRoute({
  method: 'get', path: '/invitations', summary: 'List who was invited and has not joined yet, oldest first', middleware: needsScope('admin'), request: { query: pageQuery },
  responses: { 200: json(pageOf(invitationShape), 'A page of invitations') },
})

const show = createRoute({
  method: 'get', path: '/invitations/{id}', summary: 'Show an invitation', middleware: needsScope('admin'), request: { params },
  responses: { 200: json(invitationShape, 'The invitation') },
})

const create = createRoute({
  method: 'post', path: '/invitations', summary: 'Invite somebody to join, by mail', middleware: needsScope('admin'), request: { body: body(invitationWishes) },
  responses: { 201: json(invitationShape, 'A mail goes to the address; an earlier invitation of it is void') },
})

const remove = createRoute({
  method: 'delete', path: '/invitations/{id}', summary: 'Take an invitation back: its link leads nowhere from now on', middleware: needsScope('admin'), request: { params },
  responses: { 200: json(z.object({ object: z.literal('invitation'), id: z.string(), deleted: z.literal(true) }), 'It is gone') },
})

const accept = createRoute({
  method: 'post', path: '/invitations/accept', summary: 'Join by the token of the mail', security: [], request: { body: body(acceptShape) },
  responses: { 201: json(joinedShape, 'The account is there') },
})

/** `/v1/invitations`: people join an organization with an address of their own, and nobody else ever knows their password. `state`: without an address to write from nobody is written to. */
export function inviteApi({ db, ...options }: InviteOptions & { readonly db: Database }, state: 'on' | 'off'): Api {
  const { clock } = options
  const api = newApi()
  const gone = (id: string): Problem => new Problem(404, 'not_found', `There is no invitation ${id}: it was followed, taken back, or is over`)
  api.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid('query')
    const rows = await invitationsAfter(db, ownerOf(context.get('caller')), afterOf(cursor), clock.nowMs())
    return context.json(toPage(rows.slice(0, limit + 1), limit, ({ id }) => id, shown), 200)
  })
  api.openapi(show, async (context) => {
    const { id } = context.req.valid('param')
    const found = await invitationById(db, ownerOf(context.get('caller')), id, clock.nowMs())
    if (found === null) throw gone(id)
    return context.json(shown(found), 200)
  })
  api.openapi(create, async (context) => {
    const caller = context.get('caller')
    const organization = changerOf(caller)
    const wishes = context.req.valid('json')
    within(caller, rightsOfRole(wishes.role, null))
    if (state === 'off') throw new Problem(403, 'mail_off', 'This server writes to nobody: make an account with POST /v1/accounts, or ask whoever runs it to set login.from')
    const done = await inviteByMail(options, { ...wishes, organization, invitedBy: `${caller.actor.kind} ${caller.actor.id}` })
    if (done.kind !== 'invited') throw refusalOf(done, wishes.email)
    return context.json(shown(done.invitation), 201)
  })
  api.openapi(remove, async (context) => {
    const organization = changerOf(context.get('caller'))
    const { id } = context.req.valid('param')
    const found = await invitationById(db, organization, id, clock.nowMs())
    if (found === null) throw gone(id)
    within(context.get('caller'), rightsOfRole(found.role, null))
    await db.write(withdrawInvitation, { organization, id })
    return context.json({ object: 'invitation' as const, id, deleted: true as const }, 200)
  })
  addAccepting(api, options)
  return api
}

function addAccepting(api: Api, options: InviteOptions): void {
  api.openapi(accept, async (context) => {
    const { token, name = null, password } = context.req.valid('json')
    const joined = await acceptInvitation(options, token, { name, password })
    switch (joined.kind) {
      case 'joined':
        return context.json({ object: 'account' as const, id: joined.account, organization: joined.organization }, 201)
      case 'unknown':
        throw new Problem(404, 'invalid_token', 'This link was used before, was taken back, or its time is over: ask to be invited again')
      case 'taken':
        throw new Problem(409, 'exists', 'This address has an account already: ask to be invited under another')
      case 'over-plan':
        throw new Problem(422, 'over_plan', 'The plan of the organization allows no more accounts: the invitation stays until there is room')
      case 'busy':
        throw tooBusy()
      case 'invalid-password':
        throw badPassword('password')
    }
  })
}

function refusalOf(done: Exclude<InviteOutcome, { kind: 'invited' }>, email: string): Problem {
  switch (done.kind) {
    case 'invalid-address':
      return invalid([{ field: 'email', code: 'invalid_address', message: 'is no address' }])
    case 'own':
      return invalid([{ field: 'email', code: 'own_domain', message: 'is of a domain of yours: make the account with POST /v1/accounts' }])
    case 'member':
      return new Problem(409, 'exists', `${email} is an account of the organization already`)
    case 'over-plan':
      return new Problem(422, 'over_plan', 'The plan of the organization allows no more accounts')
    case 'too-many':
      return new Problem(422, 'too_many', 'Too many invitations wait to be followed: take some of them back')
    case 'paced':
      return new Problem(429, 'rate_limit_exceeded', `${email} got as many mails as it may get in an hour`, { headers: { 'retry-after': '3600' } })
    case 'wait':
      return tooOften('Too many invitations in a short time: try again later', done.waitMs)
  }
}

function shown({ id, login, role, locale, invitedBy, createdMs, expiresMs }: Invitation): z.infer<typeof invitationShape> {
  if (role === 'domain_admin') throw new Error('nobody is invited as one')
  return { object: 'invitation', id, email: login, role, locale, invited_by: invitedBy, created_at: isoTime(createdMs), expires_at: isoTime(expiresMs) }
}

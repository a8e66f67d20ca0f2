import { z } from '@hono/zod-openapi'
import { MAX_LOGIN_CHARS } from '../../access/limits.ts'
import { ROLES } from '../../access/role.ts'
import { newPasswordShape } from '../../access/session/shape.ts'
import { token } from '../shape.ts'

const time = z.iso.datetime()
const role = z.enum(ROLES).exclude(['domain_admin']).openapi({ description: 'A domain_admin is made of whoever has joined, by `PUT /v1/accounts/{id}/roles`, with its domains.' })
const locale = z.enum(['en', 'id'])
/** How somebody is called who joins. */
export const personName = z.string().trim().min(1).max(200).regex(/^\P{Cc}*$/u, { error: 'want one line of text' })

/** Somebody who is asked to join, over HTTP. */
export const invitationShape = z
  .object({ object: z.literal('invitation'), id: z.string(), email: z.string(), role, locale, invited_by: z.string(), created_at: time, expires_at: time })
  .openapi('Invitation')

/** Whom to ask, as what. */
export const invitationWishes = z
  .strictObject({ email: z.string().max(MAX_LOGIN_CHARS), role: role.default('member'), locale: locale.default('en').openapi({ description: 'The language of what we write.' }) })
  .openapi('InvitationWishes')

/** What somebody chooses who joins, with the token out of the link. */
export const acceptShape = z.strictObject({ token, name: personName.optional(), password: newPasswordShape }).openapi('InvitationAccepted')

/** The account that was made. */
export const joinedShape = z.object({ object: z.literal('account'), id: z.string(), organization: z.string() }).openapi('Joined')

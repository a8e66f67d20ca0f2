import { z } from '@hono/zod-openapi'
import { MAX_LOGIN_CHARS } from '../access/limits.ts'
import { newPasswordShape } from '../access/session/shape.ts'
import { MAX_NAME_CHARS } from './limits.ts'

const address = z.string().max(MAX_LOGIN_CHARS)
/** A token out of a link of ours. */
export const token = z.string().regex(/^[\w-]{43}$/, { error: 'is no token of ours' })

/** The name of an organization, as somebody may choose it. */
export const organizationName = z.string().trim().min(1).max(MAX_NAME_CHARS).regex(/^[^\p{Cc}\p{Cf}\p{Cs}]*$/u, { error: 'must not hold control characters' })

/** What somebody asks for who signs up. */
export const signupShape = z
  .strictObject({ organization: organizationName, address, password: newPasswordShape, locale: z.enum(['en', 'id']).default('en').openapi({ description: 'The language of what we write.' }) })
  .openapi('Signup')

/** That a mail goes to the address, whether it is known here or not. */
export const askedShape = z.object({ object: z.literal('confirmation'), status: z.literal('sent') }).openapi('ConfirmationSent')

/** The token out of the link. */
export const tokenShape = z.strictObject({ token })

/** The organization that was made. */
export const madeShape = z.object({ object: z.literal('organization'), id: z.string(), account: z.string() }).openapi('SignedUp')

/** Whose password was lost. */
export const lostShape = z.strictObject({ address })

/** The new password, with the token out of the link. */
export const resetShape = z.strictObject({ token, new_password: newPasswordShape })

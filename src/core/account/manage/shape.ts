import { z } from '@hono/zod-openapi'
import { ROLES } from '../../access/role.ts'

const time = z.iso.datetime()
const name = z.string().min(1).max(200).regex(/^\P{Cc}*$/u, { error: 'want one line of text' })
const role = z.enum(ROLES).exclude(['domain_admin']).openapi({ description: 'A domain_admin is made by `PUT /v1/accounts/{id}/roles`, with its domains.' })
const locale = z.enum(['en', 'id']).openapi({ description: 'The language of what we write to it.' })
const quota = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullable().openapi({ description: 'Octets of mail that it may keep; null for no limit.' })
const password = z.string().min(1).max(1_024)

/** What a new account is made of. */
export const accountWishes = z
  .strictObject({ address: z.string().max(320), password, name: name.optional(), role: role.default('member'), locale: locale.default('en'), quota_bytes: quota.optional() })
  .openapi('AccountWishes')

/** What may be changed of one. */
export const accountChange = z
  .strictObject({ name: name.optional(), locale: locale.optional(), state: z.enum(['active', 'suspended']).optional(), quota_bytes: quota.optional() })
  .refine((asked) => Object.values(asked).some((value) => value !== undefined), { error: 'say what to change: name, locale, state or quota_bytes' })
  .openapi('AccountChange')

/** A password for an account. */
export const passwordShape = z.strictObject({ password }).openapi('AccountPassword')

/** What an account can log in with. */
export const credentialShape = z
  .object({ id: z.string(), kind: z.enum(['password', 'app']), name: z.string(), created_at: time, last_used_at: time.nullable(), expires_at: time.nullable() })
  .openapi('Credential')

/** An app password to be made. */
export const appPasswordWishes = z.strictObject({ name: name.default('app'), expires_at: time.optional(), protocols: z.array(z.enum(['imap', 'pop3', 'submission'])).min(1).max(3).nullable().default(null).openapi({ description: 'What it is for; null for all of them.' }) }).openapi('AppPasswordWishes')

/** A new one. */
export const newAppPasswordShape = z.object({ id: z.string(), name: z.string(), password: z.string().openapi({ description: 'Shown this once.' }) }).openapi('NewAppPassword')

import { z } from '@hono/zod-openapi'
import { ROLES } from '../access/role.ts'
import { domainsShape } from '../access/shape.ts'

/** An account over HTTP. */
export const accountShape = z
  .object({
    id: z.string().openapi({ example: 'a-P7AGWW7YrykFne2Cn6S' }),
    address: z.string().openapi({ description: 'The name to log in with: its first address.' }),
    name: z.string(),
    role: z.enum(ROLES),
    domains: z.array(z.string()).nullable().openapi({ description: 'Those that a `domain_admin` administers; null for other roles.' }),
    state: z.enum(['active', 'suspended']),
    locale: z.enum(['en', 'id']).openapi({ description: 'The language of what we write to it.' }),
    quota_bytes: z.number().int().nullable(),
    used_emails: z.number().int(),
    used_bytes: z.number().int(),
    created_at: z.iso.datetime(),
  })
  .openapi('Account')

/** What an account shall be to its organization. */
export const roleWishes = z
  .strictObject({ role: z.enum(ROLES), domains: domainsShape.default(null) })
  .refine(({ role, domains }) => (role === 'domain_admin') === (domains !== null), { path: ['domains'], error: 'name the domains of a domain_admin, and of nobody else' })
  .openapi('RoleWishes')

/** What an account is to its organization, and what it may do for that. */
export const roleShape = z.object({ role: z.enum(ROLES), domains: z.array(z.string()).nullable(), scopes: z.array(z.string()), streams: z.array(z.string()).nullable() }).openapi('AccountRole')

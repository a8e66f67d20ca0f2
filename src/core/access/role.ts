import { type Rights, type Scope, type SendingStream, UNBOUND } from './rights.ts'

/** What accounts are to their organization, the mightiest first. */
export const ROLES = ['owner', 'admin', 'domain_admin', 'developer', 'marketer', 'analyst', 'support', 'member'] as const

/** One of them. */
export type Role = (typeof ROLES)[number]

/** What a role allows over HTTP. Mail of its own everybody with a mailbox reads and sends; that needs no role. */
const TABLE: Readonly<Record<Role, { readonly scopes: readonly Scope[]; readonly streams: readonly SendingStream[] | null }>> = {
  owner: { scopes: ['*'], streams: null },
  admin: { scopes: ['read', 'send', 'admin'], streams: null },
  domain_admin: { scopes: ['read', 'send', 'admin'], streams: null }, // Of the domains that are named with it.
  developer: { scopes: ['read', 'send', 'content', 'develop'], streams: null },
  marketer: { scopes: ['read', 'send', 'content'], streams: ['broadcast'] },
  analyst: { scopes: ['read'], streams: null },
  support: { scopes: ['trace'], streams: null },
  member: { scopes: [], streams: null },
}

/** What an account of that role may do. `domains` are those of a domain administrator; whom none are named for administers none. */
export function rightsOfRole(role: Role, domains: readonly string[] | null): Rights {
  return { ...UNBOUND, ...TABLE[role], domains: role === 'domain_admin' ? (domains ?? []) : null }
}

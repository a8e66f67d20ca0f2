/** Roles and their special-use attributes. RFC 6154 §2, RFC 8457. */
const USES: ReadonlyMap<string, string> = new Map([
  ['all', '\\All'],
  ['archive', '\\Archive'],
  ['drafts', '\\Drafts'],
  ['flagged', '\\Flagged'],
  ['important', '\\Important'],
  ['junk', '\\Junk'],
  ['sent', '\\Sent'],
  ['trash', '\\Trash'],
])

/** The attribute that LIST shows for a role, or null when there is none (the inbox has its name). */
export function useOf(role: string | null): string | null {
  return role === null ? null : (USES.get(role) ?? null)
}

/** The role that an attribute asks for, or null when we do not know it. */
export function roleOf(use: string): string | null {
  for (const [role, own] of USES) if (own.toLowerCase() === use.toLowerCase()) return role
  return null
}

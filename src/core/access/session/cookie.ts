import { MAX_COOKIE_CHARS } from './limits.ts'

/**
 * How the cookie of a session is kept by browsers. `secure`: `__Host-` binds it to this host, to HTTPS and to no parent domain (RFC 6265bis §4.1.3.2).
 * `plain` is for the demo, whose pages come over HTTP from this machine.
 */
export type CookieKind = 'secure' | 'plain'

const NAMES: Readonly<Record<CookieKind, string>> = { secure: '__Host-merpati', plain: 'merpati' }

/** The token of a session in a Cookie field, or null. RFC 6265 §4.2.1. Of several that have our name the first counts, as the most exact one. */
export function sessionToken(header: string | undefined, kind: CookieKind): string | null {
  if (header === undefined || header.length > MAX_COOKIE_CHARS) return null
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals === -1 || pair.slice(0, equals).trim() !== NAMES[kind]) continue
    const value = pair.slice(equals + 1).trim()
    return /^[\w-]{43}$/.test(value) ? value : null
  }
  return null
}

/** The Set-Cookie field that gives a browser its token. Without an age: a browser that is closed forgets it. */
export function sessionCookie(token: string, kind: CookieKind): string {
  return `${NAMES[kind]}=${token}; Path=/; HttpOnly; SameSite=Lax${kind === 'secure' ? '; Secure' : ''}`
}

/** The Set-Cookie field that takes it back. */
export function noCookie(kind: CookieKind): string {
  return `${sessionCookie('', kind)}; Max-Age=0`
}

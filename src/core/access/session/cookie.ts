import { MAX_COOKIE_CHARS } from './limits.ts'

/**
 * How the cookie of a session is kept by browsers. `secure`: `__Host-` binds it to this host, to HTTPS and to no parent domain (RFC 6265bis §4.1.3.2).
 * `plain` is for the demo, whose pages come over HTTP from this machine.
 */
export type CookieKind = 'secure' | 'plain'

/** What a cookie of ours is for: a session, or to know the browser that is away at another house to say who it is. */
export type CookieUse = 'session' | 'away'

const NAMES: Readonly<Record<CookieKind, Readonly<Record<CookieUse, string>>>> = {
  secure: { session: '__Host-merpati', away: '__Host-merpati-away' },
  plain: { session: 'merpati', away: 'merpati-away' },
}

/** The token of a session in a Cookie field, or null. RFC 6265 §4.2.1. Of several that have our name the first counts, as the most exact one. */
export function sessionToken(header: string | undefined, kind: CookieKind): string | null {
  return tokenIn(header, NAMES[kind].session)
}

/** The token of a browser that comes back from another house, or null. */
export function awayToken(header: string | undefined, kind: CookieKind): string | null {
  return tokenIn(header, NAMES[kind].away)
}

function tokenIn(header: string | undefined, name: string): string | null {
  if (header === undefined || header.length > MAX_COOKIE_CHARS) return null
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals === -1 || pair.slice(0, equals).trim() !== name) continue
    const value = pair.slice(equals + 1).trim()
    return /^[\w-]{43}$/.test(value) ? value : null
  }
  return null
}

/** The Set-Cookie field that gives a browser its token. Without an age: a browser that is closed forgets it. */
export function sessionCookie(token: string, kind: CookieKind): string {
  return `${NAMES[kind].session}=${token}${attributes(kind)}`
}

/** The Set-Cookie field for a browser that goes away to another house, for so many milliseconds. Lax: it comes back by following a link. */
export function awayCookie(token: string, kind: CookieKind, forMs: number): string {
  return `${NAMES[kind].away}=${token}${attributes(kind)}; Max-Age=${Math.ceil(forMs / 1000)}`
}

function attributes(kind: CookieKind): string {
  return `; Path=/; HttpOnly; SameSite=Lax${kind === 'secure' ? '; Secure' : ''}`
}

/** The Set-Cookie field that takes it back. */
export function noCookie(kind: CookieKind): string {
  return `${sessionCookie('', kind)}; Max-Age=0`
}

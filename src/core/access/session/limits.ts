/** A session that nobody uses ends: OWASP advises 15 to 30 minutes where much is at stake and hours elsewhere; a working day is between them. */
export const IDLE_MS = 12 * 3_600_000

/** However much it is used, a session ends then: its owner logs in again every two weeks. */
export const ABSOLUTE_MS = 14 * 24 * 3_600_000

/** Between the password and the second factor. */
export const SECOND_FACTOR_WITHIN_MS = 5 * 60_000

/** How often the last use of a session is written down, at most. */
export const NOTE_USE_EVERY_MS = 60_000

/** Sessions of one account. A new one ends the one that was used longest ago. */
export const MAX_SESSIONS = 50

/** Characters of a program's name (User-Agent) that are kept, to tell sessions apart in a list. */
export const MAX_AGENT_CHARS = 200

/** Characters of a Cookie field that are looked at: headers have 16 KiB in all. */
export const MAX_COOKIE_CHARS = 16_384

/** Sessions removed in one write. */
export const CHUNK = 500

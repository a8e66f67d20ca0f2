/** A retry sooner than this is no retry of a mail server (RFC 5321 §4.5.4.1 wants 30 minutes; many take one). deliverability §5.2. */
export const MIN_WAIT_MS = 60_000

/** A first try is remembered for so long: servers retry for days, and all retry within one. deliverability §5.2. */
export const UNCONFIRMED_FOR_MS = 24 * 3_600_000

/** Who passed passes for so long after the last mail: a monthly newsletter stays known. deliverability §5.2. */
export const PASSED_FOR_MS = 36 * 24 * 3_600_000

/** Distinct keys that passed before a client is not asked any more, within `CLIENT_WITHIN_MS`. deliverability §5.2. */
export const CLIENT_AFTER_KEYS = 5

/** See `CLIENT_AFTER_KEYS`. */
export const CLIENT_WITHIN_MS = 30 * 24 * 3_600_000

/** How long a client is not asked then. deliverability §5.2. */
export const CLIENT_FOR_MS = 60 * 24 * 3_600_000

/** How often the last use of what passes is written down: it costs a write, and its end is weeks away. */
export const NOTE_USE_EVERY_MS = 24 * 3_600_000

/** In selective mode, the score from which a message is greylisted. deliverability §5.2. */
export const SUSPICIOUS_FROM = 1.5

/** Rows that one purge removes. */
export const PURGE_ROWS = 500

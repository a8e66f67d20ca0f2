/** How long entries are kept: a year, and time to write the report on it. deliverability §8.2. */
export const AUDIT_KEPT_MS = 400 * 24 * 3_600_000

/** Octets of what was asked, of what was before and of what came of it, each. Beyond it only the size is kept: an import is no story. */
export const MAX_SHOWN_BYTES = 8_192

/** Depth of what is kept: bodies of the API have four levels at most. */
export const MAX_DEPTH = 8

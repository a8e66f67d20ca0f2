/** A code of RFC 6238 changes every 30 seconds (§5.2), has six digits (RFC 4226 §5.3), and the secret has 160 bits (§4, R6). */
export const TOTP = { stepMs: 30_000, digits: 6, secretBytes: 20 } as const

/** Steps that a clock may be off, either way. RFC 6238 §5.2 advises one. */
export const DRIFT_STEPS = 1

/** Wrong codes in a row that cost nothing: people mistype. */
export const FREE_FAILURES = 5

/** The wait after one more, doubled with each that follows, and its end. Only who knows the password comes so far, so the owner is not shut out by strangers. */
export const FIRST_WAIT_MS = 30_000

/** At that pace a guesser tries 24 of a million codes a day. */
export const LONGEST_WAIT_MS = 3_600_000

/** Recovery codes that an account gets at once. */
export const RECOVERY_CODES = 10

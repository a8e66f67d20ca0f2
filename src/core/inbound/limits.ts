/** Local copies one message may become inside the write that accepts it; more become deliveries with a local route. Architecture §4. */
export const MAX_COPIES_AT_ONCE = 50

/** How long submitted mail is tried before its sender gets a bounce. RFC 5321 §4.5.4.1 asks for four to five days. */
export const SUBMISSION_EXPIRES_MS = 5 * 24 * 3_600_000

/** The furthest a client may ask us to hold a message. RFC 4865 §4: we say so in EHLO. */
export const MAX_HOLD_MS = 30 * 24 * 3_600_000

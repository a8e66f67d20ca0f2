/** Local copies one message may become inside the write that accepts it; more become deliveries with a local route. Architecture §4. */
export const MAX_COPIES_AT_ONCE = 50

/** The furthest a client may ask us to hold a message. RFC 4865 §4: we say so in EHLO. */
export const MAX_HOLD_MS = 30 * 24 * 3_600_000

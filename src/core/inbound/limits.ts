/** Local copies one message may become inside the write that accepts it; more become deliveries with a local route. Architecture §4. */
export const MAX_COPIES_AT_ONCE = 50

/** The furthest a client may ask us to hold a message. RFC 4865 §4: we say so in EHLO. */
export const MAX_HOLD_MS = 30 * 24 * 3_600_000

/** Messages that wait until another one has been looked into: each look takes some 100 ms, so they wait some seconds. */
export const MAX_WAITING_LOOKS = 50

/** Waiting for a turn and looking into a message of any size. The client waits ten minutes for the answer to its dot (RFC 5321 §4.5.3.2.6). */
export const LOOK_WITHIN_MS = 20_000

/** Encoded bytes of a part that are decoded at once: what a decoder gives for them is copied and forgotten. */
export const DECODE_BYTES = 64 * 1024

/** How long what was learned of a client and its sender holds for the next messages of the same connection: records in DNS live for minutes, and a connection sends many messages a second. */
export const SAME_CLIENT_MS = 2_000

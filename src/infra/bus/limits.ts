/** Topics that may wait for one turn's message. Hints beyond it are dropped: waiters poll. */
export const MAX_COALESCED = 10_000

/** A node sends at most one NOTIFY in this time, outside mail transactions: PostgreSQL takes a global lock for each. */
export const NOTIFY_EVERY_MS = 10

/** PostgreSQL refuses payloads of 8,000 bytes and more. */
export const MAX_PAYLOAD_BYTES = 7 * 1024

/** First wait before PostgreSQL is called again after a broken connection... */
export const RECONNECT_FIRST_MS = 100

/** ...doubled each time up to this. Waiters poll meanwhile. */
export const RECONNECT_MOST_MS = 10_000

/** Milliseconds between two messages of a thread to the others: each wakes all of them, and a busy thread has something to say at every turn. */
export const SPACING_MS = 10

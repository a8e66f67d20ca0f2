/** Rows looked at in one step: a read of some milliseconds, and a short write. */
export const ROWS_A_STEP = 200

/** Messages to the subject that go in one step. */
export const MESSAGES_A_STEP = 50

/** Messages that name the subject and wait to be sent to somebody else: with more of them the look for others waits, too. */
export const MAX_WAITING = 1_000

/** Letters of a message that are looked through again with what follows them: an address in base64 and the line it begins in. */
export const OVERLAP_CHARS = 2_048

/** Letters of the hash that stand in for an address: enough to tell a hundred thousand people of one organization apart. */
export const STAND_IN_CHARS = 8

/** Rows of an export that one answer over HTTP holds; the command line has no limit. */
export const MAX_EXPORTED = 10_000

/** Octets of files that stand in a call themselves, all together. Larger ones are fetched: a program that takes a call has 15 seconds. */
export const MAX_INLINE_BYTES = 1024 * 1024

/** Letters of a text, and of HTML, in a call. Longer ones are letters that nobody wrote. */
export const MAX_TEXT_CHARS = 256 * 1024

/** Header fields in a call, and letters of one. Honest mail has fewer than a hundred. */
export const MAX_FIELDS = 200
/** As above. */
export const MAX_FIELD_CHARS = 4_000

/** Messages that are read at the same time for calls, each in one piece. */
export const MAX_READS = 4

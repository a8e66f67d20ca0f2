/** Characters of an entry's value: an address has 254 (RFC 5321 §4.5.3.1.3). */
export const MAX_VALUE_CHARS = 254

/** Characters of a comment, and of an author. */
export const MAX_COMMENT_CHARS = 500

/** Entries of one owner. A list that long should be a DNS list. */
export const MAX_ENTRIES = 10_000

/** Authors, signatures and addresses of one message that are looked up: a message has one or two of each. */
export const MAX_FACTS_EACH = 8

/** Hosts of links of one message that are looked up, each with some domains above it. Newsletters lead to fewer than 10. */
export const MAX_LINK_HOSTS = 20

/** Entries whose hits wait to be written: one for each that decided since the last time. */
export const MAX_HITS_WAITING = 1_000

/** An entry that nothing matched for so long can be taken away. deliverability §5.10. */
export const STALE_AFTER_MS = 180 * 24 * 3_600_000

/** A compressed file of a report, octets. The largest reports of large domains are some MB. */
export const MAX_PACKED_BYTES = 10 * 1024 * 1024

/** The same inflated. */
export const MAX_INFLATED_BYTES = 100 * 1024 * 1024

/** How many times larger it may get: XML and JSON of reports shrink to a fiftieth at best. */
export const MAX_RATIO = 200

/** A small file may be any times larger than it was, octets. */
export const SMALL_INFLATED_BYTES = 64 * 1024

/** Rows of one report that we write, those with most messages first: some MB of XML. */
export const MAX_ROWS = 10_000

/** Signatures of one message that are counted by: honest mail has one to four, and every combination is a row. */
export const MAX_COUNTED_SIGNATURES = 5

/** Different rows that wait to be written down; what is more is written at once. */
export const MAX_WAITING = 5_000

/** Domains dealt with at a time. */
export const DOMAIN_CHUNK = 100

/** A report mail that is read, octets: the largest file in Base64, and a letter beside it. */
export const MAX_REPORT_MAIL_BYTES = 15 * 1024 * 1024

/** Files of one report mail that are looked at. Honest ones have one. */
export const MAX_FILES = 2

/** Rows of a received report that are kept, those with most messages first. Its sums count all. */
export const MAX_KEPT_ROWS = 2_000

/** What is kept of a received report, characters of JSON, about: two thousand honest rows are half of it. */
export const MAX_KEPT_CHARS = 1024 * 1024

/** How long a web address may take to answer to a report. */
export const POST_WITHIN_MS = 30_000

/** The wait after the first try that failed; it doubles. RFC 8460 §5.5 wants a backoff, and tries for a day. */
export const FIRST_RETRY_MS = 5 * 60_000

/** Reports that wait for another try. When there are more all of them are tried anew. */
export const MAX_POSTS_REMEMBERED = 10_000

import { DAY_MS, HOUR_MS } from '../../base/duration.ts'

/** The two lengths of time that are counted, from their first millisecond in UTC. */
export const STEP_MS = { hour: HOUR_MS, day: DAY_MS } as const

/** A bounce that comes back later than this does not undo a delivery. deliverability §6.1. */
export const LATE_BOUNCE_MS = 5 * DAY_MS

/** How long the life of a settled delivery is remembered: a day longer than the delivery itself, after which nothing can be told of it any more. */
export const LIFE_MS = 8 * DAY_MS

/** How long counts are kept: 25 months, so that a month can be compared with the same one two years ago. deliverability §6.1. */
export const COUNTS_MS = 775 * DAY_MS

/** Lives forgotten with one chunk of events: as many as a chunk may settle. */
export const FORGET_AT_ONCE = 500

/** Recipient domains of an organization that are counted under their own names on one day. A row an hour for each of them is 5,000 a day at most, mostly far less. */
export const NAMED_DOMAINS = 200

/** Domains whose mail is compared on one day to find out which are the largest. One list is 20 KiB at most of usual names. */
export const COMPARED_DOMAINS = 500

/** Tags of an organization that are counted under their own names on one day: campaigns and templates, not ids of customers. */
export const NAMED_TAGS = 100

/** Tags that are compared on one day. Their list is as long as that of domains. */
export const COMPARED_TAGS = 250

/** Tags of one delivery that are counted: each is one more row to be written for everything that happens to it. */
export const COUNTED_TAGS = 5

/** Characters of a stream, a domain or a source in a key. RFC 1035 §2.3.4: a domain has 255 at most. */
export const MAX_WORD_CHARS = 255

/** Steps of time that one answer may have: a month of hours, 25 months of days. */
export const MAX_STEPS = { hour: 31 * 24, day: 775 } as const

/** Rows of one answer. */
export const MAX_ROWS = 10_000

/** Groups of one answer: the largest. More than there are providers, categories or a reader's patience. */
export const MAX_GROUPS = 100

/** Rows of what removed events came to that are read and written in one statement. */
export const KEPT_AT_ONCE = 500

/** Points of lines that are read or written in one statement. */
export const POINTS_AT_ONCE = 500

/** The stretch of time in which a line lies in one piece: its 480 hours are one reading, and lines that are over are removed a stretch at a time. */
export const STRETCH_MS = 20 * DAY_MS

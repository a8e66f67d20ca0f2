/** Connections to clamd at a time, of each thread that serves mail. deliverability §5.8; clamd itself scans ten (MaxThreads) and lets the rest wait. */
export const MAX_SCANS = 4

/** Messages that wait for one of them. More come only when clamd has stopped: then they are put off at once instead of filling memory. */
export const MAX_WAITING = 200

/** A connection to a scanner: it is on this machine or beside it. deliverability §5.8. */
export const CONNECT_WITHIN_MS = 5_000

/** One scan, waiting and connecting included. deliverability §5.8. The client waits ten minutes for the answer to its dot (RFC 5321 §4.5.3.2.6). */
export const SCAN_WITHIN_MS = 30_000

/** A scanner that does not take bytes for so long is gone. */
export const BLOCK_WITHIN_MS = 10_000

/** What a ping may take: it asks whether somebody is there, and a mail waits for it. */
export const PING_WITHIN_MS = 2_000

/** How long mail is put off while a scanner is down; then it comes in unscanned, with a finding that says so. deliverability §5.8. */
export const DEFER_MS = 10 * 60_000

/** Messages that a scanner failed on and that are remembered, a hundred octets each. */
export const MAX_FAILED_MAILS = 1_000

/** How long they are: senders come again within hours. */
export const REMEMBER_FAILED_MS = 24 * 3_600_000

/** Signatures older than this are told: freshclam looks every hour. deliverability §5.8. */
export const SIGNATURES_OLD_MS = 48 * 3_600_000

/** Octets of a reply of rspamd: one with every symbol it has is some 50 KiB. */
export const MAX_RSPAMD_REPLY_BYTES = 256 * 1024

/** Symbols of rspamd that a finding names. */
export const MAX_SYMBOLS = 5

/** Recipients that rspamd is told: as many as a transaction usually has (RFC 5321 §4.5.3.1.8). */
export const MAX_TOLD_RECIPIENTS = 100

/** Characters of one header field to rspamd. */
export const MAX_TOLD_CHARS = 300

/** Writes a thread may have waiting for their answer. Beyond it callers get `Unavailable`: the disk is too slow for us. */
export const MAX_PENDING_WRITES = 20_000

/** Bytes of arguments that may wait so: 20 sessions of 256 KiB fit many times over. */
export const MAX_PENDING_BYTES = 256 * 1024 * 1024

/** How long a write may wait for its answer. A sync that takes longer means a dead disk, and SMTP peers wait 10 minutes. */
export const WRITE_WITHIN_MS = 60_000

/** Writes in one commit. Larger batches gain nothing and hold the first callers back. */
export const MAX_BATCH = 512

/** Batches whose answers are kept for callers who lost theirs. A worker asks within seconds. */
export const KEPT_BATCHES = 4096

/** Rows in one read: no read transaction is long. */
export const MAX_ROWS = 500

/** Times a PostgreSQL transaction is run again after a serialization failure, a deadlock or a row that is taken. */
export const MAX_RETRIES = 8

/** How long a start waits until PostgreSQL has seen that the connections of a killed process are closed. Its system closed them at once; behind a pooler they stay. */
export const FORMER_WITHIN_MS = 3_000

/** The write-ahead log is copied into the database file when it holds more pages (of 4 KiB) than this... */
export const CHECKPOINT_OVER_PAGES = 16_000

/** ...and looked at this often. */
export const CHECKPOINT_EVERY_MS = 100

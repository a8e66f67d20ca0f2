/** How long lines gather before they are written. A killed process loses at most these. */
export const FLUSH_EVERY_MS = 200

/** Lines that wait for a slow disk. Beyond it new ones are dropped and counted. */
export const MAX_QUEUED_CHARS = 4 * 1024 * 1024

/** A log file is put aside at this size... */
export const ROTATE_AT_BYTES = 20 * 1024 * 1024

/** ...and so many are kept beside the current one: 100 MB, some days of a busy server. */
export const KEPT_FILES = 5

/** A rotation takes microseconds: a lock older than this was left by a thread that died. */
export const STALE_LOCK_MS = 10_000

/** How long a thread may take to tell its numbers before they are left out: Prometheus gives up after 10 s. */
export const GATHER_WITHIN_MS = 2_000

import { DAY_MS } from '../../base/duration.ts'

/** How long lines gather before they are written. A killed process loses at most these. */
export const FLUSH_EVERY_MS = 200

/** Lines that wait for a slow disk. Beyond it new ones are dropped and counted. */
export const MAX_QUEUED_CHARS = 4 * 1024 * 1024

/** A log file is put aside at this size... */
export const ROTATE_AT_BYTES = 20 * 1024 * 1024

/** ...or after a month... */
export const ROTATE_AFTER_MS = 30 * DAY_MS

/** ...and so many are kept beside the current one: 100 MB, some days of a busy server, and half a year of a quiet one. Lines tell who logged in from where: 180 days are enough. deliverability §8.2. */
export const KEPT_FILES = 5

/** A rotation takes microseconds: a lock older than this was left by a thread that died. */
export const STALE_LOCK_MS = 10_000

/** How long a thread may take to tell its numbers before they are left out: Prometheus gives up after 10 s. */
export const GATHER_WITHIN_MS = 2_000

/** Spans that wait for their collector: as many as OpenTelemetry's own batch processors hold. */
export const MAX_QUEUED_SPANS = 2_048

/** How many go in one request, as there. */
export const SPANS_A_REQUEST = 512

/** How long spans gather before they go. */
export const SPANS_EVERY_MS = 1_000

/** How long a collector may take for one request. Then its spans are lost: a silent one shall cost memory for a bounded number of them only. */
export const COLLECT_WITHIN_MS = 5_000

/** How long the end of a thread waits for its last spans to go. */
export const LAST_SPANS_MS = 2_000

/** The longest text of an attribute: a host name has at most 253 characters. */
export const MAX_ATTRIBUTE_CHARS = 256

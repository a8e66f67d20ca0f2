import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../base/duration.ts'

/** Events, or other rows, that one write removes: it keeps the writer for some ten milliseconds, most of it for the counts that stay. */
export const SWEEP_CHUNK = 50

/** Between two steps the job rests for as long as the step took, so that the writer has half of its time for mail; no longer than this. */
export const MOST_REST_MS = 100

/** How long one run may take before it lets the next minute go on: less than the lease of the job. */
export const RUN_MS = 15 * SECOND_MS

/** A time so far ahead was told by a clock that was wrong: its event is as old as those before it. What is less far ahead just stays until its own time. */
export const AHEAD_MS = 366 * DAY_MS

/** How long bytes stay after the end of the last delivery in any case: what follows it, such as a report to the sender, reads them. */
export const BODY_LEAST_MS = MINUTE_MS

/** Organizations with times of their own that are read at once. */
export const PAGE = 500

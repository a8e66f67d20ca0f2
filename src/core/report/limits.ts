/** A compressed file of a report, octets. The largest reports of large domains are some MB. */
export const MAX_PACKED_BYTES = 10 * 1024 * 1024

/** The same inflated. */
export const MAX_INFLATED_BYTES = 100 * 1024 * 1024

/** How many times larger it may get: XML and JSON of reports shrink to a fiftieth at best. */
export const MAX_RATIO = 200

/** A small file may be any times larger than it was, octets. */
export const SMALL_INFLATED_BYTES = 64 * 1024

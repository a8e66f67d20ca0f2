/** A `_smtp._tls` record, characters, its strings joined. */
export const MAX_RECORD_CHARS = 2048

/** Addresses for reports that are kept of a record. */
export const MAX_REPORT_URIS = 10

/** Policies of a received report that are read: three kinds, and a few that changed during the day. */
export const MAX_POLICIES = 100

/** Details of failures of one policy that are read. */
export const MAX_DETAILS = 1000

/** Policy lines and names of servers that are read. */
export const MAX_LINES = 100

/** A text in a report, characters. */
export const MAX_TEXT_CHARS = 512

/** A report, characters: some ten thousand details. It is parsed as a whole, while nobody else in its thread is served: a hostile one of this size takes a sixth of a second. */
export const MAX_REPORT_CHARS = 2 * 1024 * 1024

/** Web addresses of one record that a report is posted to. Honest records have one. */
export const MAX_PAGES = 2

/** So many bytes of a report are read; what it says stands before the message that it returns. */
export const MAX_REPORT_BYTES = 512 * 1024
/** Recipients that one report may speak of; the rest is not read. */
export const MAX_REPORTED = 100
/** Characters of what a server said. */
export const MAX_TEXT = 1000
/** Lines of a report written for people. */
export const MAX_LINES = 2000
/** Characters of one such line. */
export const MAX_LINE = 2000
/** Fields of the returned message that are kept. */
export const MAX_RETURNED_FIELDS = 100

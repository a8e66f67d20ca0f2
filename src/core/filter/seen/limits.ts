/** How long it is remembered that mail came, after the last of it: as long as it is remembered whom an account wrote to. */
export const SEEN_FOR_MS = 400 * 24 * 3_600_000

/** How long an organization's memory only gathers: until then nobody is called a stranger, because everybody would be. */
export const YOUNG_MS = 14 * 24 * 3_600_000

/** Messages of a list that were taken into an inbox before the list is known. deliverability §5.6. */
export const KNOWN_LIST_AFTER = 5

/** How often it is written down again that something known has come once more. */
export const REFRESH_MS = 24 * 3_600_000

/** Notes that wait to be written, of one worker. In a flood of strangers the rest stay strangers until they write again. */
export const MAX_NOTES = 1_000

/** Keys of which one worker remembers that they are known: some 150 bytes each. */
export const MAX_KNOWN = 20_000

/** How long that is believed without asking again. */
export const KNOWN_FOR_MS = 3_600_000

/** Rows that one write forgets. */
export const PURGE_ROWS = 1_000

/** Names that are remembered with their hash by one worker: some 200 bytes each. */
export const MAX_KNOWN_KEYS = 2_000

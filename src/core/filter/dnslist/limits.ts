/** How long one question to a list may take: the client waits. deliverability §5.3. */
export const LIST_WITHIN_MS = 2_000

/** Zones asked for one connection. deliverability §5.3. */
export const MAX_ZONES = 12

/** Questions for one connection: some zones are asked for an address, and for several domains. */
export const MAX_LIST_QUESTIONS = 100

/** Distinct domains of links that are looked up. deliverability §5.3. */
export const MAX_URL_DOMAINS = 20

/** How long a zone that answers with errors, or failed its test, is not asked. deliverability §5.3. */
export const DISABLED_FOR_MS = 3_600_000

/** How often a zone is tested. deliverability §5.3. */
export const SELF_TEST_EVERY_MS = 3_600_000

/** How long after a test a zone is believed when it lists somebody: one that begins to list everybody must not have mail refused until the next hour. */
export const BELIEVED_FOR_MS = 60_000

/** Questions in a row without an answer after which a zone rests: each of them has cost its client two seconds. */
export const SILENT_AFTER = 5

/** How long a silent zone rests. */
export const SILENT_FOR_MS = 5 * 60_000

/** Addresses of one answer that are read: lists give one for each of their parts, which are fewer than ten. */
export const MAX_LIST_ANSWERS = 16

/** The weight from which a client's address alone is reason to refuse its mail at RCPT. deliverability §5.3. */
export const REJECT_WEIGHT = 6

/** TXT questions of one walk up the tree. RFC 9989 §4.10. */
export const MAX_WALK_QUERIES = 8

/** Labels from which a walk goes down step by step; longer names are cut to so many at once. RFC 9989 §4.10 (step 4). */
export const WALK_LABELS = 7

/** A policy record, characters, its strings joined. With ten addresses for reports it is under 1,000. */
export const MAX_RECORD_CHARS = 4096

/** Tags of a record. Fourteen have ever been registered. */
export const MAX_TAGS = 50

/** TXT records at one name that are looked at: wildcards put a domain's other texts there too. */
export const MAX_TEXTS = 100

/** Addresses for reports that are kept of a record: services ask their customers for one beside their own. */
export const MAX_REPORT_URIS = 10

/** A report address, characters: a path is at most 256 octets (RFC 5321 §4.5.3.1.3), percent-encoded three times as many. */
export const MAX_URI_CHARS = 800

/** Domains of one From that are looked up when there are several. Such mail never passes; with more of them it counts as suspicious whatever they publish. */
export const MAX_AUTHOR_DOMAINS = 4

/** Identifiers of one message that are walked for: one of SPF and as many signatures as DKIM looks at. */
export const MAX_IDENTIFIERS = 11

/** Rows of a received report that are read: each takes a quarter of a millisecond, and hardly any domain is used by so many addresses. */
export const MAX_REPORT_RECORDS = 20_000

/** One element of a report that is parsed by itself, characters: a row with a hundred signatures is 20,000. A hostile one of this size takes some 15 milliseconds. */
export const MAX_SECTION_CHARS = 32 * 1024

/** A text in a report, characters: names, addresses, comments. */
export const MAX_REPORT_TEXT_CHARS = 512

/** Signatures of one row of a received report that are read. RFC 9990 §3.1.3 wants no more to be written. */
export const MAX_RECORD_SIGNATURES = 100

/** Reasons of one row, and errors of one report, that are read. */
export const MAX_REASONS = 10

/** From fields whose authors are remembered: some 200 bytes each. */
export const MAX_KNOWN_AUTHORS = 2_000

/** Records that are remembered, read: some 500 bytes each. */
export const MAX_KNOWN_RECORDS = 2_000

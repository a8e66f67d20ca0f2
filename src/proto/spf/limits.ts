/** Terms that ask DNS (include, a, mx, ptr, exists, redirect) in one evaluation, those of included records too. RFC 7208 §4.6.4. */
export const MAX_LOOKUPS = 10

/** Terms whose question had no answer records. RFC 7208 §4.6.4 recommends two. */
export const MAX_VOIDS = 2

/** Names of one MX answer that are looked up; more are an error of the record. RFC 7208 §4.6.4. */
export const MAX_MX_NAMES = 10

/** Names of a client's address that are verified; more are not looked at. RFC 7208 §4.6.4. */
export const MAX_PTR_NAMES = 10

/**
 * Questions to DNS in one evaluation. The limits above allow a record, ten mx terms of ten names, ten names of the client once, and an
 * explanation: 1 + 10 * 11 + 11 + 1. It is checked all the same.
 */
export const MAX_QUESTIONS = 125

/** How long one evaluation may take. RFC 7208 §4.6.4: at least 20 seconds. The caller's signal keeps it, since nothing here has a clock. */
export const SPF_WITHIN_MS = 20_000

/** A record, characters. RFC 7208 §3.4 advises 450; the longest that are published have about 5,000, over TCP. */
export const MAX_RECORD_CHARS = 16_384

/** What a name may grow to by macros before its left labels go: nothing beyond this could stay. See `MAX_NAME_CHARS`. */
export const MAX_EXPANSION_CHARS = 1_024

/** A name as text without its last dot. RFC 1035 §2.3.4; RFC 7208 §7.3 cuts longer ones on the left. */
export const MAX_NAME_CHARS = 253

/** The owner's words in our reply: a reply line has 512 octets (RFC 5321 §4.5.3.1.5), and ours stand there too. */
export const MAX_EXPLANATION_CHARS = 400

/** What a peer says of itself (HELO, sender) as far as macros repeat it: names have 253 characters, paths 256 (RFC 5321 §4.5.3.1). */
export const MAX_IDENTITY_CHARS = 512

/** Records that an inspection follows: ten lookups are allowed, and a broken record shall be shown a good deal further than that. */
export const MAX_INSPECTED_RECORDS = 40

/** Names that an inspection looks up, beside the records. */
export const MAX_INSPECTED_NAMES = 40

/** How deep an inspection follows include and redirect: after ten the limit of lookups has been passed anyway. */
export const MAX_INSPECTED_DEPTH = 12

/** Remarks of one inspection: a page shows tens, and errors stand first. */
export const MAX_REMARKS = 200

/** Records that are remembered, read: some 1 KB each. */
export const MAX_KNOWN_RECORDS = 1_000

/** Addresses of IPv4 that are remembered, read: some 200 bytes each. */
export const MAX_KNOWN_CLIENTS = 1_000

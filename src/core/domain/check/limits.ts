/**
 * DNS questions of one check; each has a budget of its own, so that none starves the others. Most need five; SPF at its limits, for twenty addresses of ours, needs three hundred, most
 * of which the resolver knows by then.
 */
export const MAX_QUESTIONS = 400

/** A run of all checks, from outside of it: people wait for it, and what has not answered until then is told as unknown. */
export const CHECK_WITHIN_MS = 25_000

/** MX records that are looked at one by one. The largest providers have five. */
export const MAX_MX = 10

/** Addresses of ours that are looked at one by one. */
export const MAX_ADDRESSES = 20

/** Old keys that are looked for in DNS, the newest ones: a record that should be gone does no harm that grows. */
export const MAX_OLD_KEYS = 4

/** Text of DNS in what we tell: a record may have 64 kilobytes. */
export const MAX_SHOWN_CHARS = 300

/** A port 25 that takes longer makes some senders give up; slower ones are told of. deliverability §6.4. */
export const SLOW_BANNER_MS = 3_000

/** Whoever presses "unsubscribe" for longer presses "spam". deliverability §6.4. */
export const SLOW_UNSUBSCRIBE_MS = 2_000

/** A certificate with less time left should have been renewed. deliverability §6.4. */
export const CERTIFICATE_SPARE_MS = 14 * 86_400_000

/** A key that signs for longer should have been replaced. deliverability §6.4. */
export const KEY_AGE_MS = 365 * 86_400_000

/** The first keys of a domain should be replaced after this: a rotation that nobody has tried does not work on the day that it is needed. deliverability §6.4 warns of a single key. */
export const FIRST_ROTATION_MS = 182 * 86_400_000

/** A key that is about to sign and is not in DNS this long before is a mistake that will cost mail. */
export const KEY_LATE_MS = 24 * 3_600_000

/** SPF: terms that ask DNS, RFC 7208 §4.6.4; from eight on there is hardly room for another sender. */
export const MAX_SPF_LOOKUPS = 10
/** See `MAX_SPF_LOOKUPS`. */
export const MANY_SPF_LOOKUPS = 8

/** SPF: questions that found nothing, RFC 7208 §4.6.4. */
export const MAX_SPF_VOID = 2

/** DMARC: places that reports go to which are looked at. Receivers may serve two only. */
export const MAX_REPORT_URIS = 10

/** How long the answer to a check is given again. Long enough for pages that are loaded twice, short enough for whoever mends a record. */
export const KEEP_CHECK_MS = 60_000

/** New checks that a caller may ask for in `CALLER_MS`: a person with ten domains needs no more, and each is sixty questions to others' servers. */
export const MAX_CHECKS_PER_CALLER = 20
/** See `MAX_CHECKS_PER_CALLER`. */
export const CALLER_MS = 60_000

/** Checks under way in one thread. */
export const MAX_CHECKS_AT_ONCE = 8

/** Checks, and callers, remembered in one thread. A check is about 10 KB. */
export const MAX_KEPT_CHECKS = 500

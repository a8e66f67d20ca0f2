/** Failures in an hour: public authorities stop whoever has more for one name. */
export const MAX_FAILURES_AN_HOUR = 5

/** The wait after a first failure, doubled each time. DNS and firewalls are mended by people, who look again after minutes. */
export const FIRST_WAIT_MS = 5 * 60_000

/** The longest wait: a name that was mended is tried within a day. */
export const LONGEST_WAIT_MS = 24 * 3_600_000

/** Part of a certificate's life after which it is renewed: a third is left for what may fail, as authorities advise. */
export const RENEW_AFTER = 2 / 3

/** An order, from its first request to the certificate. Validators take seconds, busy authorities a minute. */
export const ORDER_WITHIN_MS = 4 * 60_000

/** One request to an authority. */
export const REQUEST_WITHIN_MS = 30_000

/** What an authority may send: a chain of five large certificates has 10 KiB. */
export const MAX_ANSWER_BYTES = 256 * 1024

/** RFC 8555 §6.5: a stale nonce is tried again. Of an authority with many machines a few in a row may not know a nonce; one that refuses so many is broken. */
export const MAX_NONCE_TRIES = 10

/** Looks at an order or authorization: the first wait, doubled up to the longest, or what the authority asks for (§7.5.1). */
export const FIRST_POLL_MS = 500

/** The longest wait between two looks. */
export const LONGEST_POLL_MS = 10_000

/** A busy authority may send us away for so long at most (§6.6). */
export const MAX_RETRY_AFTER_MS = 24 * 3_600_000

/** Answers to challenges that a crash left are forgotten after this. */
export const ANSWERS_MS = 3_600_000

/** How often an authority is asked when to renew: RFC 9773 §4.3.2 has clients follow its Retry-After, which is six hours at the ones there are. */
export const ASK_RENEWAL_EVERY_MS = 6 * 3_600_000

/** Different targets that links of one message lead to. A newsletter has some dozens; links beyond stay as they are. */
export const MAX_LINKS = 500

/** The longest target. Browsers and proxies take 8,000 octets; a longer link stays as it is. */
export const MAX_TARGET_CHARS = 4_000

/** Hits of one recipient that rules look at, the newest. A gateway follows all links of a message within seconds, and people do not come back thirty times. */
export const MAX_HITS_KEPT = 30

/** Hits of one recipient that are noted at all. A link that was published is followed by everybody: nothing of that is about the recipient. */
export const MAX_HITS = 200

/** The same for a message whose links do not tell its recipients apart: it may have 150, and each may click often. */
export const MAX_SHARED_HITS = 10_000

/** Recipients of one message whose hits are looked at for the last of them: a message has at most 150. */
export const MAX_HEARD = 200

/** Hits on one token that a worker notes in a minute; those beyond are answered and leave no trace, so a flood writes nothing. */
export const NOTED_A_MINUTE = 5

/** Tokens whose hits are counted at a time, and nets of clients. */
export const REMEMBERED = 20_000

/** Requests of one net: proxies of large providers fetch pictures for millions from few addresses. */
export const REQUESTS_A_SECOND = 200
/** The same, after a silence. */
export const REQUESTS_AT_ONCE = 2_000

/** Requests for one address that stops mail: its reader presses a button, his mail program posts again when it heard nothing, and what looks at links comes as well. */
export const STOPS_A_SECOND = 2
/** The same, after a silence. */
export const STOPS_AT_ONCE = 60

/** A form of our own page has 20 octets, a mail program's some hundred with its boundary. */
export const MAX_FORM_BYTES = 16 * 1024

/** How often in a day the recipient of mail switches it on again that he had switched off. People do it once; who presses more often has been forwarded the link, or is a program. */
export const RESUMES_A_DAY = 5

/** Fields of the preference page: two for each of 51 streams, and what was pressed. */
export const MAX_CHOICE_FIELDS = 128

/** How long links lead somewhere and one-click unsubscription works. RFC 8058 names no time, people expect a year: deliverability §4.8. */
export const TRACKED_MS = 2 * 366 * 24 * 3_600_000

/**
 * Octets in a command line, its CRLF included. RFC 5321 §4.5.3.1.4 says 512; MAIL and RCPT grow by SIZE 26, DSN 614,
 * SMTPUTF8 10, AUTH 500, FUTURERELEASE 34 and wider addresses. Twice that room costs nothing.
 */
export const MAX_COMMAND_BYTES = 2048

/** Octets in an AUTH line or an answer to a challenge, its CRLF included. RFC 4954 §4 asks for 12,288. */
export const MAX_AUTH_BYTES = 12_288

/** Characters of a host name or literal in EHLO. RFC 5321 §4.5.3.1.2. */
export const MAX_CLIENT_CHARS = 255

/** Parameters of one MAIL or RCPT. All that exist are fewer. */
export const MAX_PARAMS = 20

/** Silence before a command. RFC 5321 §4.5.3.2.7: at least five minutes. */
export const COMMAND_MS = 5 * 60_000

/** Silence within a message. Twice what RFC 5321 §4.5.3.2.5 gives clients between two writes would do; slow links stall longer. */
export const DATA_MS = 10 * 60_000

/** How long a TLS handshake may take. */
export const HANDSHAKE_MS = 60_000

/** Octets in one read of a message: what a socket gives at once. */
export const TAKE_BYTES = 64 * 1024

/** Messages up to this are gathered and handed over whole; larger ones are streamed. Most mail is below 100 KiB. */
export const MAX_GATHERED_BYTES = 256 * 1024

/** First room for a message whose size is not known. */
export const FIRST_GATHER_BYTES = 16 * 1024

/** All sessions of a worker together may gather this much; when it is used up, messages are streamed. */
export const GATHER_BUDGET_BYTES = 64 * 1024 * 1024

/** A text line, octets. RFC 5321 §4.5.3.1.6 says 1,000; real mail breaks that, and nothing of ours suffers below this. */
export const MAX_TEXT_LINE_BYTES = 64 * 1024

/** Octets read and thrown away of a message already refused, so that the sender hears why; beyond, the connection ends. */
export const MAX_DISCARDED_BYTES = 64 * 1024 * 1024


/** Commands not understood or out of order, before we hang up. People type a few; only probes send more. */
export const MAX_ERRORS = 20

/** Failed logins before we hang up. A client that asks its user again opens a new connection. */
export const MAX_FAILED_LOGINS = 3

/** Recipients refused in one session before we hang up: a stale list has some, only a harvester has more. */
export const MAX_REFUSED_RECIPIENTS = 500

/** Turns of one SASL exchange. SCRAM, the longest, takes four. */
export const MAX_SASL_TURNS = 8

/** Recipients of one transaction. RFC 5321 §4.5.3.1.8: at least 100. */
export const MAX_RECIPIENTS = 1000

/** Transactions of one session; senders that share connections for hours come back. RFC 9422 MAILMAX. */
export const MAX_MAILS = 1000

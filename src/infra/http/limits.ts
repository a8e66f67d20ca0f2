/** Request line and headers. Cookies and long URLs fit; nothing we serve needs more. */
export const MAX_HEADER_BYTES = 16 * 1024

/** A client that has not sent its headers after this long is a slow attack or gone. */
export const HEADERS_WITHIN_MS = 10_000

/** The whole request, body included. */
export const REQUEST_WITHIN_MS = 60_000

/** How often these two are looked at. */
export const CHECK_EVERY_MS = 5_000

/** How long a connection may stay between requests. */
export const KEEP_ALIVE_MS = 10_000

/** A body that a handler takes whole. */
export const MAX_BODY_BYTES = 1024 * 1024

/** Large bodies (messages with their attachments) that one worker holds at a time. More are asked to come back. */
export const MAX_LARGE_BYTES = 128 * 1024 * 1024

/** Those of one organization among them: the largest two messages at once, and as much is left for all others. */
export const MAX_LARGE_BYTES_EACH = MAX_LARGE_BYTES / 2

/** Connections one worker holds for one listener. */
export const MAX_CONNECTIONS = 1_000

/** A body that is too large is read and dropped up to here, so that its sender hears why; larger ones are cut off. */
export const MAX_DISCARDED_BYTES = 64 * 1024 * 1024

/** Fields of a form that a page of ours posts: none has more than six. */
export const MAX_FORM_FIELDS = 20

/** The whole of such a form: its longest fields are a password of 1,024 characters and an address, each octet in three characters. */
export const MAX_FORM_BYTES = 16 * 1024

/** Proxies in a row that name one another: more than two are rare, and what comes before these was written by strangers. */
export const MAX_HOPS = 5

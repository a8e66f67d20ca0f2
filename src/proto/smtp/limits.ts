/** A reply line, octets, CRLF included. RFC 5321 §4.5.3.1.5. */
export const MAX_REPLY_LINE_BYTES = 512

/** ENVID before its encoding, characters. RFC 3461 §4.4 says 100 encoded; decoded it can only be shorter. */
export const MAX_ENVID_CHARS = 100

/** ORCPT as sent, characters, type included. RFC 3461 §4.2. */
export const MAX_ORCPT_CHARS = 500

/** The longest time a client may ask us to hold a message, seconds: nine digits. RFC 4865 §3. */
export const MAX_HOLD_SECONDS = 999_999_999

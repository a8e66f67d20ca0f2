/** Octets in a command line, its CRLF included. RFC 2449 §4. */
export const MAX_COMMAND_BYTES = 255

/**
 * Octets in an AUTH line or an answer to a challenge, its CRLF included: what SMTP allows (RFC 4954 §4), because the same
 * tokens travel here.
 */
export const MAX_AUTH_BYTES = 12_288

/** Inactivity after which a session ends without UPDATE. RFC 1939 §3 asks for at least ten minutes. */
export const AUTOLOGOUT_MS = 10 * 60_000

/** How long the peer may take to accept bytes, or to finish a TLS handshake. */
export const STALLED_MS = 2 * 60_000

/** Commands not understood, or not fit for the state, before we hang up. People type a few; only probes send more. */
export const MAX_BAD_COMMANDS = 20

/** Failed logins before we hang up. A client that asks its user again opens a new connection. */
export const MAX_FAILED_LOGINS = 5

/** Turns of one SASL exchange. SCRAM, the longest, takes four. */
export const MAX_SASL_TURNS = 8

/** Bytes written before the session waits for the peer to take them: a few socket buffers. */
export const FLUSH_BYTES = 128 * 1024

/** Lines of LIST and UIDL joined into one write. */
export const LISTING_LINES = 1000

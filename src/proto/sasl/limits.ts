/** Octets in one client message after Base64. POP3 and SMTP lines of 12,288 (RFC 4954 §4) hold 9,216; our mechanisms need far less. */
export const MAX_MESSAGE_BYTES = 4096

/** Octets in a login name: an address is at most 254 (RFC 5321 §4.5.3.1.3), doubled for SCRAM's escapes and UTF-8. */
export const MAX_NAME_BYTES = 512

/** Octets in a password. Nobody types more; hashing time must not be the client's choice. */
export const MAX_PASSWORD_BYTES = 1024

/** Characters in a SCRAM client nonce. Clients send 18 to 64. */
export const MAX_NONCE_CHARS = 256

/** Signatures of one message that are looked at, from the top. Each costs a DNS query; honest mail has one to four. RFC 6376 §6.1. */
export const MAX_SIGNATURES = 10

/** A DKIM-Signature field, octets. A 4096-bit signature with every name of a long header is under 4 KiB. */
export const MAX_SIGNATURE_BYTES = 16 * 1024

/** A key record, characters, its strings joined: a 4096-bit key is 800. */
export const MAX_RECORD_CHARS = 8192

/** Tags of a signature or a key record. All that are registered are fewer. */
export const MAX_TAGS = 50

/** Names in `h=`. Oversigners of long headers name some 60. */
export const MAX_SIGNED_NAMES = 500

/** The shortest RSA key that is trusted, bits. RFC 8301 §3.2. */
export const MIN_RSA_BITS = 1024

/** The longest RSA key that is verified with, bits: RFC 8301 §3.2 asks for 4096, and beyond they only burn our time. */
export const MAX_RSA_BITS = 8192

/** Digits of a time in seconds: until the year 33,658. RFC 6376 §3.5 asks for twelve at least. */
export const MAX_TIME_DIGITS = 12

/** Octets canonicalized before they are hashed together. */
export const CANON_BLOCK_BYTES = 32 * 1024

/** Text records at a key's name that are looked at. There must be one (RFC 6376 §3.6.2.2); some hosts add others. */
export const MAX_KEY_RECORDS = 5

/** Key records that are remembered, read: with their texts and keys some 3 KB each. */
export const MAX_KNOWN_KEYS = 500

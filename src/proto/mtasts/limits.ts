/** A policy file, octets. RFC 8461 §3.3 suggests 64 kilobytes. */
export const MAX_POLICY_BYTES = 64 * 1024

/** Patterns kept of a policy. The largest providers list under twenty. */
export const MAX_MX_PATTERNS = 1_000

/** A TXT record at `_mta-sts`, characters. The longest honest one has fifty. */
export const MAX_RECORD_CHARS = 1_024

/** The longest life of a policy, seconds: a year. RFC 8461 §3.2. */
export const MAX_AGE_S = 31_557_600

/**
 * Argon2id as OWASP's second choice has it: 19 MiB, two passes, one lane; about 45 ms on a small server's core. RFC 9106 §4's
 * second choice (64 MiB, three passes, four lanes) costs 200 ms and more there, and mail clients log in with every connection.
 */
export const ARGON2 = { memoryKib: 19_456, passes: 2, lanes: 1, tagBytes: 32, saltBytes: 16 } as const

/** The most a stored hash may ask for, so that one brought from elsewhere cannot stop the house: 256 MiB, 10 passes, 16 lanes. */
export const ARGON2_MAX = { memoryKib: 262_144, passes: 10, lanes: 16 } as const

/** PBKDF2 rounds of SCRAM keys: RFC 7677 §4 asks for at least 4096; more costs clients time with every login. */
export const SCRAM_ITERATIONS = 16_384

/** Bytes of a SCRAM salt. */
export const SCRAM_SALT_BYTES = 16

/** Hashes at a time in one worker: they share libuv's four threads with everything else of the process. */
export const HASHES_RUNNING = 1

/** Logins that may wait for a hash: two seconds' worth. Beyond it the client is told to come back. */
export const HASHES_WAITING = 40

/** How long a right password is remembered: phones and desktops open several connections at once, and again each minute. */
export const RIGHT_FOR_MS = 60_000

/** How long a wrong password is remembered, so that a device with an old one costs nothing and does not count again. */
export const WRONG_FOR_MS = 10 * 60_000

/** Right answers, and wrong ones, remembered by one worker: about 200 bytes each. */
export const ANSWERS_KEPT = 20_000

/** Client nets, and pairs of a login and a net, that the throttle keeps apart: about 200 bytes each. */
export const NETS_KEPT = 20_000

/** How long a net is trusted after a login of that name from there. */
export const TRUSTED_FOR_MS = 30 * 24 * 3_600_000

/** One failure is forgiven in this time. */
export const FORGIVE_ONE_MS = 2 * 60_000

/**
 * Failures that cost nothing, and the longest wait that more of them earn; the wait doubles from one second. A net is
 * many people, so it may fail more, and a wide one (a /48 of IPv6) more still. From a net that the owner uses, the wait stays short: who shares it may annoy, but not lock out.
 */
export const PATIENCE = {
  login: { free: 5, longestMs: 15 * 60_000 },
  trusted: { free: 30, longestMs: 10_000 },
  net: { free: 30, longestMs: 60 * 60_000 },
  wideNet: { free: 120, longestMs: 60 * 60_000 },
} as const

/** How often the last use of a credential is written down, at most. */
export const NOTE_USE_EVERY_MS = 3_600_000

/** Characters of a login name: an address has at most 254 (RFC 5321 §4.5.3.1.3). */
export const MAX_LOGIN_CHARS = 320

/** Characters of a password that we look at. The mechanisms have their own limit; HTTP and the CLI rely on this one. */
export const MAX_PASSWORD_CHARS = 1024

/** Credentials of one account: a password, and an app password for each device. */
export const MAX_CREDENTIALS = 100

/** How often the last use of an API key is written down, at most: often enough to see which one a program has. */
export const NOTE_KEY_USE_EVERY_MS = 60_000

/** Valid API keys of one organization: some for each of many programs. */
export const MAX_KEYS = 500

/** How long both keys are valid after a rotation, unless said otherwise, in hours: a day of work. */
export const KEY_OVERLAP_HOURS = 24

/** The longest overlap, in hours: a release may take a week, and there are holidays. */
export const MAX_KEY_OVERLAP_HOURS = 30 * 24

/** Entries of a list that confines a key or a credential. */
export const MAX_BOUNDS = 50

/** Characters of what a key or a credential is called. */
export const MAX_KEY_NAME_CHARS = 100

/** The greatest cap that can be said; more is none. */
export const MAX_CAP = 1_000_000_000

/** The shortest password that somebody may choose over HTTP: NIST SP 800-63B §3.1.1.2 asks for 8 where a second factor is used, and we have one to offer. */
export const MIN_PASSWORD_CHARS = 8

/** Names of a client's address that are verified. RFC 7208 §4.6.4 and RFC 8601 §3 draw the line at ten. */
export const MAX_NAMES = 10

/** How long the questions of one check (names of the client, its HELO, the sender's domain) may take together: the client waits for our reply (RFC 5321 §4.5.3.2 allows minutes). */
export const LOOK_UP_WITHIN_MS = 10_000

/** Characters of a HELO name that are looked at: a domain has 253 (RFC 1035 §2.3.4), a literal fewer. */
export const MAX_HELO_CHARS = 255

/** Connections of one client at a time: a large provider opens some ten from one address. deliverability §5.1. */
export const MAX_CONNECTIONS_PER_CLIENT = 20

/** New connections of one client in a minute. deliverability §5.1. */
export const MAX_CONNECTIONS_A_MINUTE = 60

/** The share of all connections from which on clients without a connection are the only ones that get one. deliverability §5.1. */
export const SHED_AT = 0.9

/** Unknown recipients in one session before the client is slowed down. Mailing lists with stale members stay below. deliverability §5.1. */
export const MAX_UNKNOWN_IN_SESSION = 5

/** Unknown recipients of one client in an hour. deliverability §5.1. */
export const MAX_UNKNOWN_AN_HOUR = 20

/** How long a client that guesses waits for its reply. deliverability §5.1. */
export const TARPIT_MS = 5_000

/** How long a client that wrote to a trap is kept out. deliverability §5.1. */
export const CAUGHT_FOR_MS = 24 * 3_600_000

/** Clients whose rates are remembered by one worker: about 200 bytes each. */
export const CLIENTS_KEPT = 20_000

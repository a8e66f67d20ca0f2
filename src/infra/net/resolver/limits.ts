/** What we take in one UDP packet: no path of today fragments it, and fragments can be forged. DNS flag day 2020; RFC 9715 §3.2. */
export const EDNS_BYTES = 1232

/** A TCP message has a 16-bit length (RFC 1035 §4.2.2); it is also the largest UDP packet. */
export const MAX_MESSAGE_BYTES = 65_535

/** Records of all sections of one message. A DNSBL or MX answer has tens; the largest message could hold five thousand. */
export const MAX_RECORDS = 1024

/** Compression pointers in one name. Writers of messages need one or two; without a limit a message of pointers costs its square. */
export const MAX_POINTERS = 32

/** RFC 1035 §2.3.4: octets of a label, and of a name with its length octets and the root. */
export const MAX_LABEL_BYTES = 63
/** See `MAX_LABEL_BYTES`. As text without the trailing dot it is two less. */
export const MAX_NAME_BYTES = 255

/** Aliases followed for one question. RFC 1034 §3.6.2 wants none in a row; providers use up to four. */
export const MAX_ALIASES = 8

/** How long the first try at a server waits: a resolver on the same host needs under a second unless it has to walk far itself. */
export const FIRST_TRY_MS = 2_000

/** Each round waits twice as long as the one before, up to this. */
export const LAST_TRY_MS = 6_000

/** How often each server is asked at most (RFC 9520 §3.1 allows three): a lost packet is common, two are not. */
export const ROUNDS = 3

/** A whole lookup, over all servers, rounds and aliases. Queue workers wait no longer for one name. */
export const LOOKUP_WITHIN_MS = 20_000

/** Packets that are not our answer before we stop listening to a UDP socket and ask over TCP: somebody is guessing. */
export const MAX_FOREIGN_PACKETS = 8

/**
 * Lookups on the wire at one time, a socket each. The receive buffer of a resolver holds about 270 small packets, and other workers
 * send too; at 50 ms an answer these are 2,500 a second.
 */
export const MAX_IN_FLIGHT = 128

/** Lookups that wait for their turn. Beyond it we answer `overloaded` at once instead of holding more memory. */
export const MAX_WAITING = 4_096

/** Answers kept. A node that talks to every large provider and 10,000 sites asks for about three names a site. */
export const MAX_CACHED = 30_000

/** Bytes of answers kept, as they came on the wire: a stranger's zone may give 64 KiB a name. */
export const MAX_CACHED_BYTES = 16 * 1024 * 1024

/** What an entry weighs beside its answer: key, object and its place in the map. */
export const CACHE_ENTRY_BYTES = 256

/** Shortest life of an answer, so that a TTL of 0 does not make one question of every recipient. */
export const MIN_TTL_MS = 60_000

/** Longest life of an answer: a wrong MX record shall not be believed for a week. */
export const MAX_TTL_MS = 60 * 60_000

/** Shortest life of "there is none". */
export const MIN_NONE_TTL_MS = 60_000

/** Longest life of "there is none": who forgot a record mends it within minutes and wants to see it work. RFC 2308 §5 allows hours. */
export const MAX_NONE_TTL_MS = 15 * 60_000

/** How long a failed lookup is not tried again. RFC 9520 §3.2: at least one second, at most five minutes. */
export const FAILURE_TTL_MS = 5_000

/** How long after its end an answer may still stand in for servers that fail. RFC 8767 §5 allows days; mail can wait. */
export const STALE_FOR_MS = 60 * 60_000

/** How long a caller may keep such an answer. RFC 8767 §4. */
export const STALE_TTL_MS = 30_000

/** Servers taken from /etc/resolv.conf, as in the C library (MAXNS). */
export const MAX_SYSTEM_SERVERS = 3

/** What is read of /etc/resolv.conf at most: it has a few lines. */
export const MAX_RESOLV_CONF_CHARS = 64 * 1024

/** How long one question of the self-test may take: a resolver asks several times before it calls a name forged. */
export const SELF_TEST_WITHIN_MS = 15_000

/** Received bytes that a connection may hold before its socket stops reading. Two reads of 64 KiB: more would not make a session faster. */
export const MAX_INPUT_BYTES = 128 * 1024

/** Reading goes on when a paused connection holds no more than this. */
export const RESUME_INPUT_BYTES = 32 * 1024

/** Queued replies leave at this size even when more input waits: one large write costs less than many, but memory is not free. */
export const SEND_AT_BYTES = 64 * 1024

/** What a peer may leave unread before the session that writes to it has to wait. Two sends. */
export const MAX_OUTPUT_BYTES = 128 * 1024

/** How long a connection that we ended may stay, so that the peer reads our last words before the kernel resets it. */
export const LINGER_MS = 10_000

/**
 * What a peer may still send after we ended. It is thrown away; more than this is no slow good-bye. It is more than the kernels on both sides hold
 * for a connection (Linux: 6 MiB received, 4 MiB to be sent): who poured without listening still reads why we hung up.
 */
export const LINGER_BYTES = 16 * 1024 * 1024

/** Idle peers are probed by the kernel after this long: NAT boxes forget connections silently. */
export const KEEP_ALIVE_MS = 120_000

/** Connections the kernel may hold ready for one listener in one worker. Linux caps it at net.core.somaxconn (4096). */
export const BACKLOG = 1024

/** Bytes in front of a connection that a load balancer may send about it. PROXY v2: 16 + 216 for addresses, the rest is for its TLVs. */
export const MAX_PREAMBLE_BYTES = 4096

/** A balancer sends its preamble at once; RFC 5321 timeouts are for people's clients. */
export const PREAMBLE_WITHIN_MS = 5_000

/** How long a peer may take for the TLS handshake. Slow links need about 2 s for two round trips and a certificate chain. */
export const HANDSHAKE_WITHIN_MS = 30_000

/** Lingering connections are cut this long after the last session of a closing listener has ended. */
export const LAST_WORDS_MS = 1_000

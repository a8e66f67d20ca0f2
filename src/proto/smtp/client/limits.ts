/**
 * A line of a reply, octets, CRLF included. RFC 5321 §4.5.3.1.5 says 512; real servers put whole links and policies on one
 * line, and a line over this is no reply any more.
 */
export const MAX_LINE_BYTES = 4096

/** All lines of one reply, octets. The longest honest one, an EHLO reply, has some 2 KiB; a megabyte of refusal is an attack. */
export const MAX_REPLY_BYTES = 64 * 1024

/** Lines of one reply. EHLO announces some 20. */
export const MAX_REPLY_LINES = 128

/** Characters kept of a reply's text: what a trace and a bounce can show. EHLO's fits. */
export const MAX_REPLY_CHARS = 4096

/** Silence between two lines of one reply. With `MAX_REPLY_LINES` it bounds what a dripping server can take from us. */
export const NEXT_LINE_MS = 30_000

/** Commands written before their replies are read: both sides' socket buffers hold them. RFC 2920 §3.1. */
export const MAX_GROUP = 50

/** DATA joins MAIL and RCPT when the content is no larger: it is wasted time only when the one recipient is refused. */
export const MAX_EAGER_DATA_BYTES = 256 * 1024

/** Content is handed to the wire in steps of this many octets; then we wait until the peer has taken it. */
export const FLUSH_BYTES = 64 * 1024

/** Content over this goes by BDAT where it is offered: no dots to look for, and refusals come between chunks. */
export const CHUNKING_BYTES = 1024 * 1024

/** Octets of one BDAT chunk: what we gather at most. */
export const CHUNK_BYTES = 256 * 1024

/** Chunks on their way without a reply. RFC 3030 §2 asks that what is pipelined fits into the window. */
export const MAX_CHUNKS_UNANSWERED = 8

/** Mechanisms remembered of one AUTH announcement. */
export const MAX_MECHANISMS = 32

/** Challenges of one login. SCRAM, the longest, has three. */
export const MAX_CHALLENGES = 6

/** Characters of one challenge. RFC 4954 §4 allows 12,288 in a line; SCRAM's have some 200. */
export const MAX_CHALLENGE_CHARS = 3000

/** Rounds of hashing below which SCRAM protects no password. RFC 7677 §4. */
export const MIN_SCRAM_ROUNDS = 4096

/** Rounds that a server may ask of us: half a second of one thread. */
export const MAX_SCRAM_ROUNDS = 1_000_000

/** Lines of a transcript that are kept from its beginning. A transaction of one recipient has some 20. */
export const TRANSCRIPT_FIRST = 60

/** Lines of a transcript that are kept from its end. */
export const TRANSCRIPT_LAST = 60

/** Characters kept of one line in a transcript. */
export const TRANSCRIPT_CHARS = 500

/** Silence that ends a wait, by what is waited for. RFC 5321 §4.5.3.2; greeting, TLS and QUIT are shorter, because nothing is lost by trying again. */
export interface Deadlines {
  readonly bannerMs: number
  readonly helloMs: number
  readonly startTlsMs: number
  readonly authMs: number
  readonly mailMs: number
  readonly rcptMs: number
  readonly dataMs: number
  /** For the peer to take a block of content. */
  readonly blockMs: number
  /** For the reply to the whole message. Never shorter than ten minutes: who gives up here delivers twice (RFC 1047). */
  readonly finalMs: number
  readonly quitMs: number
}

/** The usual deadlines. */
export const DEADLINES: Deadlines = {
  bannerMs: 5 * 60_000,
  helloMs: 5 * 60_000,
  startTlsMs: 60_000,
  authMs: 2 * 60_000,
  mailMs: 5 * 60_000,
  rcptMs: 5 * 60_000,
  dataMs: 2 * 60_000,
  blockMs: 3 * 60_000,
  finalMs: 10 * 60_000,
  quitMs: 5_000,
}

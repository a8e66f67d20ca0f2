/** Octets of one packet from a filter. It may replace a body in pieces of 64 KiB (MILTER_CHUNK_SIZE, 65535), plus the command and some slack for macros lists. */
export const MAX_PACKET_BYTES = 128 * 1024

/** Octets of the body in one packet: MILTER_CHUNK_SIZE of libmilter, which is what every filter can take. */
export const BODY_CHUNK_BYTES = 65_535

/** Changes that one filter may ask for on one message. Honest ones ask for a handful; each is a header field in memory. */
export const MAX_CHANGES = 200

/** Octets of all changes of one message together. A header of ours may have 256 KiB. */
export const MAX_CHANGES_BYTES = 256 * 1024

/** "Still working" packets that one answer may be preceded by. Each begins the wait anew, so their number bounds it. */
export const MAX_PROGRESS = 100

/** Characters kept of the text of a reply that a filter gives. */
export const MAX_REPLY_CHARS = 512

/** Fields of a header that are shown to a filter: as many as we accept in a message. */
export const MAX_FIELDS = 2000

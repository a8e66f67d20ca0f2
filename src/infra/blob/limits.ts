/** A segment is closed at this size. Compaction copies at most this much at a time; 10,000 of them are 640 GB. */
export const ROLL_AT_BYTES = 64 * 1024 * 1024

/** Bytes in one batch, that is, before one sync. A disk of 200 MB/s writes it in 80 ms. */
export const MAX_BATCH_BYTES = 16 * 1024 * 1024

/** Bytes that may wait for a batch in one thread. Beyond it the disk is too slow for us, and callers get `Unavailable`. */
export const MAX_WAITING_BYTES = 128 * 1024 * 1024

/** A spool gathers this much before it writes: small writes cost more than the memory. */
export const SPOOL_BUFFER_BYTES = 256 * 1024

/** Readers give bytes in pieces of this size: one TLS record is 16 KiB, one socket send 64 KiB. */
export const READ_CHUNK_BYTES = 64 * 1024

/** `readAll` refuses more than this: larger messages are streamed. */
export const MAX_READ_ALL_BYTES = 64 * 1024 * 1024

/** Segment files a thread keeps open for readers. Processes may open 1,024 files by default, and sockets need most of them. */
export const MAX_OPEN_FILES = 64

/** A file nobody has read for this long is closed, so that removed segments give their space back. */
export const CLOSE_IDLE_MS = 10_000

/** Ids in a record header. Ours are 21 characters. */
export const MAX_ID_BYTES = 36

/** Compaction copies about this much with one sync, and holds it in memory: a hundred syncs fewer, and no more than one more large message. */
export const COPY_BATCH_BYTES = 4 * 1024 * 1024

/** Octets of one chunk: large enough that chunks cost nothing, small enough that a scan of 50 MiB is not one buffer. clamd(8), INSTREAM, has no limit of its own. */
export const MAX_CHUNK_BYTES = 64 * 1024

/** Octets of a reply, up to its NUL. The names of signatures have some 60 characters; a megabyte of them is no reply. */
export const MAX_REPLY_BYTES = 4096

/** Characters kept of the name of a signature, or of what clamd complains about. */
export const MAX_NAME_CHARS = 120

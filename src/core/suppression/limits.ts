/** Addresses that one request adds. A body of 1 MiB holds them, and each is a write of its own, so that mail does not wait for them; longer lists are several requests. */
export const MAX_IMPORTED = 1_000

/** Writes of one import that are under way at a time: they share a sync of the disk. */
export const IMPORTED_AT_ONCE = 50

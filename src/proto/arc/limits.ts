/** Sets of one chain. RFC 8617 §4.2.1: more of them are no chain. */
export const MAX_SETS = 50

/** A field of a set, octets: results of many signatures are some KiB. As long as a DKIM-Signature may be. */
export const MAX_ARC_FIELD_BYTES = 16 * 1024

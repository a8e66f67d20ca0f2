/** A record, or a selector field, characters: two addresses and some words. */
export const MAX_RECORD_CHARS = 4_500

/** Tags of a record: four are known. */
export const MAX_TAGS = 16

/** An address of a picture or a certificate, characters. */
export const MAX_URL_CHARS = 2_000

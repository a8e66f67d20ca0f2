/** Octets of what was asked, of what was before and of what came of it, each. Beyond it only the size is kept: an import is no story. */
export const MAX_SHOWN_BYTES = 8_192

/** Depth of what is kept: bodies of the API have four levels at most. */
export const MAX_DEPTH = 8

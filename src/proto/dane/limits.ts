/** TLSA records of one host that are looked at. Honest zones have two to six; a forger could only hurt himself with more. */
export const MAX_RECORDS = 64

/** Certificates of a chain that are looked at. */
export const MAX_CHAIN = 10

/** Names that one issuer is limited to or kept from. Real ones have some ten. */
export const MAX_SUBTREES = 1_000

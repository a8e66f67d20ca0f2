/** A version 2 header, octets: its fixed part, and at most this much after it. Addresses and TLVs of real proxies stay below 1 KiB. */
export const MAX_HEADER_BYTES = 16 + 4096

/** TLVs of one header, those within the TLS one counted too. */
export const MAX_TLVS = 100

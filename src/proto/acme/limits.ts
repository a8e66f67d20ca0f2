/** A token: at least 128 bits in base64url (RFC 8555 §8), 43 characters in practice. */
export const MAX_TOKEN_CHARS = 256

/** A URL of an authority: theirs have about 100. */
export const MAX_URL_CHARS = 2_048

/** Names of one certificate, and so authorizations of one order: what public authorities allow. */
export const MAX_NAMES = 100

/** Challenges of one authorization: there are about five kinds. */
export const MAX_CHALLENGES = 20

/** Words of an authority that we log and show. */
export const MAX_DETAIL_CHARS = 500

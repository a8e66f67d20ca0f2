/** How long a browser may take to show a passkey: WebAuthn §5.1.3 advises up to ten minutes for people who need time. */
export const CEREMONY_MS = 10 * 60_000

/** Passkeys of one account: a phone, a computer, some keys in a drawer. */
export const MAX_PASSKEYS = 20

/** Characters of what a browser sends of a passkey, each part: certificates of authenticators are asked for by nobody here. */
export const MAX_PART_CHARS = 16_384

/** Logins by passkey that one network may begin in a minute: each keeps a row until it is over. */
export const BEGINS_A_MINUTE = 60

/** How long somebody may be at the provider: people look for their telephone there. */
export const DEPARTED_MS = 10 * 60_000

/** How long one request to a provider may take, in seconds. */
export const REQUEST_SECONDS = 10

/** How long what a provider says of itself is remembered: its keys are asked for again by themselves when one is missing. */
export const METADATA_MS = 3_600_000

/** Logins by a provider that one network may begin in a minute: each keeps a row until it is over. */
export const BEGINS_A_MINUTE = 60

/** Characters of a provider's name for somebody: OpenID Connect Core §2. */
export const MAX_SUBJECT_CHARS = 255

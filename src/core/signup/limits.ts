/** How long the link of a sign-up works: mail may be greylisted, and people read theirs in the evening. */
export const SIGNUP_MS = 24 * 3_600_000

/** How long the link that sets a new password works: OWASP advises an hour at most. */
export const RESET_MS = 3_600_000

/** Requests of one network (/24, /64): so many at once, then one in each such time. A family or an office signs up together; nobody signs up all day. */
export const PER_NET = { atOnce: 10, everyMs: 10 * 60_000 } as const

/** Mails to one address: whoever types the address of somebody else fills no mailbox. */
export const PER_ADDRESS = { atOnce: 3, everyMs: 3_600_000 } as const

/** Networks and addresses that are remembered for this, by each worker: about 200 bytes each. */
export const REMEMBERED = 20_000

/** Characters of an organization's name. */
export const MAX_NAME_CHARS = 100

/** Mail that the first account of a new organization may keep: it receives nothing before there is a domain. */
export const QUOTA_BYTES = 1024 * 1024 * 1024

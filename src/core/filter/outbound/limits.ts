/** What an account and an organization may send. Messages count by the hour, recipients by the day (24 hours back). */
export interface Caps {
  readonly messagesPerHour: number
  /** Of an account younger than `YOUNG_MS`. */
  readonly youngRecipientsPerDay: number
  readonly recipientsPerDay: number
  readonly organizationMessagesPerHour: number
  readonly organizationRecipientsPerDay: number
}

/** What people send stays far below. deliverability §5.9; those of organizations are twenty busy accounts. */
export const USUAL_CAPS: Caps = { messagesPerHour: 100, youngRecipientsPerDay: 500, recipientsPerDay: 2_000, organizationMessagesPerHour: 2_000, organizationRecipientsPerDay: 20_000 }

/** Accounts are new for so long: most that are made to send spam are younger. deliverability §5.9. */
export const YOUNG_MS = 30 * 24 * 3_600_000

/** From this share of a cap on its owner is warned. deliverability §5.9. */
export const WARN_SHARE = 0.8

/** How long what was read of an account is believed: an account that was just contained sends no longer than this. */
export const USAGE_MS = 1_000

/** How long what a worker accepted counts beside what the log has told: the log is read every second, and may be behind. */
export const PENDING_MS = 5_000

/** Accounts that a worker remembers. */
export const MAX_REMEMBERED = 10_000

/** Days whose hours make the habits of an account. deliverability §5.9. */
export const BASELINE_HOURS = 14 * 24

/** Bodies of the last day that are remembered of an account. Who writes more texts than that writes to few with each. */
export const MAX_SHAPES = 50

/** Authors of the last day that are remembered of an account. More are as suspicious as these. */
export const MAX_AUTHORS = 20

/** Octets of a body that its shape is made of: more tells no more, and costs time on the way in. */
export const SHAPE_BYTES = 16 * 1024

/** Words below which a body has no shape: "ok, thank you" is everybody's. */
export const SHAPE_WORDS = 8

/** Bits of 64 in which the shapes of one text with other names in it may differ. Measured: 95 of 100 texts of 60 words differ in 9 or fewer, and two texts in 18 or more. */
export const SHAPE_BITS = 10

/** How long a recipient is known to an account that does not write to them again. */
export const SEEN_MS = 400 * 24 * 3_600_000

/** Domains that an account has written to which others' domains are compared with, the newest: some hundred partners are all that people have. */
export const MAX_CORRESPONDENTS = 200

/** Domains of one account that a chunk of the log adds: a program that writes to thousands has no partners. */
export const MAX_DOMAINS_IN_TALLY = 50

/** How often it is written down again that an account wrote to a domain. */
export const DOMAIN_REFRESH_MS = 24 * 3_600_000

/** Score from which an account is contained: two of the signs that deliverability §5.9 names, or one that is strong. */
export const CONTAIN_SCORE = 60

/** Score from which it is told in the log. */
export const WATCH_SCORE = 30

/** Score of its content from which what an account or a key sends is held until an operator has looked. deliverability §5.9. */
export const HOLD_SCORE = 8

/** Rules named where it is told why a message is held: the gravest; `merpati explain` names all. */
export const MAX_RULES_TOLD = 5

/** Distinct tokens read of one message. Most mail has 150 to 600; what comes after the first thousand rarely changes the answer. */
export const MAX_TOKENS = 1_000

/** Text looked at, in characters of what a reader sees: the first screens of a message say what it is. */
export const MAX_BAYES_CHARS = 20_000

/** Characters of the text of which capitals are counted. */
export const MAX_SHAPE_CHARS = 500

/** Characters of a field that is read word by word. */
export const MAX_FIELD_CHARS = 1_000

/** Characters of a subject that are cut into pieces. Most subjects have 20 to 60. */
export const MAX_PIECED_CHARS = 100
/** Characters of a piece. */
export const PIECE_CHARS = 4

/** Characters of a field that tells how mail is made. */
export const MAX_TELLING_CHARS = 100

/** Characters of one word. Longer runs are noise or codes, and only their length is a token. */
export const MAX_WORD_CHARS = 30

/** Header names looked at: no honest message has more. */
export const MAX_NAMES = 100

/** Hosts of links looked at. */
export const MAX_HOSTS = 50
/** Attachments looked at. */
export const MAX_ATTACHMENTS = 20

/** Parts of a message that are asked for their type and charset. */
export const MAX_TRAIT_PARTS = 50

/** Tokens named to whoever asks why. */
export const MAX_NAMED = 5

/** Messages of each class that everybody has taught before they are asked. deliverability §5.8. */
export const MIN_GLOBAL_MESSAGES = 200
/** The same for one account. */
export const MIN_ACCOUNT_MESSAGES = 50

/** Tokens kept of one scope. Beyond it the oldest messages are forgotten, exactly. deliverability §5.8. */
export const MAX_SCOPE_TOKENS = 500_000

/** Votes of one account in an hour. More is tidying up, or a program. deliverability §5.8. */
export const MAX_VOTES_PER_HOUR = 500

/** Users of an organization that must have voted before its votes reach everybody's scope: one who errs, or was taken over, teaches only themselves. */
export const MIN_VOTERS = 3

/** Old messages forgotten for each one learned while a scope is over its limit: one message brings fewer new tokens than two old ones free. */
export const MAX_FORGOTTEN = 4

/** Changes of a scope that are kept for copies of it: who missed more reads it anew. */
export const MAX_CHANGES = 100

/** Votes learned in one write: each is some thousand rows, and other writes wait. */
export const MAX_VOTES_PER_WRITE = 2

/** Marks of one account that are remembered, the newest, and for how long. */
export const MAX_MARKS = 500

/** How long a mark counts: as long as half of what Bayes learned with it. */
export const MARK_MS = 180 * 24 * 3_600_000

/** How long a copy of a scope is believed without asking: a hint comes when it changes, and hints get lost. */
export const FRESH_MS = 60_000

/** Accounts whose scopes are held by a worker, and tokens of them in all: 64 MiB at the worst. */
export const MAX_HELD_ACCOUNTS = 2_000

/** Tokens of accounts held by a worker. */
export const MAX_HELD_TOKENS = 2_000_000

/** Distinct tokens read of one message. Most mail has 150 to 600; what comes after the first thousand rarely changes the answer. */
export const MAX_TOKENS = 1_000

/** Text looked at, in characters of what a reader sees: the first screens of a message say what it is. */
export const MAX_BAYES_CHARS = 20_000

/** Characters of a field that is read word by word. */
export const MAX_FIELD_CHARS = 1_000

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

/** Tokens that are combined: those that say most. deliverability §5.8. */
export const MAX_SIGNIFICANT = 150

/** Tokens named to whoever asks why. */
export const MAX_NAMED = 5

/** Messages of each class that everybody has taught before they are asked. deliverability §5.8. */
export const MIN_GLOBAL_MESSAGES = 200
/** The same for one account. */
export const MIN_ACCOUNT_MESSAGES = 50

/** Tokens kept of one scope. Beyond it the oldest messages are forgotten, exactly. deliverability §5.8. */
export const MAX_SCOPE_TOKENS = 500_000

/** A command line before login: LOGIN and AUTHENTICATE with an initial response (12,288 octets of base64) fit with room. */
export const MAX_LINE_BEFORE_LOGIN = 16 * 1024

/** A command line after login. Clients send UID sets of some thousand ranges; Dovecot's limit is the same. */
export const MAX_LINE = 64 * 1024

/** All literals of a command before login: a user name and a password. */
export const MAX_LITERALS_BEFORE_LOGIN = 8 * 1024

/** All literals of a command that is gathered in memory (APPEND's message is not). Mailbox names and search texts are short. */
export const MAX_LITERALS = 64 * 1024

/** Literals in one command: LIST with many patterns is the longest that clients send. */
export const MAX_LITERAL_COUNT = 256

/** A refused non-synchronizing literal comes anyway. Up to this it is read and dropped; beyond it the connection ends. RFC 7888 §4. */
export const MAX_DISCARD = 64 * 1024 * 1024

/** Ranges in one sequence set: more than fit in a line of ordinary numbers. */
export const MAX_SET_RANGES = 20_000

/** Nesting of SEARCH keys. Clients make 2 or 3 levels. */
export const MAX_SEARCH_DEPTH = 32

/** Keys in one SEARCH. Rule engines of clients make some dozens. */
export const MAX_SEARCH_KEYS = 512

/** Items in one FETCH, and field names in one HEADER.FIELDS. */
export const MAX_FETCH_ITEMS = 256

/** Depth of a section path such as 1.2.3: as deep as the MIME index goes, and more. */
export const MAX_SECTION_DEPTH = 64

/** Patterns in one LIST. */
export const MAX_LIST_PATTERNS = 64

/** Octets of a mailbox name. */
export const MAX_MAILBOX_NAME = 1000

/** Keywords in one STORE or APPEND. RFC 5788 has about 30 in all. */
export const MAX_KEYWORDS = 64

/** Octets of one keyword. */
export const MAX_KEYWORD = 128

/** Silence before the connection is closed. RFC 9051 §5.4: at least 30 minutes after login. */
export const AUTOLOGOUT_MS = 30 * 60_000

/** The same before login: a client that has nothing to say there is a scanner. */
export const LOGIN_WITHIN_MS = 3 * 60_000

/** How often an idling session asks the store, because hints may be lost. */
export const IDLE_POLL_MS = 60_000

/** Looks in one IDLE before it counts as silence: 30 minutes. Clients start anew after at most 29. RFC 2177. */
export const IDLE_POLLS = 30

/** How long a peer may take nothing of what we send before it counts as gone. */
export const SEND_WITHIN_MS = 5 * 60_000

/** How long the next bytes of a literal may take. */
export const LITERAL_WITHIN_MS = 5 * 60_000

/** The TLS handshake after STARTTLS. */
export const TLS_WITHIN_MS = 30_000

/** Commands that are no commands, before the connection ends. */
export const MAX_BAD = 30

/** Failed logins in one connection. */
export const MAX_LOGIN_FAILURES = 5

/** A base64 line of a SASL exchange: RFC 4954 §4 asks 12,288 octets of its kind. */
export const MAX_SASL_LINE = 12_288 + 2

/** Text of responses is gathered up to this many characters before it goes to the wire... */
export const GATHER = 16 * 1024

/** ...and at most this much is sent before we wait for the peer to take it. */
export const FLUSH_EVERY = 64 * 1024

/** Messages looked at in one step: a chunk of rows, one write of flags. */
export const CHUNK = 500

/** The header of one message or part that is read into memory to pick fields; the rest of a longer one is not looked at. */
export const MAX_HEADER = 1024 * 1024

/** The decoded text of one part that a search looks at. Beyond it only an attachment in disguise is that long. */
export const MAX_SEARCH_TEXT = 32 * 1024 * 1024

/** Number maps kept to be shared in a worker. */
export const SHARED_MAPS = 4096

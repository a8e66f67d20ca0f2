/** A request with its attachments. Gmail and most others take messages of 25 MB, and base64 makes a message as large as the JSON that it came in. */
export const MAX_REQUEST_BYTES = 25 * 1024 * 1024

/** Addresses in each of To, Cc and Bcc: what the API that we are compatible with allows. More recipients are more messages. */
export const MAX_ADDRESSES = 50

/** Messages in one batch, which is one write: field.md S-API2. */
export const MAX_BATCH = 500

/** Deliveries that a batch may become: the writer does nothing else meanwhile, and a thousand take it some tens of milliseconds. */
export const MAX_BATCH_DELIVERIES = 1_000

/** A display name, a subject, the value of a header field. RFC 5322 §2.1.1 has lines of 998, and a subject of more than two of them is no subject. */
export const MAX_TEXT_CHARS = 2_000

/** Values in the JSON of a request. A schema that refuses millions of them says so of each. */
export const MAX_VALUES = 100_000

/** Header fields that a caller adds. Nobody needs ten. */
export const MAX_HEADERS = 50

/** Files in a message. Readers show a few. */
export const MAX_FILES = 100

/** Files of a message that are fetched from elsewhere: each is a connection that somebody waits for. */
export const MAX_FETCHED = 10

/** Octets of all files that a message has fetched: base64 makes them as large as the largest request. */
export const MAX_FETCHED_BYTES = (MAX_REQUEST_BYTES / 4) * 3

/** For all files of a message together: who sends waits for them, and a request may take a minute. */
export const FETCH_WITHIN_MS = 20_000

/** Requests of one worker that fetch files at a time: each may hold as much as a large request. */
export const MAX_FETCHING = 5

/** Tags of a message. They are kept for as long as the message can be asked for, so there are few. */
export const MAX_TAGS = 50

/** The name or the value of a tag, or of an entry of the metadata. */
export const MAX_TAG_CHARS = 256

/** How long a repeated request is known: field.md S-API1. */
export const REMEMBER_MS = 24 * 3_600_000

/** How long a request that was never ended may be under way: more than a request may take. Then whoever did it has died. */
export const REPEAT_BUSY_MS = 2 * 60_000

/** How long a message can be asked for by its id: twice as long as it may be scheduled ahead. */
export const SENT_MS = 60 * 24 * 3_600_000

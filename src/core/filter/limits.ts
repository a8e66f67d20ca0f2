/** Bytes of a message that the content checks read. Newsletters reach 100 KiB of HTML; what follows is mostly attachments. */
export const MAX_CONTENT_BYTES = 256 * 1024

/** Characters of visible text that are kept of the plain parts together, and of the HTML parts together: some 15,000 words each. */
export const MAX_TEXT_CHARS = 100_000

/** Distinct links that are kept of a message. Legitimate newsletters have up to 60; the number of all of them is kept too. */
export const MAX_URLS = 100

/** Characters of a link that are kept: the query of a tracking link may be long, the host stands in front. */
export const MAX_URL_CHARS = 2000

/** Characters of what a reader sees of a link. */
export const MAX_SHOWN_CHARS = 200

/** Authors, Reply-To and recipients that are kept of a message, each. */
export const MAX_SHOWN_ADDRESSES = 20

/** Characters of a subject, a display name, an address or a file name that the checks look at. RFC 5322 §2.1.1: a line has 998. */
export const MAX_HEADER_CHARS = 998

/** First bytes that are kept of an attachment: enough for every magic number, and for the beginning of an HTML form. */
export const MAX_HEAD_BYTES = 4096

/** Open elements that the HTML reader remembers. Browsers stop nesting at 512 too. */
export const MAX_OPEN_ELEMENTS = 512

/** Open elements that are looked at for one that ends by itself, such as a paragraph. */
export const MAX_IMPLIED_STEPS = 32

/** Different style attributes of a message that are remembered: newsletters repeat some 20. */
export const MAX_STYLES = 64

/** Characters of a style attribute that are read. */
export const MAX_STYLE_CHARS = 1000

/** Domains whose look-alikes are searched: about 15 index entries each, so some 30 MB at the most. */
export const MAX_PROTECTED_DOMAINS = 20_000

/** Words of each part that are compared to see whether plain text and HTML say the same. */
export const MAX_COMPARED_WORDS = 100

/** Characters of subject and text in which words of money and haste are looked for: such mail says what it wants at once. */
export const MAX_PHRASE_CHARS = 3000

/** Registered domains of links that are compared with known ones. Newsletters lead to fewer than 10. */
export const MAX_LINK_DOMAINS = 20

/** Archives inside archives. Honest mail has one or two. */
export const MAX_ARCHIVE_DEPTH = 5

/** Files of one attachment, those of archives inside it counted. */
export const MAX_ARCHIVE_FILES = 10_000

/** What an attachment may say that it unpacks to. */
export const MAX_EXPANDED_BYTES = 500 * 1024 * 1024

/** Unpacked size for each packed byte. Text packs 10 to 20 times smaller; a file of zeros 1000 times. */
export const MAX_ARCHIVE_RATIO = 200

/** Below this unpacked size the ratio says nothing. */
export const MIN_RATIO_BYTES = 10 * 1024 * 1024

/** Bytes that we unpack ourselves of one attachment, to look into archives inside it. */
export const MAX_UNPACKED_BYTES = 32 * 1024 * 1024

/** Bytes of an attachment that we look through. What is larger than this does not come by mail. */
export const MAX_ATTACHMENT_BYTES = 64 * 1024 * 1024

/** Names of files of an archive that are judged by their extension, characters. */
export const MAX_ENTRY_NAME_CHARS = 1024

/** The most that a rule or a threshold may weigh, either way: the test string weighs this. */
export const MAX_SCORE = 1000

/** Sentences in a reply that refuses spam: the peer's operator reads two, a spammer need not learn all. */
export const MAX_REASONS_IN_REPLY = 2

/** Rules that the header names: their sum is there as well. */
export const MAX_REASONS_IN_HEADER = 50

/** Archives of one message that are looked into. */
export const MAX_ARCHIVES = 5

/** Hosts whose registered domain is remembered, and domains of which it is known what they look like: some 100 bytes each. */
export const MAX_KNOWN_DOMAINS = 5_000

/** Score from which mail is not sent on to another server by itself, whatever threshold its reader has. deliverability §5.9. */
export const FORWARD_SCORE = 6

/** Bodies of which it is remembered what was read in them: a batch says the same to many. */
export const MAX_KNOWN_TEXTS = 4

/** Names of people and companies that are remembered as words: each message asks three times for its author's. Some 300 bytes each. */
export const MAX_KNOWN_NAMES = 1_000

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

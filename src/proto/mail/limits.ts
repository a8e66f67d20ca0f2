/** Local part of an envelope address, octets. RFC 5321 §4.5.3.1.1. */
export const MAX_LOCAL_BYTES = 64

/**
 * A domain, characters. RFC 5321 §4.5.3.1.2 and RFC 1035 §2.3.4 say 255 octets, which on the DNS wire include a length
 * octet a label and the root: 253 characters of text remain, and no longer name can exist.
 */
export const MAX_DOMAIN_CHARS = 253

/** A label of a domain, characters. RFC 1035 §2.3.4. */
export const MAX_LABEL_CHARS = 63

/** A path with its angle brackets, octets. RFC 5321 §4.5.3.1.3. */
export const MAX_PATH_BYTES = 256

/** Parts inside parts. Real mail stays below 10; below this the rest is opaque. */
export const MAX_DEPTH = 50

/** Parts of one message. Digests of mailing lists reach some hundreds. */
export const MAX_PARTS = 1000

/** A header block, octets. Exchange refuses more than 128 KiB; trace headers of long ways reach 60 KiB. */
export const MAX_HEADER_BYTES = 256 * 1024

/** One header field with its folds, octets: 2,000 recipients in a To fit. */
export const MAX_FIELD_BYTES = 64 * 1024

/** Header fields of one block: 50 hops with ten fields each fit. */
export const MAX_FIELDS = 2000

/** Addresses read from one message's display headers; the rest are left out of the envelope. */
export const MAX_ADDRESSES = 2000

/** Message ids kept from In-Reply-To and References. Threading looks at 20; the rest serve display. */
export const MAX_REFERENCES = 100

/** A message id, characters: RFC 5322 gives no limit but that of a line. */
export const MAX_MESSAGE_ID_CHARS = 998

/** A boundary is at most 70 characters (RFC 2046 §5.1.1); some senders go over, a line cannot. */
export const MAX_BOUNDARY_BYTES = 998

/** Parameters of one Content-Type or Content-Disposition, continuations counted each. */
export const MAX_PARAMS = 200

/** Comments inside comments, in the lenient header readers. */
export const MAX_COMMENT_DEPTH = 20

/** `Received` fields after which a message goes in circles. RFC 5321 §6.3 asks for at least 100 in theory; no honest way has 50. */
export const MAX_RECEIVED = 50

/** Kinds of defect noted of one message: they are hints for a score, not a log. */
export const MAX_DEFECTS = 20

/** A line that other servers must take, octets without CRLF. RFC 5322 §2.1.1. */
export const MAX_LINE_CHARS = 998

/** A line that we write when we can choose. RFC 5322 §2.1.1. */
export const FOLD_CHARS = 76

/** Charset decoders kept ready. There are some 40 real ones; labels come from strangers. */
export const MAX_DECODERS = 64

/** Results read of one Authentication-Results field: one for each of ten signatures, and some. */
export const MAX_AUTH_RESULTS = 100

/** Words read of one result: the most that we write are four properties of a signature, and a reason. */
export const MAX_AUTH_PROPERTIES = 50

/** Texts that are remembered as they were encoded: a batch says the same to many, in one part or two. */
export const MAX_KNOWN_TEXTS = 4

/** Keywords of Authentication-Results that are remembered as such: methods, results and properties that we write. */
export const MAX_KNOWN_TOKENS = 100

/** Files in uuencode that are looked at in one text. Who still sends them sends one. */
export const MAX_UU_FILES = 10

/** Files of a message that are told of. */
export const MAX_FILES = 100

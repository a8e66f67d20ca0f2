/** A message as the content checks see it: decoded once, capped, and shared by the rules and by Bayes. */
export interface MailContent {
  /** Decoded, '' when there is none. */
  readonly subject: string
  /** Authors as they are shown: display name decoded, address lower-case; the first ones of a long list. */
  readonly from: readonly ShownAddress[]
  readonly replyTo: readonly ShownAddress[]
  /** Recipients of To and Cc, the first ones. */
  readonly to: readonly ShownAddress[]
  /** Text that a reader sees, of all text parts together, HTML as text; capped at `MAX_TEXT_CHARS`. */
  readonly text: string
  /** Whether there were plain text and HTML parts, and what in the HTML is meant to be unseen or to deceive. */
  readonly plainChars: number
  readonly html: HtmlTraits | null
  /** Distinct links, of text and HTML, the first `MAX_URLS`. */
  readonly urls: readonly Link[]
  /** How many links there were. */
  readonly urlCount: number
  readonly attachments: readonly Attachment[]
}

/** An address with the name it is shown under; '' for none. */
export interface ShownAddress {
  readonly name: string
  readonly address: string
}

/** What stands out in HTML. */
export interface HtmlTraits {
  /** Characters of visible text. */
  readonly textChars: number
  readonly images: number
  readonly forms: number
  readonly scripts: number
  /** Text of no size, or in the colour of its ground, characters. */
  readonly hiddenChars: number
  readonly dataUris: number
}

/** A link. */
export interface Link {
  /** As it was written, cut at 2,000 characters. */
  readonly url: string
  /** Lower-case A-labels, or an address; '' when it has none (`data:`, `javascript:`). */
  readonly host: string
  readonly scheme: string
  /** What a reader sees of it, '' in plain text. */
  readonly shown: string
}

/** A part that is not shown as text. */
export interface Attachment {
  /** Decoded file name, '' for none. */
  readonly name: string
  /** The media type that it says it is, lower-case. */
  readonly type: string
  /** Decoded size, about. */
  readonly size: number
  /** Its first decoded bytes, to see what it is: at most 4 KiB. */
  readonly head: Uint8Array
  /** Path in the MIME tree, such as `2.1`. */
  readonly path: string
}

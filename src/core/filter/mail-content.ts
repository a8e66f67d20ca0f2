/** A message as the content checks see it: decoded once, capped, and shared by the rules and by Bayes. */
export interface MailContent {
  /** Decoded, '' when there is none. */
  readonly subject: string
  /** Authors as they are shown: display name decoded, address lower-case; the first ones of a long list. */
  readonly from: readonly ShownAddress[]
  /** Empty when there is no Reply-To field. */
  readonly replyTo: readonly ShownAddress[]
  /** Recipients of To and Cc, the first ones. */
  readonly to: readonly ShownAddress[]
  /** What the header rules need besides. */
  readonly head: HeadTraits
  /** Text that a reader sees, of all text parts together, `plain` before the text of the HTML; each capped at `MAX_TEXT_CHARS`. */
  readonly text: string
  /** The part of `text` that came as plain text. */
  readonly plain: string
  /** What in the HTML is meant to be unseen or to deceive; null when there is no HTML. */
  readonly html: HtmlTraits | null
  /** Distinct links, of HTML and then of text, the first `MAX_URLS`. Mail addresses and telephone numbers are none. */
  readonly urls: readonly Link[]
  /** How many links there were. */
  readonly urlCount: number
  /** Also those of messages inside this one; their text is not read. */
  readonly attachments: readonly Attachment[]
}

/** An address with the name it is shown under; '' for none. */
export interface ShownAddress {
  readonly name: string
  readonly address: string
}

/** The header, as far as rules look at it. */
export interface HeadTraits {
  /** Encoded words as they came, '' for none. */
  readonly rawSubject: string
  /** The text of the first Date field, null when there is none. */
  readonly date: string | null
  /** The Message-ID field as it stands, brackets and all; null when there is none. */
  readonly messageId: string | null
  /** Names of fields, lower-case. */
  readonly names: ReadonlySet<string>
  /** Names of fields that may stand once and came more often. */
  readonly duplicates: readonly string[]
  /** Is there an octet above 127? RFC 6532 allows it with SMTPUTF8 only. */
  readonly hasEightBit: boolean
}

/** What stands out in HTML. */
export interface HtmlTraits {
  /** Visible text of all HTML parts. */
  readonly text: string
  /** Without those of one pixel, which only count readers. */
  readonly images: number
  readonly forms: number
  /** Fields that hide what is typed: for passwords. */
  readonly passwords: number
  /** Without those that are data (`application/ld+json`). */
  readonly scripts: number
  /** Characters that are not blank and cannot be seen: not displayed, of no size, or in the colour of their ground. */
  readonly hiddenChars: number
  /** Words that hidden text stands inside of. */
  readonly cutWords: number
  /** `data:` in links, frames and forms, and images that are no picture (`data:text/html`). */
  readonly dataUris: number
}

/** A link. */
export interface Link {
  /** As it was written, cut at `MAX_URL_CHARS`. */
  readonly url: string
  /** Lower-case A-labels, or an IP address as browsers read it; '' when it has none (`data:`, `javascript:`). */
  readonly host: string
  /** Lower-case, without the colon. What has none counts as `http`. */
  readonly scheme: string
  /** What a reader sees of it, '' in plain text. */
  readonly shown: string
}

/** A part that is not shown as text. */
export interface Attachment {
  /** Decoded file name, '' for none. */
  readonly name: string
  /** Names that other programs give it, when the fields of its part disagree. */
  readonly otherNames?: readonly string[]
  /** The media type that it says it is, lower-case. */
  readonly type: string
  /** Decoded size, about. */
  readonly size: number
  /** Its first decoded bytes, to see what it is: at most `MAX_HEAD_BYTES`. */
  readonly head: Uint8Array
  /** Path in the MIME tree, such as `2.1`; '' for a file that stands in a text. */
  readonly path: string
}

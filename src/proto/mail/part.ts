import type { ListedAddress } from './display-address.ts'
import type { Params } from './parameter.ts'

/** What IMAP's ENVELOPE says of a message (RFC 9051 §7.5.2): texts as they stand in the header, unfolded, encoded words and all. */
export interface Envelope {
  readonly date: string | null
  readonly subject: string | null
  readonly from: readonly ListedAddress[] | null
  /** The From list when the message has no usable Sender. */
  readonly sender: readonly ListedAddress[] | null
  /** The From list when the message has no usable Reply-To. */
  readonly replyTo: readonly ListedAddress[] | null
  readonly to: readonly ListedAddress[] | null
  readonly cc: readonly ListedAddress[] | null
  readonly bcc: readonly ListedAddress[] | null
  readonly inReplyTo: string | null
  /** With its brackets, as it stands. */
  readonly messageId: string | null
}

/** Content-Disposition: its type in lower case, its parameters as they came. */
export interface Disposition {
  readonly type: string
  readonly params: Params
}

/** What a part's header says of its body: all of BODYSTRUCTURE that is no number. */
export interface PartHeader {
  /** Lower-case, as are `subtype` and `encoding`. */
  readonly type: string
  readonly subtype: string
  readonly params: Params
  /** `7bit` when the header says nothing. */
  readonly encoding: string
  readonly id: string | null
  readonly description: string | null
  readonly md5: string | null
  readonly disposition: Disposition | null
  readonly language: readonly string[] | null
  readonly location: string | null
}

/**
 * One part of a message, with the byte ranges that IMAP sections name. Header [headerStart, bodyStart), its empty line included;
 * body [bodyStart, bodyEnd). Every range lies inside its parent's body.
 */
export interface Part extends PartHeader {
  readonly headerStart: number
  readonly bodyStart: number
  readonly bodyEnd: number
  /** Line endings in the body: what BODYSTRUCTURE calls its size in lines. */
  readonly lines: number
  /** The parts of a multipart (never none), or the one root part of a message/rfc822. Else empty. */
  readonly children: readonly Part[]
  /** Of a message/rfc822: the envelope of the message inside. Else null. */
  readonly envelope: Envelope | null
}

/** What was wrong with a message's MIME. It is all the same indexed to the end. */
export type MimeDefect =
  | 'too-deep'
  | 'too-many-parts'
  | 'too-many-addresses'
  | 'no-boundary'
  | 'missing-close-boundary'
  | 'encoded-container'
  | 'bad-header'
  | 'ambiguous-header'

/** Everything IMAP and JMAP ask of a message without parsing it again. All numbers are offsets in what the client sees. */
export interface MessageIndex {
  /** RFC822.SIZE. */
  readonly size: number
  readonly envelope: Envelope
  /** Ids of In-Reply-To and References, without brackets, oldest first, each once, bounded. */
  readonly references: readonly string[]
  /** The whole message as a part; `root.bodyStart` is where its header ends. */
  readonly root: Part
  readonly defects: readonly MimeDefect[]
}

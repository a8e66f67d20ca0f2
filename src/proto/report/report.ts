/** What a message that came to a return path is. */
export type Report =
  | DeliveryReport
  | FeedbackReport
  /** Somebody's client says what was done with the message. RFC 8098. */
  | { readonly kind: 'disposition'; readonly recipient: string | null; readonly disposition: string; readonly originalMessageId: string | null }
  /** A machine answers for a person: vacation, "we got your mail". RFC 3834. `why` is its subject, or what gave it away. */
  | { readonly kind: 'auto-reply'; readonly why: string }
  /** The sender is asked to prove that a person writes. */
  | { readonly kind: 'challenge' }
  /** The answer asks for no more mail. */
  | { readonly kind: 'unsubscribe' }
  /** A person wrote back. */
  | { readonly kind: 'reply' }
  | { readonly kind: 'unclassified' }

/** A server tells what became of a message: RFC 3464, or words for people that say the same. */
export interface DeliveryReport {
  readonly kind: 'delivery'
  readonly reportingMta: string | null
  /** The envelope id that the sender gave. RFC 3461 §4.4. */
  readonly envid: string | null
  /** In the order of the report; `MAX_REPORTED` at most. */
  readonly recipients: readonly ReportedRecipient[]
  readonly returned: Returned | null
}

/** What a report says of one recipient. */
export interface ReportedRecipient {
  /** The address it failed at; null when the report hides it. */
  readonly recipient: string | null
  /** The address as the sender gave it, when the report tells both. */
  readonly original: string | null
  readonly action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded'
  /** Enhanced status code, `x.y.z`. RFC 3463. */
  readonly status: string | null
  /** The SMTP reply code. */
  readonly code: number | null
  /** What the server said, as one line of at most `MAX_TEXT` characters. */
  readonly text: string
  /** The server that said it. */
  readonly host: string | null
}

/** The `Feedback-Type` of RFC 5965 §3.1 and its registry; `other` is any word that is not in it. */
export type FeedbackType = 'abuse' | 'fraud' | 'virus' | 'not-spam' | 'auth-failure' | 'opt-out' | 'other'

/** A mailbox provider passes on what a recipient thinks of a message: RFC 5965. */
export interface FeedbackReport {
  readonly kind: 'feedback'
  readonly type: FeedbackType
  /** The return path of the message. */
  readonly originalFrom: string | null
  /** Empty when the provider hides them. */
  readonly originalRecipients: readonly string[]
  readonly sourceIp: string | null
  readonly reportedDomain: string | null
  readonly arrivedMs: number | null
  readonly userAgent: string | null
  readonly returned: Returned | null
}

/** The header of the message that a report speaks of, as far as it came back. */
export interface Returned {
  readonly messageId: string | null
  readonly from: string | null
  readonly to: readonly string[]
  readonly subject: string | null
  /** All of it, names in lower case; `MAX_RETURNED_FIELDS` at most. */
  readonly fields: readonly ReturnedField[]
}

/** A field of the returned message, unfolded. */
export interface ReturnedField {
  readonly name: string
  readonly value: string
}

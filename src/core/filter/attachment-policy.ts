/** What becomes of attachments that carry more than a document. An organization may set it for its domains. */
export interface AttachmentPolicy {
  /** Programs and what starts them: `score` only counts. */
  readonly blocked: 'refuse' | 'quarantine' | 'score'
  /** Are programs for Android among them? */
  readonly android: 'blocked' | 'allowed'
  readonly macros: 'refuse' | 'quarantine' | 'score'
  readonly encrypted: 'refuse' | 'quarantine' | 'score'
  /** Archives beyond the limits: what cannot be looked through may hold anything. */
  readonly bombs: 'refuse' | 'quarantine' | 'score'
  /** More extensions to block, lower-case, without the dot. */
  readonly alsoBlocked: ReadonlySet<string>
}

/** What holds as long as nobody says otherwise. */
export const DEFAULT_ATTACHMENT_POLICY: AttachmentPolicy = {
  blocked: 'refuse', android: 'blocked', macros: 'quarantine', encrypted: 'score', bombs: 'refuse', alsoBlocked: new Set(),
}

/** What must happen to a message whatever its score is. */
export interface HardAttachment {
  readonly kind: 'refuse' | 'quarantine'
  /** The rule, as in the findings. */
  readonly rule: string
  /** For the reply to the sender: which file, and why. Printable, short. */
  readonly reason: string
}

import type { AttachmentPolicy } from './attachment-policy.ts'
import type { KnownDomains, ListedDomain } from './check/lookalike.ts'

/** What the content checks are told: nothing here is looked up by them. */
export interface ContentFacts {
  readonly nowMs: number
  /** Was the message sent with SMTPUTF8? */
  readonly smtputf8: boolean
  /** Is the author's domain proven: DMARC passed? */
  readonly isAuthorProven: boolean
  /** Our own domains. */
  readonly hosted: KnownDomains
  /** Has a recipient written to this author before, and is it proven to be the same? */
  readonly isKnownSender: boolean
  readonly attachments: AttachmentPolicy
}

/** People of an organization who may be pretended to be: `nameKey` of the name to the lower-case addresses they write from. */
export type People = ReadonlyMap<string, ReadonlySet<string>>

/** What a reader who has never written to the author of a message, or cannot be sure that it is the same, knows of others. */
export interface ReaderFacts {
  readonly people: People
  /** Domains that the reader has written to. */
  readonly correspondents: readonly ListedDomain[]
  /** Has nothing of this author reached the reader before? Proven and unproven mail of one address are of two authors. */
  readonly isFirstContact: boolean
}

import type { AttachmentPolicy } from './attachment-policy.ts'
import type { KnownDomains } from './check/lookalike.ts'

/** What the content checks are told: nothing here is looked up by them. */
export interface ContentFacts {
  readonly nowMs: number
  /** Was the message sent with SMTPUTF8? */
  readonly smtputf8: boolean
  /** Is the author's domain proven: DMARC passed? */
  readonly isAuthorProven: boolean
  /** Our own domains. */
  readonly hosted: KnownDomains
  /** Domains of those whom the recipients write with. */
  readonly correspondents: KnownDomains
  /** People here who may be pretended to be: `nameKey` of the name to the lower-case addresses they write from. */
  readonly people: ReadonlyMap<string, ReadonlySet<string>>
  /** Has a recipient written to this author before, and is it proven to be the same? */
  readonly isKnownSender: boolean
  /** Has nobody here had mail of this author's domain before? */
  readonly isFirstContact: boolean
  readonly attachments: AttachmentPolicy
}

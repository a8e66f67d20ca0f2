import type { Domain } from '../../base/brand.ts'
import type { DmarcPolicy, DmarcRecord } from './record.ts'

/** The words of RFC 8601 §2.7 and RFC 9989 §9.1 for DMARC. */
export type DmarcResult = 'pass' | 'fail' | 'none' | 'temperror' | 'permerror'

/** Why DMARC came to its result; more than one may hold. */
export type DmarcReason =
  /** From names nobody, or can be read in two ways. */
  | 'no-author'
  /** From names authors of different domains: such mail never passes. */
  | 'several-authors'
  /** Nothing was published. */
  | 'no-record'
  /** A name on the way had several records, which were left out. */
  | 'several-records'
  /** A policy of the record is none: it counts as `none`, or the record not at all. RFC 9989 §4.10.1. */
  | 'invalid-policy'
  /** DNS did not answer for a record, for an identifier's organization, or for whether the author's domain exists. */
  | 'dns'
  /** SPF or a signature that would be aligned could not be checked for now. */
  | 'spf-temperror' | 'dkim-temperror'
  /** The author's domain does not exist (NXDOMAIN). */
  | 'no-such-domain'
  /** `t=y`: the policy is applied one step milder. */
  | 'testing'

/** What DMARC says of a message. */
export interface DmarcOutcome {
  readonly result: DmarcResult
  readonly reasons: readonly DmarcReason[]
  /** The author's domain; null without one. Of several, the one whose policy is the strictest. */
  readonly author: Domain | null
  /** Its organizational domain; null when it was not needed or not learned. */
  readonly organization: string | null
  /** Where the record was published: the policy domain, for which reports are made. Null when there is none. */
  readonly policyDomain: string | null
  readonly record: DmarcRecord | null
  /** Which tag of the record is for this author, and what it asks; null without a record. */
  readonly tag: 'p' | 'sp' | 'np' | null
  readonly published: DmarcPolicy | null
  /** What is to be done by the policy with this message: `none` when it passed or cannot be judged; with several authors, what is asked of those it fails. */
  readonly applies: DmarcPolicy
  /** The aligned domain that SPF found, and those of signatures, as they were in `DmarcInput`; null and empty when none is. */
  readonly spfAligned: string | null
  readonly dkimAligned: readonly string[]
  /** Does the author's domain exist? Null when nobody asked. */
  readonly exists: boolean | null
  /** TXT questions asked for this message, whatever was in a cache. */
  readonly queries: number
}

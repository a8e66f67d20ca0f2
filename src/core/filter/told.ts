import type { OrganizationId } from '../../base/brand.ts'
import type { Finding } from './finding.ts'
import type { Thresholds } from './judge.ts'

/** What became of a message: taken, taken into Junk, taken and held until an operator has looked, put off, refused. */
export type VerdictKind = 'accept' | 'junk' | 'hold' | 'defer' | 'reject'

/** What became of one recipient's copy. `discard`: it was taken and thrown away; `full`, `gone`: the mailbox had no room, or was there no more. */
export type CopyFate = VerdictKind | 'discard' | 'full' | 'gone'

/** What became of a message for one recipient, where it is not what became of it for all. */
export interface ToldCopy {
  readonly address: string
  /** Whose recipient it is: nobody else is told. */
  readonly organization: OrganizationId
  readonly fate: CopyFate
  readonly score: number
}

/** A finding with what it weighed. */
export interface WeighedFinding extends Finding {
  readonly score: number
}

/** A check that ran, whether or not it found anything. */
export interface CheckRun {
  /** Its name: `spf`, `dkim`, `dns-lists`, `bayes` ... */
  readonly check: string
  /** What it came to, in a word: `pass`, `none`, `listed`, `no-answer` ... */
  readonly result: string
  /** By what: a domain, a list, a number. Null for nothing. It may come from a peer. */
  readonly detail: string | null
}

/** What the event of a message tells of its checks: version 1, read by the trace and by `merpati explain`. */
export interface InspectionTold {
  readonly verdict: VerdictKind
  /** What decided: the score, a list, DMARC, a scanner, an attachment, a check of the connection. */
  readonly by: string
  readonly score: number
  readonly checks: readonly CheckRun[]
  readonly findings: readonly WeighedFinding[]
  /** The scores that decided, where they are not the usual ones (`DEFAULT_THRESHOLDS`). */
  readonly thresholds?: Thresholds
  /** What became of each copy, where that is not `verdict` for all of them. */
  readonly copies?: readonly ToldCopy[]
}

import type { Finding } from './finding.ts'

/** What became of a message: taken, taken into Junk, taken and held until an operator has looked, put off, refused. */
export type VerdictKind = 'accept' | 'junk' | 'hold' | 'defer' | 'reject'

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
}

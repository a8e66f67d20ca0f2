/**
 * One thing that a check found of a message or its peer. The rule's score, what it means and what would mend it stand in the
 * tables (`table/`), so that a finding is small enough for the event that tells how a message came.
 */
export interface Finding {
  /** The rule's stable name, such as `SPF_FAIL`: in the header, the trace and `merpati explain`. */
  readonly rule: string
  /** What it was found by: an address, a domain, a file name. At most `MAX_EVIDENCE` characters, and it may come from a peer. Null for none. */
  readonly evidence: string | null
}

/** Longer evidence is cut: it goes into an event for each message. */
export const MAX_EVIDENCE = 120

/** A finding whose evidence has no control characters and is not too long. */
export function finding(rule: string, evidence: string | null = null): Finding {
  return { rule, evidence: evidence === null || isClean(evidence) ? evidence : evidence.slice(0, MAX_EVIDENCE).toWellFormed().replace(/[\p{Cc}\p{Cf}]+/gu, ' ') }
}

/** Most evidence is a name, an address or a number. */
function isClean(evidence: string): boolean {
  return evidence.length <= MAX_EVIDENCE && /^[ -~]*$/.test(evidence)
}

import type { DmarcDecision } from '../filter/dmarc-decision.ts'
import type { SpfOutcome } from '../filter/authentication.ts'
import type { AggregateRecord } from '../../proto/dmarc/aggregate-report.ts'
import type { DkimFinding } from '../../proto/dkim/finding.ts'
import type { DmarcOutcome } from '../../proto/dmarc/outcome.ts'
import { MAX_COUNTED_SIGNATURES } from './limits.ts'

/** What the report about a domain says of one message: all of a row but how many there were. */
export type SeenFacts = Omit<AggregateRecord, 'count' | 'source'>

/** What one message adds to the report about a policy domain. */
export interface DmarcSeen {
  readonly policyDomain: string
  /** The record, as it was published. */
  readonly record: string
  /** The client's address. */
  readonly source: string
  readonly facts: SeenFacts
}

/** A message that DMARC has judged. */
export interface JudgedMessage {
  readonly source: string
  readonly outcome: DmarcOutcome
  readonly decision: DmarcDecision
  /** The domain of MAIL FROM; '' for the null sender. */
  readonly envelopeFrom: string
  readonly spf: SpfOutcome | null
  readonly dkim: readonly DkimFinding[]
  /** It came to an address that takes reports: they are not reported on, or two houses would write to each other for ever. */
  readonly isReport: boolean
}

/** What is to be counted of a message; null when nobody has asked for reports on it. */
export function seenOf({ source, outcome, decision, envelopeFrom, spf, dkim, isReport }: JudgedMessage): DmarcSeen | null {
  const { record, policyDomain, author } = outcome
  if (isReport || record === null || policyDomain === null || author === null || record.aggregateTo.length === 0) return null
  const facts: SeenFacts = {
    disposition: decision.disposition,
    dkim: outcome.dkimAligned.length > 0 ? 'pass' : 'fail',
    spf: outcome.spfAligned === null ? 'fail' : 'pass',
    reasons: decision.override === null ? [] : [decision.override],
    headerFrom: author,
    envelopeFrom,
    envelopeTo: null,
    signatures: byWorth(dkim, outcome).map(({ domain, selector, result }) => ({ domain, selector, result })),
    spfCheck: spf === null || spf.domain === null ? null : { domain: spf.domain, result: spf.result },
  }
  // A record may hold any byte, and a database refuses some.
  return { policyDomain, record: record.text.replace(/[^ -~]/g, ' '), source, facts }
}

interface Named {
  readonly domain: string
  readonly selector: string
  readonly result: string
}

/** The signatures that say most, first. RFC 9990 §3.1.3. */
function byWorth(dkim: readonly DkimFinding[], { author, dkimAligned }: DmarcOutcome): readonly Named[] {
  const worth = ({ domain, result }: Named): number => {
    if (result !== 'pass') return 0
    if (domain === author) return 3
    return dkimAligned.includes(domain) ? 2 : 1
  }
  const named = dkim.flatMap(({ domain, selector, result }) => (domain === null || selector === null ? [] : [{ domain, selector, result }]))
  return named.toSorted((a, b) => worth(b) - worth(a)).slice(0, MAX_COUNTED_SIGNATURES)
}

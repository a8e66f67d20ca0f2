import type { Finding } from '../finding.ts'
import { type Reason, reasonsOf, sumOf } from '../judge.ts'
import type { FilterRules } from '../rule.ts'
import { attachmentRules } from '../table/attachment.ts'
import { bodyRules } from '../table/body.ts'
import { linkRules } from '../table/link.ts'
import { NETWORK_RULES } from '../table/network.ts'
import { phishingRules } from '../table/phishing.ts'
import { scannerRules } from '../table/scanner.ts'
import { HOLD_SCORE, MAX_RULES_TOLD } from './limits.ts'

/** What counts of a message that an account or a key sends. What a header lacks we put there, and who is logged in is not weighed for where he is. */
const OUTGOING_RULES: FilterRules = { ...bodyRules, ...linkRules, ...attachmentRules, ...phishingRules, ...scannerRules, ...ofLists(NETWORK_RULES) }

/** What its content comes to. */
export interface OutgoingJudged {
  /** Null: it goes. Else it is held for an operator; `why` names rules and nobody. */
  readonly held: { readonly by: 'brand' | 'score'; readonly why: string } | null
  readonly score: number
  readonly reasons: readonly Reason[]
}

/**
 * Judges what is sent from here: from `HOLD_SCORE` on, or under the name of a company that it does not come from, an operator looks at it first. An operator
 * who gives `BRAND_NAME` a score of 0 lets such names pass. deliverability §5.9.
 */
export function judgeOutgoing(findings: readonly Finding[], overrides: ReadonlyMap<string, number>): OutgoingJudged {
  const counted = findings.filter(({ rule }) => Object.hasOwn(OUTGOING_RULES, rule))
  const reasons = reasonsOf(counted, OUTGOING_RULES, overrides)
  const score = sumOf(reasons)
  const brand = reasons.find(({ rule, score: weight }) => rule === 'BRAND_NAME' && weight > 0)
  if (brand !== undefined) return { held: { by: 'brand', why: `brand: ${brand.rule}` }, score, reasons }
  if (score < HOLD_SCORE) return { held: null, score, reasons }
  const told = reasons.filter(({ score: weight }) => weight > 0).slice(0, MAX_RULES_TOLD).map(({ rule }) => rule)
  return { held: { by: 'score', why: `score ${score.toFixed(1)}: ${told.join(', ')}` }, score, reasons }
}

/** Rules of lists of domains, which speak of links; those of lists of addresses speak of clients. */
function ofLists(rules: FilterRules): FilterRules {
  return Object.fromEntries(Object.entries(rules).filter(([rule]) => /^(?:DBL|SURBL|URIBL)_/.test(rule)))
}

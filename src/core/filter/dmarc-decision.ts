import type { DmarcOutcome } from '../../proto/dmarc/outcome.ts'
import type { DmarcPolicy } from '../../proto/dmarc/record.ts'

/** How far the house goes along with policies. `observe`: nothing but the score; `standard`: see `decideDmarc`; `strict`: as they say. */
export type DmarcMode = 'observe' | 'standard' | 'strict'

/** What speaks against a message besides its policy. RFC 9989 §5.4: a policy of `reject` alone is not enough. */
export interface Corroboration {
  /** SPF's result; null when it was not checked. */
  readonly spf: string | null
  /** It carries a DKIM signature, good or not. */
  readonly isSigned: boolean
  /** A DNS list has its client. */
  readonly isListed: boolean
  /** What all rules but DMARC's own weigh. */
  readonly score: number
}

/** What speaks for a message that fails: an honest way that breaks signatures. Null or false for none. */
export interface Mitigation {
  /** A sealer that we trust and that found it good: `vouchingHop` of `proto/arc`. */
  readonly trustedSealer: string | null
  /** A list that is known: its List-Id came often from this source, and was wanted. */
  readonly knownList: string | null
  /** The recipient has said that this source forwards to him. */
  readonly declaredForwarder: boolean
}

/** Everything that the decision looks at. */
export interface DmarcCase {
  readonly mode: DmarcMode
  readonly outcome: DmarcOutcome
  /** A domain of ours stands in From (of several authors any one's) and nobody vouches for it: see `isForgedName`. */
  readonly isForgedOwn: boolean
  readonly against: Corroboration
  readonly inFavour: Mitigation
}

/** Why what was done is not what was published. RFC 9990 §3.1.6. */
export interface PolicyOverride {
  readonly type: 'local_policy' | 'mailing_list' | 'other' | 'policy_test_mode' | 'trusted_forwarder'
  readonly comment: string
}

/** What becomes of a message by DMARC alone. */
export interface DmarcDecision {
  /** `score`: the rules weigh it; `junk`: into Junk at least, with a banner; `reject`: 550 5.7.26. */
  readonly action: 'score' | 'junk' | 'reject'
  /** For the aggregate report. */
  readonly disposition: 'pass' | 'none' | 'quarantine' | 'reject'
  readonly override: PolicyOverride | null
  /** What corroborated, for the log and the trace. */
  readonly because: readonly string[]
}

/** Among `because` when somebody writes in the name of a domain of ours. */
export const OWN_DOMAIN = 'own domain'

const ENOUGH_SCORE = 4

/**
 * Decides. Who passed, or could not be judged for now, is left to the score. `quarantine` leads to Junk. `reject` refuses only when
 * something else speaks against the message too and nothing for it; else it leads to Junk. What pretends to be written at one of our
 * own domains is refused even without a policy, unless something speaks for it. Deliverability §5.6.
 */
export function decideDmarc(about: DmarcCase): DmarcDecision {
  const { outcome, mode, isForgedOwn: isOwn } = about
  if (outcome.result === 'pass') return { action: 'score', disposition: 'pass', override: null, because: [] }
  const policy = outcome.result === 'temperror' ? 'none' : outcome.applies
  if (outcome.result === 'temperror' || (policy === 'none' && !isOwn)) return done('none', about, null, [])
  if (mode === 'observe') return done('none', about, { type: 'local_policy', comment: 'policies are only observed here' }, [])
  if (mode === 'strict') return done(isOwn ? 'reject' : policy, about, null, [])
  const mitigated = overrideFor(about.inFavour)
  if (isOwn) return mitigated === null ? done('reject', about, null, [OWN_DOMAIN]) : done(policy === 'none' ? 'none' : 'quarantine', about, mitigated, [])
  if (policy === 'quarantine') return done('quarantine', about, null, [])
  if (mitigated !== null) return done('quarantine', about, mitigated, [])
  const because = corroborating(about)
  const alone = { type: 'local_policy', comment: 'nothing else speaks against the message' } as const
  return because.length > 0 ? done('reject', about, null, because) : done('quarantine', about, alone, [])
}

const ACTION = { none: 'score', quarantine: 'junk', reject: 'reject' } as const

function done(policy: DmarcPolicy, { outcome }: DmarcCase, override: PolicyOverride | null, because: readonly string[]): DmarcDecision {
  return { action: ACTION[policy], disposition: policy, override: override ?? usualOverride(policy, outcome), because }
}

/** RFC 9990 §3.1.6: there must be a reason when a failed message did not get what was published. */
function usualOverride(policy: DmarcPolicy, { published, record, applies }: DmarcOutcome): PolicyOverride | null {
  if (published === null || policy === published) return null
  if (record?.testing === true && policy === applies) return { type: 'policy_test_mode', comment: 't=y' }
  return { type: 'local_policy', comment: policy === 'reject' ? 'mail that pretends to be of this house' : 'not judged' }
}

/**
 * Does nobody vouch for a domain that we host? For domains without a policy too: SPF or a signature that passed for the domain, one
 * above it or one below it will do. One that could not be checked for now may, as where there is a policy (`dmarc/evaluate.ts`): a
 * temporary failure is no failure. RFC 6376 §6.1.2, RFC 8601 §2.7.1.
 */
export function isForgedName(hosted: string, spf: { readonly result: string; readonly domain: string | null } | null, dkim: readonly { readonly result: string; readonly domain: string | null }[]): boolean {
  return ![...dkim, ...(spf === null ? [] : [spf])].some(({ result, domain }) => (result === 'pass' || result === 'temperror') && domain !== null && isKin(domain.toLowerCase(), hosted))
}

function isKin(a: string, b: string): boolean {
  return a === b || a.endsWith(`.${b}`) || (b.endsWith(`.${a}`) && a.includes('.'))
}

function overrideFor({ trustedSealer, knownList, declaredForwarder }: Mitigation): PolicyOverride | null {
  if (trustedSealer !== null) return { type: 'trusted_forwarder', comment: `arc=pass sealed by ${trustedSealer}` }
  if (knownList !== null) return { type: 'mailing_list', comment: `list ${knownList}` }
  return declaredForwarder ? { type: 'trusted_forwarder', comment: 'declared by the recipient' } : null
}

function corroborating({ outcome, against }: DmarcCase): readonly string[] {
  const found: string[] = []
  if ((against.spf === 'fail' || against.spf === 'none') && !against.isSigned) found.push(`spf=${against.spf} and not signed`)
  if (against.isListed) found.push('the client is listed')
  if (against.score >= ENOUGH_SCORE) found.push('the score is high')
  if (outcome.exists === false) found.push('the domain of the author does not exist')
  if (outcome.reasons.includes('several-authors')) found.push('authors of different domains')
  return found
}

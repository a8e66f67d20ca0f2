import type { AccountId } from '../../../base/brand.ts'
import { DEFAULT_THRESHOLDS, type Reason, STRICTNESS, type Thresholds, type Verdict } from '../../filter/judge.ts'
import { FORWARD_SCORE } from '../../filter/limits.ts'
import type { CheckRun, InspectionTold, VerdictKind } from '../../filter/told.ts'
import { verdictFields } from '../../filter/verdict-fields.ts'
import type { HeldCopies, Inspected } from './inspected.ts'
import type { Reader } from './recipient-facts.ts'

/** Findings that the event of a message keeps, the gravest first: it is kept for each message. */
const MAX_TOLD = 40

/** Verdicts, and what else is said of a message. */
export interface Judged {
  readonly readers: readonly Reader[]
  /** One for each reader. */
  readonly verdicts: readonly Verdict[]
  /** The Authentication-Results field. */
  readonly results: string
  readonly checks: readonly CheckRun[]
  /** One for each reader. */
  readonly thresholds: readonly Thresholds[]
  readonly reference: string
}

/** Turns verdicts into what becomes of a message: one reply for all, and where each copy goes. */
export function outcomeOf({ readers, verdicts, results, checks, thresholds, reference }: Judged): Inspected {
  const strictest = verdicts.reduce((worst, each) => (STRICTNESS[each.kind] > STRICTNESS[worst.kind] ? each : worst))
  const refusal = verdicts.find(({ kind }) => kind === 'defer') ?? (verdicts.every(({ kind }) => kind === 'reject') ? strictest : null)
  if (refusal !== null && refusal.reply !== null) {
    return { kind: 'not-taken', reply: refusal.reply, told: toldOf(refusal.kind === 'defer' ? 'defer' : 'reject', refusal, checks) }
  }
  const mildest = verdicts.reduce((best, each) => (STRICTNESS[each.kind] < STRICTNESS[best.kind] ? each : best))
  // Most messages have one reader, whose verdict is the mildest too.
  const written = new Map(verdicts.map((verdict, i) => [verdict, verdictFields(verdict, thresholds[i] ?? DEFAULT_THRESHOLDS, reference)]))
  const fieldsOf = (verdict: Verdict): string => written.get(verdict) ?? ''
  const of = (kind: Verdict['kind']): readonly Reader[] => readers.filter((_, i) => verdicts[i]?.kind === kind)
  const isUnwanted = of('junk').length + of('discard').length > 0
  return {
    kind: 'taken',
    fields: results,
    own: new Map(readers.flatMap(({ receiver }, i) => (receiver === null ? [] : [[receiver.account, fieldsOf(verdicts[i] ?? strictest)] as const]))),
    elsewhere: fieldsOf(verdicts[readers.findIndex(({ receiver }) => receiver === null)] ?? mildest),
    junk: accountsOf(of('junk')),
    discard: accountsOf(of('discard')),
    held: heldForwards(readers, verdicts),
    told: toldOf(isUnwanted ? 'junk' : 'accept', strictest, checks),
  }
}

function accountsOf(readers: readonly Reader[]): ReadonlySet<AccountId> {
  return new Set(readers.flatMap(({ receiver }) => receiver?.account ?? []))
}

/** Spam that we sent on would be ours, whatever threshold its reader has. What a reader allows goes to where he wants it. deliverability §5.9. */
function heldForwards(readers: readonly Reader[], verdicts: readonly Verdict[]): HeldCopies | null {
  const unwanted = verdicts.find(({ kind, because, score }, i) => readers[i]?.receiver === null && (kind !== 'accept' || (because !== 'list' && score >= FORWARD_SCORE)))
  return unwanted === undefined ? null : { which: 'elsewhere', why: `forwarded spam: ${unwanted.because}, score ${unwanted.score.toFixed(1)}` }
}

/** What the event of a message tells of a verdict, and of the checks that led to it. */
export function toldOf(verdict: VerdictKind, { because, score, reasons }: Pick<Verdict, 'score' | 'reasons'> & { readonly because: string }, checks: readonly CheckRun[]): InspectionTold {
  return { verdict, by: because, score, checks, findings: reasons.toSorted(byWeight).slice(0, MAX_TOLD).map(({ rule, score: weight, evidence }) => ({ rule, score: weight, evidence })) }
}

function byWeight(a: Reason, b: Reason): number {
  return Math.abs(b.score) - Math.abs(a.score)
}

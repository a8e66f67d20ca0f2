import type { AccountId } from '../../../base/brand.ts'
import { DEFAULT_THRESHOLDS, type Reason, STRICTNESS, type Thresholds, type Verdict } from '../../filter/judge.ts'
import { FORWARD_SCORE } from '../../filter/limits.ts'
import type { CheckRun, CopyFate, InspectionTold, ToldCopy, VerdictKind } from '../../filter/told.ts'
import { verdictFields } from '../../filter/verdict-fields.ts'
import type { HeldCopies, Inspected } from './inspected.ts'
import type { Reader } from './recipient-facts.ts'

/** Findings, and copies, that the event of a message keeps, the gravest first: it is kept for each message. */
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
    return { kind: 'not-taken', reply: refusal.reply, told: { ...toldOf(refusal.kind === 'defer' ? 'defer' : 'reject', refusal, checks), ...toldThresholds(thresholds[verdicts.indexOf(refusal)]) } }
  }
  const mildest = verdicts.reduce((best, each) => (STRICTNESS[each.kind] < STRICTNESS[best.kind] ? each : best))
  // Most messages have one reader, whose verdict is the mildest too.
  const written = new Map(verdicts.map((verdict, i) => [verdict, verdictFields(verdict, thresholds[i] ?? DEFAULT_THRESHOLDS, reference)]))
  const fieldsOf = (verdict: Verdict): string => written.get(verdict) ?? ''
  const of = (kind: Verdict['kind']): readonly Reader[] => readers.filter((_, i) => verdicts[i]?.kind === kind)
  const kind = of('junk').length + of('discard').length > 0 ? 'junk' : 'accept'
  return {
    kind: 'taken',
    fields: results,
    own: new Map(readers.flatMap(({ receiver }, i) => (receiver === null ? [] : [[receiver.account, fieldsOf(verdicts[i] ?? strictest)] as const]))),
    elsewhere: fieldsOf(verdicts[readers.findIndex(({ receiver }) => receiver === null)] ?? mildest),
    junk: accountsOf(of('junk')),
    discard: accountsOf(of('discard')),
    held: heldForwards(readers, verdicts),
    told: { ...toldOf(kind, strictest, checks), ...toldThresholds(thresholds[verdicts.indexOf(strictest)]), ...toldCopies(kind, readers, verdicts) },
  }
}

function accountsOf(readers: readonly Reader[]): ReadonlySet<AccountId> {
  return new Set(readers.flatMap(({ receiver }) => receiver?.account ?? []))
}

/** Usual ones are not told: there is an event for each message. */
function toldThresholds(thresholds: Thresholds | undefined): Pick<InspectionTold, 'thresholds'> {
  const isUsual = thresholds === undefined || (thresholds.junk === DEFAULT_THRESHOLDS.junk && thresholds.reject === DEFAULT_THRESHOLDS.reject && thresholds.tag === DEFAULT_THRESHOLDS.tag)
  return isUsual ? {} : { thresholds }
}

/** What became of each copy, each address and fate once; nothing where all of them fared as the message did. */
function toldCopies(verdict: VerdictKind, readers: readonly Reader[], verdicts: readonly Verdict[]): Pick<InspectionTold, 'copies'> {
  const copies = new Map<string, ToldCopy>()
  for (const [i, { recipient: { address, organization }, receiver }] of readers.entries()) {
    const each = verdicts[i]
    if (each === undefined) continue
    const fate = receiver === null && isHeldForward(each) ? 'hold' : fateOf(each.kind)
    if (copies.size < MAX_TOLD) copies.set(`${fate} ${address}`, { address, organization, fate, score: each.score })
  }
  return [...copies.values()].every(({ fate }) => fate === verdict) ? {} : { copies: [...copies.values()] }
}

/** Of a message that was taken. */
function fateOf(kind: Verdict['kind']): CopyFate {
  return kind === 'reject' || kind === 'defer' ? 'junk' : kind
}

/** Spam that we sent on would be ours, whatever threshold its reader has. What a reader allows goes to where he wants it. deliverability §5.9. */
function isHeldForward({ kind, because, score }: Verdict): boolean {
  return kind !== 'accept' || (because !== 'list' && score >= FORWARD_SCORE)
}

function heldForwards(readers: readonly Reader[], verdicts: readonly Verdict[]): HeldCopies | null {
  const unwanted = verdicts.find((each, i) => readers[i]?.receiver === null && isHeldForward(each))
  return unwanted === undefined ? null : { which: 'elsewhere', why: `forwarded spam: ${unwanted.because}, score ${unwanted.score.toFixed(1)}` }
}

/** What the event of a message tells of a verdict, and of the checks that led to it. */
export function toldOf(verdict: VerdictKind, { because, score, reasons }: Pick<Verdict, 'score' | 'reasons'> & { readonly because: string }, checks: readonly CheckRun[]): InspectionTold {
  return { verdict, by: because, score, checks, findings: reasons.toSorted(byWeight).slice(0, MAX_TOLD).map(({ rule, score: weight, evidence }) => ({ rule, score: weight, evidence })) }
}

function byWeight(a: Reason, b: Reason): number {
  return Math.abs(b.score) - Math.abs(a.score)
}

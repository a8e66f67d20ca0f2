import { createHash } from 'node:crypto'
import { combine, type Weighing, WEIGHING } from '../../src/core/filter/bayes/combine.ts'
import { TokenTable } from '../../src/core/filter/bayes/token-table.ts'
import type { Tokens } from '../../src/core/filter/bayes/token-set.ts'
import { nearDuplicates } from './near-duplicates.ts'
import type { CorpusMail } from './spam-corpus.ts'

/** Five folds: each message is judged once, by what was learned from the other four. */
export const FOLDS = 5

/** A message as both are judged. */
export interface JudgedMail extends CorpusMail {
  readonly tokens: Tokens
  /** What the rules score without network and without Bayes. */
  readonly rules: number
}

/** A message, and the fold that it lies in with all that is nearly the same. */
export interface FoldedMail extends JudgedMail {
  readonly fold: number
}

/** Deals groups of near-duplicates out to folds, in the same way each time. */
export function inFolds(mails: readonly JudgedMail[]): { readonly mails: readonly FoldedMail[]; readonly groups: number } {
  const groups = nearDuplicates(mails.map(({ tokens }) => ({ tokens: tokens.filter((_, at) => (at & 1) === 1) })))
  const foldOf = (group: number): number => (createHash('sha256').update(mails[group]?.name ?? '').digest()[0] ?? 0) % FOLDS
  return { mails: mails.map((mail, at) => ({ ...mail, fold: foldOf(groups[at] ?? at) })), groups: new Set(groups).size }
}

/** What Bayes learns from these. Hard ham is never taught: it is there to see what happens with mail of a kind that nobody vouched for. */
export function taught(mails: readonly JudgedMail[]): TokenTable {
  const table = new TokenTable()
  for (const { tokens, kind } of mails) if (kind !== 'hard-ham') table.learn(tokens, kind === 'spam' ? 1 : 0, kind === 'ham' ? 1 : 0)
  return table
}

/** Constants that are tried. */
const GRID: readonly Weighing[] = [0.1, 0.5, 1].flatMap((strength) => [0.1, 0.3, 1].flatMap((independence) => [0.05, 0.1, 0.3].map((minDeviation) => ({ ...WEIGHING, strength, independence, minDeviation }))))

/** False positives at which thresholds are compared: 0.1 %. */
export const FALSE_POSITIVES = 0.001

/** The least number above which at most one in a thousand hams lies. */
export function thresholdOf(scored: readonly { readonly kind: CorpusMail['kind']; readonly score: number }[]): number {
  const ham = scored.filter(({ kind }) => kind === 'ham').map(({ score }) => score).toSorted((a, b) => b - a)
  return ham[Math.floor(ham.length * FALSE_POSITIVES)] ?? Number.POSITIVE_INFINITY
}

/** Spam that is not above the threshold of `thresholdOf`. */
function missed(scored: readonly { readonly kind: CorpusMail['kind']; readonly score: number }[]): number {
  const threshold = thresholdOf(scored)
  return scored.filter(({ kind, score }) => kind === 'spam' && score <= threshold).length
}

/** What was learned on some folds, and how it did there when each of them was judged by the others. */
export interface Tuned {
  readonly weighing: Weighing
  /** How likely each message of the training folds is spam, judged by the other training folds. */
  readonly probabilities: readonly number[]
}

/** The constants that do best on these folds alone: what they are tested on later takes no part. */
export function tune(training: readonly FoldedMail[]): Tuned {
  const folds = [...new Set(training.map(({ fold }) => fold))]
  const tables = new Map(folds.map((fold) => [fold, taught(training.filter((mail) => mail.fold !== fold))]))
  let best: (Tuned & { readonly missed: number }) | null = null
  for (const weighing of GRID) {
    const probabilities = training.map(({ tokens, fold }) => combine(tokens, tables.get(fold) ?? new TokenTable(), weighing).probability)
    const count = missed(training.map(({ kind }, at) => ({ kind, score: probabilities[at] ?? 0 })))
    if (best === null || count < best.missed) best = { weighing, probabilities, missed: count }
  }
  return best ?? { weighing: WEIGHING, probabilities: [] }
}

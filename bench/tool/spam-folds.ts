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

/** Which group of near-duplicates each message is in. */
export function groupsOf(mails: readonly JudgedMail[]): readonly number[] {
  return nearDuplicates(mails.map(({ tokens }) => ({ tokens: tokens.filter((_, at) => (at & 1) === 1) })))
}

/** Deals groups out to folds; a deal is the same each time. The first may be a lucky one, so others are judged as well. */
export function inFolds(mails: readonly JudgedMail[], groups: readonly number[], deal: number): readonly FoldedMail[] {
  const seed = deal === 0 ? '' : `${deal}:`
  const foldOf = (group: number): number => (createHash('sha256').update(`${seed}${mails[group]?.name ?? ''}`).digest()[0] ?? 0) % FOLDS
  return mails.map((mail, at) => ({ ...mail, fold: foldOf(groups[at] ?? at) }))
}

/** What Bayes learns from these. Hard ham is never taught: it is there to see what happens with mail of a kind that nobody vouched for. */
export function taught(mails: readonly JudgedMail[]): TokenTable {
  const table = new TokenTable()
  for (const { tokens, kind } of mails) if (kind !== 'hard-ham') table.learn(tokens, kind === 'spam' ? 1 : 0, kind === 'ham' ? 1 : 0)
  return table
}

/** What is tried: which tokens speak, and how loudly one that was seen once. */
const GRID: readonly Weighing[] = [0.02, 0.05, 0.1].flatMap((prior) => [2.5, 3.5, 5].map((least) => ({ ...WEIGHING, prior, least })))

/** Scales that are tried; they change no order. */
const SCALES: readonly number[] = [1.4, 1.8, 2.2, 2.7, 3.3]

/** False positives at which thresholds are compared: 0.1 %. */
export const FALSE_POSITIVES = 0.001

interface Scored {
  readonly kind: CorpusMail['kind']
  readonly score: number
}

/** The least number above which at most one in a thousand hams lies. */
export function thresholdOf(scored: readonly Scored[]): number {
  const ham = hamFirst(scored)
  return ham[Math.floor(ham.length * FALSE_POSITIVES)] ?? Number.POSITIVE_INFINITY
}

/** Numbers of ham, the most suspicious first. */
function hamFirst(scored: readonly Scored[]): readonly number[] {
  return scored.filter(({ kind }) => kind === 'ham').map(({ score }) => score).toSorted((a, b) => b - a)
}

/** Spam that is not above the threshold, summed over thresholds with none to ten hams above: one alone would be moved by single messages. */
function missed(scored: readonly Scored[]): number {
  const thresholds = hamFirst(scored).slice(0, 11)
  return thresholds.reduce((sum, threshold) => sum + scored.filter(({ kind, score }) => kind === 'spam' && score <= threshold).length, 0)
}

/** How far probabilities are from what was so: the mean of the logarithms, each class weighing the same. */
function surprise(scored: readonly Scored[]): number {
  const of = (kind: CorpusMail['kind'], right: (score: number) => number): number => {
    const all = scored.filter((each) => each.kind === kind)
    return all.reduce((sum, { score }) => sum - Math.log(Math.max(right(score), 1e-9)), 0) / all.length
  }
  return of('spam', (score) => score) + of('ham', (score) => 1 - score)
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
  const judged = (weighing: Weighing): readonly Scored[] =>
    training.map(({ kind, tokens, fold }) => ({ kind, score: combine(tokens, tables.get(fold) ?? new TokenTable(), weighing).probability }))
  const { prior, least } = bestOf(GRID, (weighing) => missed(judged(weighing)))
  const weighing = bestOf(SCALES.map((scale) => ({ prior, least, scale })), (each) => surprise(judged(each)))
  return { weighing, probabilities: judged(weighing).map(({ score }) => score) }
}

/** The first that costs least. */
function bestOf(all: readonly Weighing[], costOf: (weighing: Weighing) => number): Weighing {
  let best = { weighing: WEIGHING, cost: Number.POSITIVE_INFINITY }
  for (const weighing of all) {
    const cost = costOf(weighing)
    if (cost < best.cost) best = { weighing, cost }
  }
  return best.weighing
}

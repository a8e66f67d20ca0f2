import { combine } from '../../src/core/filter/bayes/combine.ts'
import type { TokenTable } from '../../src/core/filter/bayes/token-table.ts'
import { bayesFinding } from '../../src/core/filter/bayes/verdict.ts'
import { BAYES_RULES } from '../../src/core/filter/table/bayes.ts'
import { bogofilter, type BogofilterVerdict } from '../peers/bogofilter.ts'
import type { CorpusMail } from './spam-corpus.ts'
import { type FoldedMail, FOLDS, taught, thresholdOf, tune } from './spam-folds.ts'

/** What each said of a message that it had not learned. */
export interface Outcome {
  readonly kind: CorpusMail['kind']
  /** Ours: Bayes alone; its log odds and the points of the rules, added up; and the points that are shipped, of which Bayes has no more than its rules give. */
  readonly probability: number
  readonly odds: number
  readonly points: number
  readonly theirs: BogofilterVerdict
  /** Whether it is over the threshold that the training folds chose for 0.1 % false positives. */
  readonly over: Readonly<Record<'bayes' | 'odds' | 'points' | 'theirs', boolean>>
}

/** Where a message's bytes lie as a file. */
export type PathOf = (mail: FoldedMail) => string

/** Judges each message by what the other folds teach: constants and thresholds are of those folds too. */
export function judgeAll(mails: readonly FoldedMail[], pathOf: PathOf, say: (text: string) => void): readonly Outcome[] {
  const heldBack = askBogofilter(mails, pathOf)
  return Array.from({ length: FOLDS }, (_, fold) => fold).flatMap((fold) => {
    const training = mails.filter((mail) => mail.fold !== fold && mail.kind !== 'hard-ham')
    const asked = mails.filter((mail) => mail.fold === fold)
    const { weighing, probabilities } = tune(training)
    say(`fold ${fold + 1}: ${asked.length} messages, ${JSON.stringify(weighing)}`)
    const table = taught(training)
    const known = training.map((mail, at) => ({ kind: mail.kind, probability: probabilities[at] ?? 0 }))
    const limits = {
      bayes: thresholdOf(known.map(({ kind, probability }) => ({ kind, score: probability }))),
      odds: thresholdOf(known.map(({ kind, probability }, at) => ({ kind, score: oddsOf(training[at]?.rules ?? 0, probability) }))),
      points: thresholdOf(known.map(({ kind, probability }, at) => ({ kind, score: pointsOf(training[at]?.rules ?? 0, probability, table) }))),
      theirs: thresholdOf(training.map(({ kind, name }) => ({ kind, score: heldBack.get(`${fold} ${name}`) ?? 0.5 }))),
    }
    const theirs = bogofilterOn(training, asked, pathOf)
    return asked.map(({ kind, tokens, rules }, at) => {
      const { probability } = combine(tokens, table, weighing)
      const odds = oddsOf(rules, probability)
      const points = pointsOf(rules, probability, table)
      const their = theirs[at] ?? { says: 'U', spamicity: 0.5 }
      const over = { bayes: probability > limits.bayes, odds: odds > limits.odds, points: points > limits.points, theirs: their.spamicity > limits.theirs }
      return { kind, probability, odds, points, theirs: their, over }
    })
  })
}

function oddsOf(rules: number, probability: number): number {
  return rules + Math.log(probability / (1 - probability))
}

function pointsOf(rules: number, probability: number, by: TokenTable): number {
  return rules + (BAYES_RULES[bayesFinding({ probability, by }, []).rule]?.score ?? 0)
}

function bogofilterOn(training: readonly FoldedMail[], asked: readonly FoldedMail[], pathOf: PathOf): readonly BogofilterVerdict[] {
  const paths = (kind: CorpusMail['kind']): readonly string[] => training.filter((mail) => mail.kind === kind).map(pathOf)
  return bogofilter({ spam: paths('spam'), ham: paths('ham'), ask: asked.map(pathOf) })
}

/** By the fold that is judged and a message's name: what bogofilter says of it when its own fold is held back as well. */
type HeldBack = ReadonlyMap<string, number>

/** For every two folds: each message of one, judged by what the folds beside these two teach bogofilter. It is the same when the other of them is held back. */
function askBogofilter(mails: readonly FoldedMail[], pathOf: PathOf): HeldBack {
  const known = mails.filter(({ kind }) => kind !== 'hard-ham')
  const scores = new Map<string, number>()
  for (let one = 0; one < FOLDS; one++) {
    for (let other = one + 1; other < FOLDS; other++) {
      const isHeldBack = ({ fold }: FoldedMail): boolean => fold === one || fold === other
      const asked = known.filter(isHeldBack)
      const verdicts = bogofilterOn(known.filter((mail) => !isHeldBack(mail)), asked, pathOf)
      for (const [at, { name, fold }] of asked.entries()) scores.set(`${fold === one ? other : one} ${name}`, verdicts[at]?.spamicity ?? 0.5)
    }
  }
  return scores
}

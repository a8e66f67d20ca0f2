import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readLearned } from '../../src/core/filter/bayes/read-mail.ts'
import type { BenchOptions, Figure } from '../figure.ts'
import { bogofilterVersion } from '../peers/bogofilter.ts'
import { share } from '../tool/interval.ts'
import { type CorpusMail, spamCorpus } from '../tool/spam-corpus.ts'
import { type FoldedMail, groupsOf, inFolds, thresholdOf } from '../tool/spam-folds.ts'
import { judgeAll, type Outcome } from '../tool/spam-judge.ts'
import { rulesScore } from '../tool/spam-rules.ts'
import { benchFolder } from '../tool/wait.ts'

/** From here on mail goes to Junk. deliverability §5.4. */
const JUNK_FROM = 6

/** From here on it is marked. */
const MARKED_FROM = 3

/** Deals of the folds: what one deal says is moved by some messages when it is dealt anew. */
const DEALS = 5

/**
 * How much spam is caught and how much mail is taken for it: our Bayes and rules, without network, beside bogofilter on the same folds. Five folds, near-duplicates in
 * one; constants and thresholds come from the folds that are learned, never from the one that is judged. Each figure is the mean of several deals.
 */
export async function spam({ say }: BenchOptions): Promise<readonly Figure[]> {
  const version = bogofilterVersion()
  const corpus = spamCorpus(say)
  say(`reading ${corpus.length} messages`)
  const mails = corpus.map((mail) => {
    const { content, tokens } = readLearned(mail.bytes)
    return { ...mail, tokens, rules: rulesScore(mail, content) }
  })
  const groups = groupsOf(mails)
  say(`${new Set(groups).size} groups of near-duplicates`)
  const folder = mkdtempSync(join(benchFolder(), 'merpati-spam-'))
  try {
    const pathOf = ({ name }: Pick<FoldedMail, 'name'>): string => join(folder, name)
    for (const mail of mails) {
      mkdirSync(dirname(pathOf(mail)), { recursive: true })
      writeFileSync(pathOf(mail), mail.bytes)
    }
    const deals = Array.from({ length: DEALS }, (_, deal) => {
      say(`deal ${deal + 1}`)
      return judgeAll(inFolds(mails, groups, deal), pathOf, say)
    })
    return figuresOf(deals, version)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What the outcomes of one deal say of each of them. */
type Test = (outcomes: readonly Outcome[]) => (outcome: Outcome) => boolean

function figuresOf(deals: readonly (readonly Outcome[])[], version: string): readonly Figure[] {
  const shareOf = (kind: CorpusMail['kind'], test: Test): { readonly percent: number; readonly text: string } => {
    const counts = deals.map((outcomes) => outcomes.filter(test(outcomes)).filter((outcome) => outcome.kind === kind).length)
    const all = deals[0]?.filter((outcome) => outcome.kind === kind).length ?? 0
    const { percent, text } = share(counts.reduce((sum, count) => sum + count, 0) / deals.length, all)
    return { percent, text: `${text} (${counts.join(', ')})` }
  }
  const line = (name: string, kind: CorpusMail['kind'], we: Test, they: Test, goal: Figure['goal'] = null): Figure => {
    const [ours, theirs] = [shareOf(kind, we), shareOf(kind, they)]
    return { name, unit: '%', ours: ours.percent, peer: { name: `bogofilter ${version}`, value: theirs.percent }, goal, note: `${ours.text}; theirs ${theirs.text}` }
  }
  const ways = (['odds', 'bayes', 'points'] as const).flatMap((way) => {
    const [we, they] = [chosen(way), chosen('theirs')]
    return [
      line(`spam caught, ${WAYS[way]}; threshold for 0.1 % false positives from the training folds`, 'spam', we, they, { kind: 'at-least', limit: 99.5 }),
      line('ham taken for spam there', 'ham', we, they, { kind: 'at-most', limit: 0.1 }),
      line('hard ham taken for spam there', 'hard-ham', we, they),
      line('spam caught where exactly 0.1 % of ham is above, known afterwards', 'spam', hindsight(NUMBERS[way]), hindsight(NUMBERS.theirs), { kind: 'times-peer', atLeast: 1 }),
    ]
  })
  return [
    ...ways,
    line('spam caught as shipped: 6 points, its "Spam"', 'spam', JUNK, IS_SPAM),
    line('spam with 3 to 6 points, its "Unsure"', 'spam', MARKED, IS_UNSURE),
    line('ham taken for spam as shipped', 'ham', JUNK, IS_SPAM),
    line('hard ham taken for spam as shipped', 'hard-ham', JUNK, IS_SPAM),
    line('hard ham with 3 to 6 points, its "Unsure"', 'hard-ham', MARKED, IS_UNSURE),
  ]
}

type Way = keyof Outcome['over']

const WAYS = { odds: 'log odds of Bayes and points of rules added up', bayes: 'Bayes without rules', points: 'points as they are shipped' } as const

const NUMBERS: Readonly<Record<Way, (outcome: Outcome) => number>> = {
  odds: ({ odds }) => odds,
  bayes: ({ probability }) => probability,
  points: ({ points }) => points,
  theirs: ({ theirs }) => theirs.spamicity,
}

const chosen = (which: Way): Test => () => ({ over }) => over[which]

const hindsight = (numberOf: (outcome: Outcome) => number): Test => (outcomes) => {
  const threshold = thresholdOf(outcomes.map((outcome) => ({ kind: outcome.kind, score: numberOf(outcome) })))
  return (outcome) => numberOf(outcome) > threshold
}

const JUNK: Test = () => ({ points }) => points >= JUNK_FROM
const MARKED: Test = () => ({ points }) => points >= MARKED_FROM && points < JUNK_FROM
const IS_SPAM: Test = () => ({ theirs }) => theirs.says === 'S'
const IS_UNSURE: Test = () => ({ theirs }) => theirs.says === 'U'

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readLearned } from '../../src/core/filter/bayes/read-mail.ts'
import type { BenchOptions, Figure } from '../figure.ts'
import { bogofilterVersion } from '../peers/bogofilter.ts'
import { share } from '../tool/interval.ts'
import { type CorpusMail, spamCorpus } from '../tool/spam-corpus.ts'
import { type FoldedMail, inFolds, thresholdOf } from '../tool/spam-folds.ts'
import { judgeAll, type Outcome } from '../tool/spam-judge.ts'
import { rulesScore } from '../tool/spam-rules.ts'
import { benchFolder } from '../tool/wait.ts'

/** From here on mail goes to Junk. deliverability §5.4. */
const JUNK_FROM = 6

/** From here on it is marked. */
const MARKED_FROM = 3

/**
 * How much spam is caught and how much mail is taken for it: our Bayes and rules, without network, beside bogofilter on the same folds. Five folds, near-duplicates in
 * one; constants and thresholds come from the folds that are learned, never from the one that is judged.
 */
export async function spam({ say }: BenchOptions): Promise<readonly Figure[]> {
  const version = bogofilterVersion()
  const corpus = spamCorpus(say)
  say(`reading ${corpus.length} messages`)
  const { mails, groups } = inFolds(
    corpus.map((mail) => {
      const { content, tokens } = readLearned(mail.bytes)
      return { ...mail, tokens, rules: rulesScore(mail, content) }
    }),
  )
  say(`${groups} groups of near-duplicates`)
  const folder = mkdtempSync(join(benchFolder(), 'merpati-spam-'))
  try {
    const pathOf = ({ name }: FoldedMail): string => join(folder, name)
    for (const mail of mails) {
      mkdirSync(dirname(pathOf(mail)), { recursive: true })
      writeFileSync(pathOf(mail), mail.bytes)
    }
    return figuresOf(judgeAll(mails, pathOf, say), version)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

type Test = (outcome: Outcome) => boolean

function figuresOf(outcomes: readonly Outcome[], version: string): readonly Figure[] {
  const line = (name: string, kind: CorpusMail['kind'], we: Test, they: Test, goal: Figure['goal'] = null): Figure => {
    const all = outcomes.filter((outcome) => outcome.kind === kind)
    const [ours, theirs] = [share(all.filter(we).length, all.length), share(all.filter(they).length, all.length)]
    return { name, unit: '%', ours: ours.percent, peer: { name: `bogofilter ${version}`, value: theirs.percent }, goal, note: `${ours.text}; theirs ${theirs.text}` }
  }
  const chosen = (which: keyof Outcome['over']): Test => ({ over }) => over[which]
  const hindsight = (numberOf: (outcome: Outcome) => number): Test => {
    const threshold = thresholdOf(outcomes.map((outcome) => ({ kind: outcome.kind, score: numberOf(outcome) })))
    return (outcome) => numberOf(outcome) > threshold
  }
  const junk: Test = ({ points }) => points >= JUNK_FROM
  const marked: Test = ({ points }) => points >= MARKED_FROM && points < JUNK_FROM
  const isSpam: Test = ({ theirs }) => theirs.says === 'S'
  const isUnsure: Test = ({ theirs }) => theirs.says === 'U'
  return [
    line('spam caught; threshold for 0.1 % false positives from the training folds', 'spam', chosen('points'), chosen('theirs'), { kind: 'at-least', limit: 99.5 }),
    line('ham taken for spam there', 'ham', chosen('points'), chosen('theirs'), { kind: 'at-most', limit: 0.1 }),
    line('hard ham taken for spam there', 'hard-ham', chosen('points'), chosen('theirs')),
    line('spam caught, Bayes without rules', 'spam', chosen('bayes'), chosen('theirs'), { kind: 'times-peer', atLeast: 1 }),
    line('ham taken for spam there', 'ham', chosen('bayes'), chosen('theirs')),
    line('hard ham taken for spam there', 'hard-ham', chosen('bayes'), chosen('theirs')),
    line('spam caught where exactly 0.1 % of ham is above, known afterwards', 'spam', hindsight(({ points }) => points), hindsight(({ theirs }) => theirs.spamicity)),
    line('spam caught as shipped: 6 points, its "Spam"', 'spam', junk, isSpam),
    line('spam with 3 to 6 points, its "Unsure"', 'spam', marked, isUnsure),
    line('ham taken for spam as shipped', 'ham', junk, isSpam),
    line('hard ham taken for spam as shipped', 'hard-ham', junk, isSpam),
    line('hard ham with 3 to 6 points, its "Unsure"', 'hard-ham', marked, isUnsure),
  ]
}

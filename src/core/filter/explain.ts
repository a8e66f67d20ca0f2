import { DEFAULT_THRESHOLDS, type Thresholds } from './judge.ts'
import type { FilterRules, Sentence } from './rule.ts'
import { CHECK_WORDS, DECIDED_BY } from './table/check-words.ts'
import { COPY_WORDS, SUMMARY } from './table/outcome-words.ts'
import type { CheckRun, CopyFate, InspectionTold, ToldCopy } from './told.ts'

/** Why a message became what it became, in the words of one language. */
export interface Explanation {
  readonly verdict: CopyFate
  readonly by: string
  /** The same as a sentence. */
  readonly decided: string
  readonly score: number
  /** The scores from which on a message was marked, went to Junk and was refused. */
  readonly thresholds: Thresholds
  /** What became of it, as a sentence. */
  readonly summary: string
  readonly checks: readonly ExplainedCheck[]
  /** What was found, heaviest first. */
  readonly reasons: readonly Reason[]
  /** What became of the copies, where it is not the same for all of them. */
  readonly copies: readonly ExplainedCopy[]
}

/** A copy, and what was decided of it. */
export type DecidedCopy = Pick<ToldCopy, 'address' | 'fate' | 'score'>

/** What became of the copy of one recipient. */
export interface ExplainedCopy {
  readonly address: string
  readonly fate: CopyFate
  readonly score: number
  readonly about: string
}

/** A check, and what its word means. */
export interface ExplainedCheck extends CheckRun {
  readonly about: string
}

/** One finding, explained. */
export interface Reason {
  readonly rule: string
  readonly score: number
  readonly evidence: string | null
  readonly about: string
  /** What the sender or the owner would have to change; null when nobody has to. */
  readonly mend: string | null
}

/** A check, or a word of one, that a newer or older version knew. */
const UNKNOWN_WORD: Sentence = { en: 'A word that this version does not know.', id: 'Kata yang tidak dikenal versi ini.' }

/** A rule that a newer or older version knew. */
const UNKNOWN: Sentence = { en: 'A rule that this version does not know.', id: 'Aturan yang tidak dikenal versi ini.' }

/** Explains what the checks of a message came to. Rules that `rules` does not have are named all the same. */
export function explain({ verdict: most, by, score, checks, findings, thresholds = DEFAULT_THRESHOLDS, copies = [] }: Omit<InspectionTold, 'copies'> & { readonly copies?: readonly DecidedCopy[] }, rules: FilterRules, locale: keyof Sentence): Explanation {
  const reasons = findings.map(({ rule, score: weight, evidence }) => {
    const known = Object.hasOwn(rules, rule) ? rules[rule] : undefined
    return { rule, score: weight, evidence, about: (known?.about ?? UNKNOWN)[locale], mend: known?.mend?.[locale] ?? null }
  })
  const explained = checks.map((run) => ({ ...run, about: (wordOf(CHECK_WORDS, run) ?? UNKNOWN_WORD)[locale] }))
  const decided = (Object.hasOwn(DECIDED_BY, by) ? DECIDED_BY[by as keyof typeof DECIDED_BY] : UNKNOWN_WORD)[locale]
  const fates = new Set(copies.map(({ fate }) => fate))
  const [only = most] = fates
  const verdict = fates.size > 1 ? most : only
  return {
    verdict, by, decided, score, thresholds, summary: (fates.size > 1 ? SUMMARY.several : SUMMARY[verdict])[locale], checks: explained,
    reasons: reasons.toSorted((a, b) => Math.abs(b.score) - Math.abs(a.score)),
    copies: fates.size > 1 ? copies.map(({ address, fate, score: own }) => ({ address, fate, score: own, about: COPY_WORDS[fate][locale] })) : [],
  }
}

function wordOf(table: Readonly<Record<string, Readonly<Record<string, Sentence>>>>, { check, result }: CheckRun): Sentence | undefined {
  const words = Object.hasOwn(table, check) ? table[check] : undefined
  return words !== undefined && Object.hasOwn(words, result) ? words[result] : undefined
}

/** What an event tells of checks, if it does: events of other kinds, and those of before there were checks, tell nothing. */
export function toldIn(data: unknown): InspectionTold | null {
  if (typeof data !== 'object' || data === null) return null
  const { verdict, by = 'score', score, checks, findings, thresholds, copies } = data as Partial<InspectionTold>
  const isVerdict = typeof verdict === 'string' && Object.hasOwn(SUMMARY, verdict)
  if (!isVerdict || typeof score !== 'number' || !Array.isArray(checks) || !Array.isArray(findings)) return null
  return { verdict, by, score, checks, findings, ...(thresholds === undefined ? {} : { thresholds }), ...(copies === undefined ? {} : { copies }) }
}

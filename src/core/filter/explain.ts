import type { FilterRules, Sentence } from './rule.ts'
import { CHECK_WORDS, DECIDED_BY } from './table/check-words.ts'
import type { CheckRun, InspectionTold, VerdictKind } from './told.ts'

/** Why a message became what it became, in the words of one language. */
export interface Explanation {
  readonly verdict: VerdictKind
  readonly by: string
  /** The same as a sentence. */
  readonly decided: string
  readonly score: number
  /** What became of it, as a sentence. */
  readonly summary: string
  readonly checks: readonly ExplainedCheck[]
  /** What was found, heaviest first. */
  readonly reasons: readonly Reason[]
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

const SUMMARY: Readonly<Record<VerdictKind, Sentence>> = {
  accept: { en: 'The message was delivered to the inbox.', id: 'Pesan diantar ke kotak masuk.' },
  junk: { en: 'The message was delivered to Junk.', id: 'Pesan diantar ke folder Junk.' },
  hold: { en: 'The message was taken, and is held until an administrator has looked at it.', id: 'Pesan diterima, tetapi ditahan sampai administrator memeriksanya.' },
  defer: { en: 'The message was put off: the sending server was asked to try again later.', id: 'Pesan ditunda: server pengirim diminta mencoba lagi nanti.' },
  reject: { en: 'The message was refused: the sending server tells its sender.', id: 'Pesan ditolak: server pengirim memberi tahu pengirimnya.' },
}

/** A check, or a word of one, that a newer or older version knew. */
const UNKNOWN_WORD: Sentence = { en: 'A word that this version does not know.', id: 'Kata yang tidak dikenal versi ini.' }

/** A rule that a newer or older version knew. */
const UNKNOWN: Sentence = { en: 'A rule that this version does not know.', id: 'Aturan yang tidak dikenal versi ini.' }

/** Explains what the checks of a message came to. Rules that `rules` does not have are named all the same. */
export function explain({ verdict, by, score, checks, findings }: InspectionTold, rules: FilterRules, locale: keyof Sentence): Explanation {
  const reasons = findings.map(({ rule, score: weight, evidence }) => {
    const known = Object.hasOwn(rules, rule) ? rules[rule] : undefined
    return { rule, score: weight, evidence, about: (known?.about ?? UNKNOWN)[locale], mend: known?.mend?.[locale] ?? null }
  })
  const explained = checks.map((run) => ({ ...run, about: (wordOf(CHECK_WORDS, run) ?? UNKNOWN_WORD)[locale] }))
  const decided = (Object.hasOwn(DECIDED_BY, by) ? DECIDED_BY[by as keyof typeof DECIDED_BY] : UNKNOWN_WORD)[locale]
  return { verdict, by, decided, score, summary: SUMMARY[verdict][locale], checks: explained, reasons: reasons.toSorted((a, b) => Math.abs(b.score) - Math.abs(a.score)) }
}

function wordOf(table: Readonly<Record<string, Readonly<Record<string, Sentence>>>>, { check, result }: CheckRun): Sentence | undefined {
  const words = Object.hasOwn(table, check) ? table[check] : undefined
  return words !== undefined && Object.hasOwn(words, result) ? words[result] : undefined
}

/** What an event tells of checks, if it does: events of other kinds, and those of before there were checks, tell nothing. */
export function toldIn(data: unknown): InspectionTold | null {
  if (typeof data !== 'object' || data === null) return null
  const { verdict, by = 'score', score, checks, findings } = data as Partial<InspectionTold>
  const isVerdict = typeof verdict === 'string' && Object.hasOwn(SUMMARY, verdict)
  if (!isVerdict || typeof score !== 'number' || !Array.isArray(checks) || !Array.isArray(findings)) return null
  return { verdict, by, score, checks, findings }
}

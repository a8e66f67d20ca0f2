import type { Category } from '../pool/category.ts'

/**
 * A row of the tables in `table/`: what a refusal with these codes or words means. A rule is hit when everything it names is there; of several
 * codes one is enough.
 */
export interface BounceRule {
  /** `B` and a number for rules of codes, `T` and a number for rules of words: deliverability §4.4 up to B49 and T40, ours from there on. */
  readonly id: string
  readonly category: Category
  /** When it is asked; see `ASKED`. */
  readonly asked: Asked
  /** Enhanced status codes: `5.1.1`, `x.2.2` for any class, `4.3` for all that begin so. */
  readonly codes?: readonly string[]
  /** Codes of RFC 5321. */
  readonly basic?: readonly number[]
  /** Words, and more words that must stand there, too. */
  readonly text?: RegExp
  readonly and?: RegExp
  readonly unless?: RegExp
  /** Only for refusals of this class: 4 is for now, 5 for good. */
  readonly only?: '4' | '5'
  /** Keys of the providers that say this; null for anybody. */
  readonly providers?: readonly string[]
  /** Whether it is for good, where that is not what the code says. */
  readonly lasting?: boolean
  /** Refusals that hit this very rule, and some near them that do not. */
  readonly tests: { readonly yes: readonly string[]; readonly no: readonly string[] }
}

/** When a rule is asked: words that beat every code; codes that say something; words; codes that say little; and the code's class alone. */
export type Asked = (typeof ASKED)[number]

/** The order in which rules are asked. deliverability §4.2. */
export const ASKED = ['first', 'code', 'text', 'weak', 'last'] as const

import { type Finding, finding } from '../finding.ts'
import type { MailContent } from '../mail-content.ts'
import { combine, strongest } from './combine.ts'
import { MAX_NAMED, MIN_ACCOUNT_MESSAGES, MIN_GLOBAL_MESSAGES } from './limits.ts'
import type { Tokens } from './token-set.ts'
import type { TokenTable } from './token-table.ts'
import { tokenize } from './tokenize.ts'
import type { MailTraits } from './traits.ts'

/** What there is to ask: what everybody taught, and what the recipient did. Null for a scope that nobody taught. */
export interface Scopes {
  readonly global: TokenTable | null
  readonly account: TokenTable | null
}

/** How likely a message is spam, after whoever may be asked. */
export interface BayesVerdict {
  /** 0 is ham, 1 spam. */
  readonly probability: number
  /** The scope that weighs more in it. */
  readonly by: TokenTable
}

/** Which rule stands for which probability: the first whose `from` is reached, and its name says it. Scores stand in `table/bayes.ts`. */
const RULES: readonly { readonly from: number; readonly rule: string }[] = [
  { from: 0.999, rule: 'BAYES_999' },
  { from: 0.998, rule: 'BAYES_998' },
  { from: 0.99, rule: 'BAYES_99' },
  { from: 0.98, rule: 'BAYES_98' },
  { from: 0.95, rule: 'BAYES_95' },
  { from: 0.9, rule: 'BAYES_90' },
  { from: 0.8, rule: 'BAYES_80' },
  { from: 0.6, rule: 'BAYES_60' },
  { from: 0.5, rule: 'BAYES_50' },
  { from: 0.4, rule: 'BAYES_40' },
  { from: 0.3, rule: 'BAYES_30' },
  { from: 0.2, rule: 'BAYES_20' },
  { from: 0.05, rule: 'BAYES_05' },
  { from: 0.01, rule: 'BAYES_01' },
  { from: 0, rule: 'BAYES_00' },
]

/**
 * Asks the scopes that have learned enough, and blends their answers by how much each has seen: an account that has taught 200 messages counts as
 * much as everybody else. Null when none has learned enough. deliverability §5.8.
 */
export function weigh(tokens: Tokens, scopes: Scopes): BayesVerdict | null {
  const { general, own } = askable(scopes)
  if (own === null) return general === null ? null : { probability: combine(tokens, general).probability, by: general }
  if (general === null) return { probability: combine(tokens, own).probability, by: own }
  const seen = own.spam + own.ham
  const share = seen / (seen + MIN_GLOBAL_MESSAGES)
  return {
    probability: share * combine(tokens, own).probability + (1 - share) * combine(tokens, general).probability,
    by: share > 0.5 ? own : general,
  }
}

/** Has a scope learned enough to be asked? */
export function isTaught(scopes: Scopes): boolean {
  const { general, own } = askable(scopes)
  return general !== null || own !== null
}

/** The scopes that have learned enough. */
function askable({ global, account }: Scopes): { readonly general: TokenTable | null; readonly own: TokenTable | null } {
  return {
    general: global !== null && Math.min(global.spam, global.ham) >= MIN_GLOBAL_MESSAGES ? global : null,
    own: account !== null && Math.min(account.spam, account.ham) >= MIN_ACCOUNT_MESSAGES ? account : null,
  }
}

/** The finding for a verdict. `why` are the tokens that weighed most, for the evidence. */
export function bayesFinding({ probability }: BayesVerdict, why: readonly string[]): Finding {
  const rule = RULES.find(({ from }) => probability >= from)?.rule ?? 'BAYES_00'
  return finding(rule, [probability.toFixed(4), ...why].join(', '))
}

/**
 * What Bayes says of a message; null when it has not learned enough. What weighed most is looked for only when it speaks against the message,
 * since it costs a second pass: nobody asks why mail was let in.
 */
export function bayes(content: MailContent, traits: MailTraits, tokens: Tokens, scopes: Scopes): Finding | null {
  const verdict = weigh(tokens, scopes)
  if (verdict === null) return null
  return bayesFinding(verdict, verdict.probability < 0.5 ? [] : weighedMost(content, traits, tokens, verdict))
}

/** The tokens that weighed most in the direction of the verdict, in words: `subject:free`, `url:cheap.example`, `click here`. */
function weighedMost(content: MailContent, traits: MailTraits, tokens: Tokens, { probability, by }: BayesVerdict): readonly string[] {
  const chosen = strongest(tokens, by, probability >= 0.5 ? 'spam' : 'ham', MAX_NAMED)
  const names = new Map<number, string>()
  // Tokens are noted in the order of their numbers.
  let number = 0
  tokenize(content, traits, (_high, _low, text) => {
    if (chosen.includes(number)) names.set(number, text)
    number += 1
  })
  return chosen.map((at) => names.get(at) ?? '?')
}

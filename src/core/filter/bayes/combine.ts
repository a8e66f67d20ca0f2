import { MAX_TOKENS } from './limits.ts'
import type { TokenTable } from './token-table.ts'
import type { Tokens } from './token-set.ts'

/** How tokens are weighed. All three are found on training folds (bench/row/spam.ts). */
export interface Weighing {
  /** Messages of each class in which a token is taken to have stood before it was counted: being met once, in one class alone, proves little. */
  readonly prior: number
  /** Tokens that are less than so many times likelier in one class than in the other say nothing. */
  readonly least: number
  /** The sum of the tokens' log odds, by the root of their number, is so many times the log odds of the message. */
  readonly scale: number
}

/** What a scope thinks of a message. */
export interface Opinion {
  /** 0 is ham, 1 spam, one half no idea. */
  readonly probability: number
  /** Tokens that were combined. */
  readonly used: number
}

/** The numbers that mail is weighed with: those in the middle of what the folds chose. */
export const WEIGHING: Weighing = { prior: 0.05, least: 3.5, scale: 2.7 }

/** Room for the counts of one message; weighing never waits. */
const COUNTS = new Float64Array(2 * MAX_TOKENS)

/**
 * How likely a message is spam after what one scope has learned: the log odds of its tokens, added up. Words come together, and pairs are made of words, so `n` tokens
 * are no `n` witnesses: the sum is divided by the root of `n`, as is done with noise, and by a scale that makes it a probability.
 *
 * Each class is counted by its own messages, so that who taught ten times as much ham as spam is served as well. deliverability §5.8 has Robinson's mean and Fisher's method
 * in this place: they missed half as much spam again, two to three times as much where one class was taught far more than the other, and took two hams of a hundred for spam
 * where that class was spam.
 */
export function combine(tokens: Tokens, table: TokenTable, weighing: Weighing = WEIGHING): Opinion {
  table.lookUp(tokens, COUNTS)
  const { prior, least, scale } = weighing
  const even = evenOdds(table, prior)
  const atMost = 1 / least
  let used = 0
  let log = 0
  // Odds are multiplied, and a logarithm is taken when the product comes near the ends of what a number holds.
  let product = 1
  for (let at = 0; at < tokens.length; at += 2) {
    const spam = COUNTS[at] ?? 0
    const ham = COUNTS[at + 1] ?? 0
    if (spam + ham <= 0) continue
    const odds = ((spam + prior) / (ham + prior)) * even
    if (odds < least && odds > atMost) continue
    used += 1
    product *= odds
    if (product < 1e-200 || product > 1e200) {
      log += Math.log(product)
      product = 1
    }
  }
  if (used === 0) return { probability: 0.5, used }
  return { probability: 1 / (1 + Math.exp(-(log + Math.log(product)) / (scale * Math.sqrt(used)))), used }
}

/** Tokens by how far they are from saying nothing, at most `limit`, the furthest first: for whoever asks why. */
export function strongest(tokens: Tokens, table: TokenTable, toward: 'spam' | 'ham', limit: number, { prior, least }: Weighing = WEIGHING): readonly number[] {
  table.lookUp(tokens, COUNTS)
  const even = evenOdds(table, prior)
  const odds = Array.from({ length: tokens.length / 2 }, (_, at) => {
    const spam = COUNTS[2 * at] ?? 0
    const ham = COUNTS[2 * at + 1] ?? 0
    if (spam + ham <= 0) return 1
    return toward === 'spam' ? ((spam + prior) / (ham + prior)) * even : (ham + prior) / (spam + prior) / even
  })
  return [...odds.keys()].filter((at) => (odds[at] ?? 1) >= least).toSorted((a, b) => (odds[b] ?? 1) - (odds[a] ?? 1) || a - b).slice(0, limit)
}

/** What makes odds of counts odds of shares: a token that stood in half of each class is even, however many messages each has. */
function evenOdds({ spam, ham }: TokenTable, prior: number): number {
  return (ham + 2 * prior) / (spam + 2 * prior)
}

import { MAX_SIGNIFICANT, MAX_TOKENS } from './limits.ts'
import type { TokenTable } from './token-table.ts'
import type { Tokens } from './token-set.ts'

/** How tokens are weighed. Found on training folds (bench/row/spam.ts); deliverability §5.8 fixes the rest. */
export interface Weighing {
  /** How many messages a token's first guess is worth. */
  readonly strength: number
  /** The first guess for a token that was never seen. */
  readonly guess: number
  /** Tokens nearer to one half say nothing. */
  readonly minDeviation: number
  /** How much of a token is evidence of its own: words come together, and pairs are made of words. Fisher's method wants independent ones. */
  readonly independence: number
}

/** What a scope thinks of a message. */
export interface Opinion {
  /** 0 is ham, 1 spam, one half no idea. */
  readonly probability: number
  /** Tokens that were combined. */
  readonly used: number
}

/** The numbers that mail is weighed with: those that most folds chose. */
export const WEIGHING: Weighing = { strength: 0.5, guess: 0.5, minDeviation: 0.3, independence: 0.1 }

/** Room for the numbers of one message; weighing never waits. */
const COUNTS = new Float64Array(2 * MAX_TOKENS)
const GUESSES = new Float64Array(MAX_TOKENS)
const BUCKETS = 256
const HISTOGRAM = new Uint16Array(BUCKETS)

/**
 * How likely a message is spam after what one scope has learned: each token's share of spam (Robinson's f(w)), then Fisher's method over the
 * `MAX_SIGNIFICANT` that say most, for spam and for ham, so that evidence of both kinds leaves it undecided.
 */
export function combine(tokens: Tokens, table: TokenTable, weighing: Weighing = WEIGHING): Opinion {
  const count = guesses(tokens, table, weighing)
  const least = leastDeviation(count, weighing.minDeviation)
  let atEdge = least.atEdge
  let used = 0
  const spam = new Product()
  const ham = new Product()
  for (let at = 0; at < count; at++) {
    const guess = GUESSES[at] ?? 0.5
    const bucket = bucketOf(guess)
    if (bucket < least.bucket || Math.abs(guess - 0.5) < weighing.minDeviation) continue
    if (bucket === least.bucket && atEdge-- <= 0) continue
    used += 1
    spam.take(guess)
    ham.take(1 - guess)
  }
  if (used === 0) return { probability: 0.5, used }
  // Small products of (1 - f) mean that ham is unlikely, small products of f that spam is.
  const independent = Math.max(1, Math.round(used * weighing.independence))
  const share = independent / used
  const spamminess = 1 - chiSquare(-2 * share * ham.log(), independent)
  const hamminess = 1 - chiSquare(-2 * share * spam.log(), independent)
  return { probability: (1 + spamminess - hamminess) / 2, used }
}

/** Tokens by how far they are from saying nothing, at most `limit`, the furthest first: for whoever asks why. */
export function strongest(tokens: Tokens, table: TokenTable, toward: 'spam' | 'ham', limit: number, weighing: Weighing = WEIGHING): readonly number[] {
  guesses(tokens, table, weighing, 'all')
  const far = (at: number): number => (toward === 'spam' ? 1 : -1) * ((GUESSES[at] ?? 0.5) - 0.5)
  return Array.from({ length: tokens.length / 2 }, (_, at) => at)
    .filter((at) => far(at) >= weighing.minDeviation)
    .toSorted((a, b) => far(b) - far(a) || a - b)
    .slice(0, limit)
}

/** f(w) of each token that is known into `GUESSES` (of all, when `of` says so); how many. */
function guesses(tokens: Tokens, table: TokenTable, { strength, guess }: Weighing, of: 'known' | 'all' = 'known'): number {
  table.lookUp(tokens, COUNTS)
  const perSpam = 1 / Math.max(table.spam, 1e-9)
  const perHam = 1 / Math.max(table.ham, 1e-9)
  let count = 0
  for (let at = 0; at < tokens.length; at += 2) {
    const spam = COUNTS[at] ?? 0
    const ham = COUNTS[at + 1] ?? 0
    const seen = spam + ham
    if (seen <= 0 && of === 'known') continue
    const share = seen <= 0 ? guess : (spam * perSpam) / (spam * perSpam + ham * perHam)
    GUESSES[count++] = (strength * guess + seen * share) / (strength + seen)
  }
  return count
}

/** From which bucket of deviation on guesses are used, and how many of that bucket: without sorting. */
function leastDeviation(count: number, minDeviation: number): { readonly bucket: number; readonly atEdge: number } {
  HISTOGRAM.fill(0)
  for (let at = 0; at < count; at++) {
    const guess = GUESSES[at] ?? 0.5
    if (Math.abs(guess - 0.5) < minDeviation) continue
    const bucket = bucketOf(guess)
    HISTOGRAM[bucket] = (HISTOGRAM[bucket] ?? 0) + 1
  }
  let room = MAX_SIGNIFICANT
  for (let bucket = BUCKETS - 1; bucket >= 0; bucket--) {
    const here = HISTOGRAM[bucket] ?? 0
    if (here >= room) return { bucket, atEdge: room }
    room -= here
  }
  return { bucket: 0, atEdge: MAX_TOKENS }
}

/** Finer towards the ends, where most guesses lie. */
function bucketOf(guess: number): number {
  const near = Math.min(guess, 1 - guess)
  return Math.min(BUCKETS - 1, Math.floor(((BUCKETS - 1) * 0.02) / (near + 0.02)))
}

/** A product of many numbers below one, as its logarithm, with few logarithms taken. */
class Product {
  #value = 1
  #log = 0

  take(factor: number): void {
    this.#value *= factor
    if (this.#value < 1e-200) this.#fold()
  }

  log(): number {
    this.#fold()
    return this.#log
  }

  #fold(): void {
    this.#log += Math.log(Math.max(this.#value, Number.MIN_VALUE))
    this.#value = 1
  }
}

/** The chance that chi-square with 2n degrees of freedom is at least `x`. */
function chiSquare(x: number, n: number): number {
  const half = x / 2
  // Beyond 745 e^-half is 0 as a number, and the chance is nothing with the few terms that there are.
  if (half > 700) return 0
  let term = Math.exp(-half)
  let sum = term
  for (let i = 1; i < n; i++) {
    term *= half / i
    sum += term
  }
  return Math.min(sum, 1)
}
